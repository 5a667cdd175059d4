package sim

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// SpecUnits is how many units of the spec's time a lease period has; the drift
// bound is 200 of them, and a unit more than any rounding.
const SpecUnits = 10_000

// SpecRun is a run as lines, and how large a spec they need.
type SpecRun struct {
	Lines               []SpecLine
	Ballots, Instances  int
	Voters, Nodes       int
	Crashes, Elections  int
	HandOvers, Installs int
}

// specWriter turns events into lines: nodes, ballots and values become small
// numbers, true time becomes ticks.
type specWriter struct {
	t       *SpecTrace
	run     SpecRun
	node    []int // number in the spec, by seat: voters first
	ballots map[core.Ballot]int
	values  map[uint64]int
	before  map[core.Ballot]uint64 // the round before a ballot's first
	posts   []specPost             // by seat
	units   int64
	skip    int // Proposes that a Master line has told
}

// specPost is a node's state after its newest line.
type specPost struct {
	pro       int
	com, snap core.Instance
	ph        string
}

// Lines turns the run into lines for the spec.
func (t *SpecTrace) Lines() (SpecRun, error) {
	plan, err := t.plan()
	if err != nil {
		return SpecRun{}, err
	}
	w := &specWriter{t: t, values: map[uint64]int{}, before: map[core.Ballot]uint64{}, node: make([]int, t.Nodes()), posts: make([]specPost, t.Nodes())}
	w.run.Nodes, w.run.Voters = t.Nodes(), t.Voters().Len()
	voter, other := 0, w.run.Voters
	for seat := range w.node {
		at := &other
		if t.Voters().Has(core.Seat(seat)) {
			at = &voter
		}
		*at++
		w.node[seat], w.posts[seat].ph = *at, "f"
	}
	w.number()
	for i := range t.Events {
		if err := w.events(i, &plan); err != nil {
			return w.run, err
		}
	}
	return w.run, nil
}

func (w *specWriter) events(i int, plan *specPlan) error {
	ev := &w.t.Events[i]
	for _, a := range plan.before[i] {
		w.add(ev.Seat, a)
	}
	if err := w.event(i, ev); err != nil {
		return err
	}
	for _, a := range plan.behind[i] {
		w.add(ev.Seat, a)
	}
	return nil
}

// number gives ballots the smallest numbers that keep their order and their owners:
// of b, 1 + (b-1) mod voters.
func (w *specWriter) number() {
	w.ballots = map[core.Ballot]int{{}: 0}
	var all []core.Ballot
	for i := range w.t.Events {
		e := &w.t.Events[i].Event
		all = append(all, e.Ballot, e.Promised)
	}
	slices.SortFunc(all, func(a, b core.Ballot) int {
		return cmp.Or(cmp.Compare(a.Round, b.Round), cmp.Compare(a.Member, b.Member))
	})
	next := 1
	for _, b := range slices.Compact(all) {
		if b.IsZero() {
			continue
		}
		for 1+(next-1)%w.run.Voters != w.node[b.Member-1] {
			next++
		}
		w.ballots[b] = next
		w.run.Ballots = next
		next++
	}
}

func (w *specWriter) value(digest uint64) int {
	if w.values[digest] == 0 {
		w.values[digest] = len(w.values) + 1
	}
	return w.values[digest]
}

// settle takes in the state that an event tells.
func (w *specWriter) settle(seat core.Seat, e *core.Event) {
	p := &w.posts[seat]
	p.com, p.ph = e.Commit, "f"
	if w.t.Voters().Has(seat) {
		p.pro = w.ballots[e.Promised]
	}
	switch e.Role {
	case core.RoleCandidate:
		p.ph = "c"
	case core.RoleMaster:
		p.ph = "m"
	case core.RoleBlank, core.RoleLearner, core.RoleFollower, core.RoleAsking:
	}
	w.run.Instances = max(w.run.Instances, int(e.Instance), int(e.Commit))
}

// add writes a line with the node's state behind it.
func (w *specWriter) add(seat core.Seat, action string, fields ...func(*SpecLine)) {
	l := SpecLine{Action: action, Node: w.node[seat]}
	for _, f := range fields {
		f(&l)
	}
	p := &w.posts[seat]
	l.num("pro", p.pro)
	l.num("com", int(p.com))
	l.num("snap", int(p.snap))
	l.word("ph", p.ph)
	w.run.Lines = append(w.run.Lines, l)
}

func num(name string, v int) func(*SpecLine) { return func(l *SpecLine) { l.num(name, v) } }

// tick lets the time pass that has passed since the line before that looks at it.
func (w *specWriter) tick(ev *SpecEvent) {
	units := ev.At / (w.t.Period() / SpecUnits)
	if units > w.units {
		l := SpecLine{Action: "Tick", Node: w.node[ev.Seat]}
		l.num("d", int(units-w.units))
		w.run.Lines = append(w.run.Lines, l)
		w.units = units
	}
}

// masters writes a Master line: the spec proposes again in the same step.
func (w *specWriter) masters(i int, ev *SpecEvent) error {
	e := &ev.Event
	again := int(e.Instance - e.Commit - 1)
	var vals []int
	for k := 1; k <= again; k++ {
		if i+k >= len(w.t.Events) || w.t.Events[i+k].Event.Action != core.ActPropose || w.t.Events[i+k].Seat != ev.Seat {
			return fmt.Errorf("sim: n%d proposes more than a window again at %s: this spec can't tell it", ev.Seat, stamp(ev.At))
		}
		vals = append(vals, w.value(w.t.Events[i+k].Event.Digest))
	}
	var quorum []int
	for seat := range core.Seat(w.t.Nodes()) {
		if e.Quorum.Has(seat) {
			quorum = append(quorum, w.node[seat])
		}
	}
	w.skip = again
	w.add(ev.Seat, "Master", num("b", w.ballots[e.Ballot]), func(l *SpecLine) { l.list("q", quorum) },
		num("bar", int(e.Instance)-1), func(l *SpecLine) { l.list("vals", vals) })
	w.run.Elections++
	return nil
}
