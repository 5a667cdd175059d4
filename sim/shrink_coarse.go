package sim

import "slices"

// Many small decisions may be one large one: messages that get lost one by one are a
// link that is cut. These passes put fewer and plainer decisions in the place of
// others; what comes of it must still fail.

// plainLoss says each loss of a message as just that, whatever swallowed it.
func (s *shrinker) plainLoss() {
	s.plain(func(*Decision) bool { return true })
	for from := range uint8(MaxNodes) {
		for to := range uint8(MaxNodes) {
			s.plain(func(d *Decision) bool { return d.A == from && d.B == to })
		}
	}
}

func (s *shrinker) plain(which func(*Decision) bool) {
	var list []Decision
	changed := false
	for _, d := range s.now.Decisions {
		if which(&d) {
			switch d.Kind {
			case DecideBurst:
				changed = true
				continue
			case DecideBurstLose, DecideLoseKind:
				d.Kind, changed = DecideLose, true
			default:
			}
		}
		list = append(list, d)
	}
	if changed {
		s.try(s.now.Options, list)
	}
}

// lost says that a decision takes one message away.
func lost(d *Decision) bool {
	switch d.Kind {
	case DecideLose, DecideBurst, DecideBurstLose, DecideLoseKind:
		return true
	default:
		return false
	}
}

// coarse is a cut that may stand for losses: of those that match it, while it aims at
// the node that match names.
type coarse struct {
	fault Fault
	match func(s *shrinker, d *Decision, at uint8) bool
}

var coarseCuts = []coarse{
	{FaultLink, func(s *shrinker, d *Decision, at uint8) bool {
		return d.A == at && int(d.B) == (int(at)+1)%s.now.Options.Nodes
	}},
	{FaultMute, func(_ *shrinker, d *Decision, at uint8) bool { return d.A == at }},
	{FaultDeaf, func(_ *shrinker, d *Decision, at uint8) bool { return d.B == at }},
	{FaultIsolate, func(_ *shrinker, d *Decision, at uint8) bool { return d.A == at || d.B == at }},
	{FaultAccepts, func(_ *shrinker, d *Decision, _ uint8) bool { return slices.Contains(groupKinds[groupAccepts], d.Msg) }},
}

// coarsen tries one cut instead of the losses that it would bring about.
func (s *shrinker) coarsen() {
	for _, c := range coarseCuts {
		for at := range uint8(s.now.Options.Nodes) {
			s.cutInstead(c, at)
		}
	}
}

// cutInstead replaces the losses that match.
func (s *shrinker) cutInstead(c coarse, at uint8) {
	var group []Decision
	for i := range s.now.Decisions {
		if d := &s.now.Decisions[i]; lost(d) && c.match(s, d, at) {
			group = append(group, *d)
		}
	}
	s.cutThrough(c.fault, at, group)
}

// cutThrough tries a cut from the first loss of a group to the last and, if that is
// too much, of each half. A group of which some have gone meanwhile is left alone.
func (s *shrinker) cutThrough(f Fault, at uint8, group []Decision) {
	if len(group) < 2 || s.tired() {
		return
	}
	var list []Decision
	for _, d := range s.now.Decisions {
		if !slices.ContainsFunc(group, func(g Decision) bool { return g.Identity == d.Identity }) {
			list = append(list, d)
		}
	}
	cut := s.cutDecisions(f, at, group[0].Asked, group[len(group)-1].Asked)
	if len(list)+len(group) != len(s.now.Decisions) {
		return
	}
	o := s.now.Options
	o.Faults = o.Faults.With(f)
	if cut != nil && len(cut) < len(group) && s.try(o, append(list, cut...)) {
		return
	}
	s.cutThrough(f, at, group[:len(group)/2])
	s.cutThrough(f, at, group[len(group)/2:])
}

// cutDecisions are those by which a fault strikes a node from one time to another;
// nil if no slot is free for it.
func (s *shrinker) cutDecisions(f Fault, at uint8, from, to int64) []Decision {
	half := int64(s.now.Options.Lease) / 2
	id := Identity{Kind: DecideFault, A: uint8(f), N: uint32(from / half)}
	if id.N == 0 || slices.ContainsFunc(s.now.Decisions, func(d Decision) bool { return d.Identity == id }) {
		return nil
	}
	list := []Decision{{Identity: id, Choice: 1}}
	add := func(kind DecisionKind, choice int) {
		if id.Kind = kind; choice > 0 {
			list = append(list, Decision{Identity: id, Choice: uint32(choice)})
		}
	}
	add(DecideFaultAt, int(from%half*1000/half))
	add(DecideFaultWho, int(at))
	spans := faultLaw(s.now.Options.Lease)
	span, _ := slices.BinarySearch(spans, to-from+1)
	add(DecideFaultFor, min(span, len(spans)-1))
	return list
}

// longRun is from how many decisions on a result is so long that another run may lead
// to a shorter one, and freshDraws how many of them are looked at per set of options.
const (
	longRun    = 40
	freshDraws = 150
)

// freshen looks for another run that fails of the same check, drawn anew under the
// options that were found to be enough: where the failure hangs on the exact order of
// everything, hardly a decision can be taken out, but there may be a run with less in
// it. It reports whether it found one to go on from.
func (s *shrinker) freshen() bool {
	if s.best.After.Decisions < longRun {
		return false
	}
	enough, runs := s.best.Options, s.now.Runs
	for _, clients := range []int{0, enough.Clients} {
		o := s.begin.Options // with the odds of its faults, which a schedule doesn't need
		o.Nodes, o.Leases, o.Clients, o.Ops, o.Keys, o.Faults = enough.Nodes, enough.Leases, clients, enough.Ops, enough.Keys, enough.Faults
		o.FIFO, o.Bulk, o.Orders = enough.FIFO, enough.Bulk, enough.Orders
		for k := range uint64(freshDraws) {
			s.now = s.best
			s.now.Runs, s.since = runs, runs
			if s.spent() {
				return false
			}
			if s.tryBy(NewRandom(mix(s.begin.Seed)+k), o, nil) {
				return true
			}
			runs = s.now.Runs
		}
	}
	return false
}
