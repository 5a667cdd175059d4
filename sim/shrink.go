package sim

import (
	"fmt"
	"strings"
)

// Budget bounds a search for a smaller run.
type Budget struct {
	Runs     int           // at most so many; 0: no bound. The same bound gives the same result
	Stop     func() bool   // asked before each run: time is up; nil: never
	AnyCheck bool          // whatever check fires, a candidate counts
	Progress func(*Shrunk) // told of each smaller run; may be nil
}

// Size says how large a run is.
type Size struct {
	Decisions int // that are not mild
	Events    uint64
}

// Shrunk is the smallest run that a search has found.
type Shrunk struct {
	Recording
	Before, After Size
	Runs          int
	Minimal       bool // no single step makes it smaller; else the budget was spent
}

// Shrink looks for a smaller run in which the same check fires: one with a shorter
// faulty part, fewer classes of faults, nodes, clients and operations, then with
// fewer decisions, then with milder ones. What decides is the number of decisions.
// It is an error if the run that it begins with does not fail.
func Shrink(rec Recording, b Budget) (Shrunk, error) {
	return shrink(rec, b, playBounded)
}

// play runs a candidate by the decisions of d; limit bounds its events (0: no bound),
// and judged says whether the history is to be judged.
type play func(r *Recording, d Decider, limit uint64, judged bool) Result

func playBounded(r *Recording, d Decider, limit uint64, judged bool) Result {
	w := New(r.Seed, r.Options, d)
	w.limit, w.unjudged = limit, !judged
	return w.Run()
}

func shrink(rec Recording, b Budget, run play) (Shrunk, error) {
	s := &shrinker{budget: b, play: run}
	first := run(&rec, NewSchedule(rec.Decisions), 0, true)
	switch {
	case first.Failure == nil:
		return Shrunk{}, fmt.Errorf("sim: seed %d: replayed, the run does not fail", rec.Seed)
	case rec.Check != "" && rec.Check != first.Failure.Check && !b.AnyCheck:
		return Shrunk{}, fmt.Errorf("sim: seed %d: replayed, the run fails of %s instead of %s", rec.Seed, first.Failure.Check, rec.Check)
	}
	s.goal = *first.Failure
	s.now = Shrunk{Recording: rec, Runs: 1}
	s.adopt(&first)
	s.now.Before = s.now.After
	s.best = s.now
	s.begin = s.now
	for _, d := range descents {
		if s.spent() || d.fresh && !s.freshen() {
			continue
		}
		if !d.fresh {
			s.restart()
		}
		s.forward, s.since = d.forward, s.now.Runs
		s.descend(d.passes)
	}
	s.best.Runs = s.now.Runs
	return s.best, nil
}

// shrinker goes down from where it began, each time by another way: what a step
// takes away decides what later steps may take, and no order is the best for all.
type shrinker struct {
	budget  Budget
	play    play
	goal    Failure
	begin   Shrunk
	now     Shrunk // of the descent under way
	best    Shrunk // of all
	forward bool   // lists are tried from their beginning
	since   int    // runs when the descent began
}

type descent struct {
	passes  []func(*shrinker)
	forward bool
	fresh   bool // from another run of the same kind, if what there is is still long
}

var descents = []descent{{passes, false, false}, {passes, false, true}, {passesByTime, true, false}, {passes, true, false}, {passesByTime, false, false}}

// restart goes back to the run that the search began with.
func (s *shrinker) restart() {
	runs := s.now.Runs
	s.now = s.begin
	s.now.Runs = runs
}

// descend goes down until no pass helps, or the budget is spent.
func (s *shrinker) descend(passes []func(*shrinker)) {
	for before := s.cost(); ; before = s.cost() {
		for _, pass := range passes {
			pass(s)
		}
		if s.tired() {
			return
		}
		if s.cost() == before {
			break
		}
	}
	if s.now.After == s.best.After { // else it isn't the one that is kept
		s.best.Minimal = true
	}
}

// longDescent is after how many runs a descent that is still long is given up for the next.
const longDescent = 600

// tired says that the descent has come to its end.
func (s *shrinker) tired() bool {
	return s.spent() || s.now.Runs-s.since > longDescent && s.now.After.Decisions > longRun
}

func (s *shrinker) spent() bool {
	return s.budget.Runs > 0 && s.now.Runs >= s.budget.Runs || s.budget.Stop != nil && s.budget.Stop()
}

// cost is what only ever falls, as a text to compare.
func (s *shrinker) cost() string {
	sum := uint64(0)
	for _, d := range s.now.Decisions {
		sum += uint64(d.Choice)
	}
	return fmt.Sprint(len(s.now.Decisions), sum, s.now.Options)
}

// try runs a candidate and, if it still fails as it should, goes on from there: with
// those of its decisions that were asked for at all.
func (s *shrinker) try(o Options, decisions []Decision) bool {
	if s.tired() {
		return false
	}
	return s.tryBy(NewSchedule(decisions), o, decisions)
}

func (s *shrinker) tryBy(d Decider, o Options, decisions []Decision) bool {
	s.now.Runs++
	limit := 2*s.now.After.Events + 2000 // what has not failed by then hardly will
	r := s.play(&Recording{Seed: s.now.Seed, Options: o, Decisions: decisions}, d, limit, s.goal.Check == "K13" || s.budget.AnyCheck)
	if r.Failure == nil || !s.budget.AnyCheck && !alike(r.Failure, &s.goal) {
		return false
	}
	s.adopt(&r)
	if !smaller(s.now.After, s.best.After) {
		return true
	}
	s.best = s.now
	if s.budget.Progress != nil {
		s.budget.Progress(&s.best)
	}
	return true
}

func (s *shrinker) adopt(r *Result) {
	b, found := &s.now, Recorded(r)
	b.Options, b.Decisions, b.Check, b.Said = found.Options, found.Decisions, found.Check, found.Said
	b.After = Size{Decisions: len(b.Decisions), Events: r.Stats.Events}
}

// smaller prefers fewer decisions, then fewer events. What is as large and came later
// is milder.
func smaller(a, b Size) bool {
	return a.Decisions < b.Decisions || a.Decisions == b.Decisions && a.Events <= b.Events
}

// alike says that two failures are of the same check and sort. Panics are alike if
// their first lines differ in numbers only, histories if both or neither could be judged.
func alike(a, b *Failure) bool {
	const undecided = "timed out"
	return a.Check == b.Check && (a.Check != "PANIC" || shape(a.Text) == shape(b.Text)) &&
		(a.Check != "K13" || strings.Contains(a.Text, undecided) == strings.Contains(b.Text, undecided))
}

func shape(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, line)
}
