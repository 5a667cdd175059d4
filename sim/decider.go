package sim

// Odds is the law of one decision: in PPM of a million cases something else than
// choice 0 happens, and then each of 1..Ways is equally likely.
type Odds struct {
	PPM  int
	Ways int
}

// Always draws evenly from 1..ways.
func Always(ways int) Odds { return Odds{PPM: 1_000_000, Ways: ways} }

// evenly draws evenly from 0..n-1.
func evenly(n int) Odds { return Odds{PPM: 1_000_000 - 1_000_000/n, Ways: n - 1} }

// Decider makes the decisions of a run. The same identity gets the same choice,
// whatever else was asked before.
type Decider interface {
	// Choose returns 0..odds.Ways.
	Choose(id Identity, odds Odds) int
}

// Random decides by the seed's named streams: the stream of the decision's kind,
// at the place of the decision's identity.
type Random struct{ keys [decisionEnd]uint64 }

// NewRandom returns the decider of a seed.
func NewRandom(seed uint64) *Random {
	r := &Random{}
	for k := DecisionKind(1); k < decisionEnd; k++ {
		r.keys[k] = streamKey(seed, k.String())
	}
	return r
}

// Choose implements Decider.
func (r *Random) Choose(id Identity, odds Odds) int {
	if odds.PPM <= 0 || odds.Ways <= 0 {
		return 0
	}
	x := mix(r.keys[id.Kind] + mix(uint64(id.A)<<56|uint64(id.B)<<48|uint64(id.Msg)<<40|uint64(id.N)) + golden*uint64(id.M))
	if int(x>>32*1_000_000>>32) >= odds.PPM {
		return 0
	}
	return 1 + int(mix(x)>>32*uint64(odds.Ways)>>32)
}

// Schedule decides by a list: what is not in it is mild.
type Schedule map[Identity]uint32

// NewSchedule makes a schedule of decisions.
func NewSchedule(decisions []Decision) Schedule {
	s := make(Schedule, len(decisions))
	for _, d := range decisions {
		s[d.Identity] = d.Choice
	}
	return s
}

// Choose implements Decider. A choice that the law doesn't know (of a schedule
// from other options) is cut down to the nearest.
func (s Schedule) Choose(id Identity, odds Odds) int {
	return min(int(s[id]), max(odds.Ways, 0))
}

// Override decides by its table where it has an entry and else by Next. It lets
// a search change single decisions of a seed.
type Override struct {
	Table Schedule
	Next  Decider
}

// Choose implements Decider.
func (o Override) Choose(id Identity, odds Odds) int {
	if _, ok := o.Table[id]; ok {
		return o.Table.Choose(id, odds)
	}
	return o.Next.Choose(id, odds)
}

// recorder notes every choice that isn't mild.
type recorder struct {
	next Decider
	log  []Decision
}

func (r *recorder) choose(id Identity, odds Odds, now int64) int {
	c := r.next.Choose(id, odds)
	if c < 0 || c > max(odds.Ways, 0) {
		panic("sim: decider chose outside the law: " + id.String())
	}
	if c > 0 {
		r.log = append(r.log, Decision{Identity: id, Choice: uint32(c), Asked: now})
	}
	return c
}
