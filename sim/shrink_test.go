package sim

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// failsIf is a play in which check K1 fires if cond holds, and K2 if it doesn't but
// there are still many decisions.
func failsIf(cond func(*Recording) bool) play {
	return func(r *Recording, _ Decider, _ uint64, _ bool) Result {
		res := Result{Seed: r.Seed, Options: r.Options, Decisions: r.Decisions, Stats: Stats{Events: uint64(10 + len(r.Decisions))}}
		switch {
		case cond(r):
			res.Failure = &Failure{Check: "K1"}
		case len(r.Decisions) > 20:
			res.Failure = &Failure{Check: "K2"}
		}
		return res
	}
}

func has(r *Recording, id Identity, least uint32) bool {
	return slices.ContainsFunc(r.Decisions, func(d Decision) bool { return d.Identity == id && d.Choice >= least })
}

// noise is a recording of many decisions.
func noise() Recording {
	rec := Recording{Seed: 3, Options: Swarm(3), Check: "K1"}
	dice := NamedStream(1, "noise")
	for n := range uint32(400) {
		rec.Decisions = append(rec.Decisions, Decision{Identity: Identity{Kind: DecisionKind(1 + dice.Below(int(decisionEnd)-1)), A: uint8(dice.Below(3)), N: n},
			Choice: uint32(1 + dice.Below(60)), Asked: int64(n) * 10_000_000})
	}
	return rec
}

// What matters is found among what doesn't, as mild as it may be, under options
// without faults; nothing else is left.
func TestShrinkFindsWhatMatters(t *testing.T) {
	rec := noise()
	rec.Options.Nodes, rec.Options.Clients, rec.Options.FIFO = 5, 4, false
	a, b := rec.Decisions[17].Identity, rec.Decisions[303].Identity
	rec.Decisions[17].Choice, rec.Decisions[303].Choice = 50, 50
	together := func(r *Recording) bool {
		return has(r, a, 9) && has(r, b, 1) && r.Options.Nodes >= 3 && r.Options.Clients >= 1 && r.Options.Leases >= 2
	}
	s, err := shrink(rec, Budget{}, failsIf(together))
	require.NoError(t, err)
	require.True(t, s.Minimal)
	require.Equal(t, "K1", s.Check)
	require.ElementsMatch(t, []Decision{{Identity: a, Choice: 9}, {Identity: b, Choice: 1}}, undated(s.Decisions))
	require.Equal(t, []int{3, 1, 2}, []int{s.Options.Nodes, s.Options.Clients, s.Options.Leases})
	require.True(t, s.Options.FIFO)
	require.Zero(t, s.Options.Faults)
	require.Equal(t, 400, s.Before.Decisions)

	bounded, err := shrink(rec, Budget{Runs: 40}, failsIf(together))
	require.NoError(t, err)
	require.Equal(t, 40, bounded.Runs)
	require.False(t, bounded.Minimal)
	require.Less(t, bounded.After.Decisions, 400, "the best so far is kept")

	_, err = shrink(rec, Budget{}, failsIf(func(*Recording) bool { return false }))
	require.ErrorContains(t, err, "fails of K2 instead of K1")
}

// Losses one by one become a cut, where a cut does as well.
func TestShrinkSaysLossesAsCuts(t *testing.T) {
	rec := Recording{Options: Calm(), Check: "K1"}
	for n := range uint32(20) {
		kind := []DecisionKind{DecideLose, DecideBurstLose, DecideLoseKind}[n%3]
		rec.Decisions = append(rec.Decisions, Decision{Identity{Kind: kind, A: 1, B: 2, Msg: core.KindAccept, N: n + 1}, 1, 1_200_000_000 + int64(n)*50_000_000})
	}
	losses := func(r *Recording) (n int) {
		for i := range r.Decisions {
			if lost(&r.Decisions[i]) {
				n++
			}
		}
		return n
	}
	cut := Identity{Kind: DecideFault, A: uint8(FaultLink), N: 2} // from 1 s on
	long := cut
	long.Kind = DecideFaultFor
	fails := func(r *Recording) bool {
		return r.Options.Nodes == 3 && (losses(r) == 20 || has(r, cut, 1) && has(r, long, 9) && r.Options.Faults.Has(FaultLink))
	}
	s, err := shrink(rec, Budget{}, failsIf(fails))
	require.NoError(t, err)
	require.ElementsMatch(t, []Decision{{Identity: cut, Choice: 1}, {Identity: long, Choice: 9}}, undated(s.Decisions))

	// Where only the messages will do, they are said plainly.
	s, err = shrink(rec, Budget{}, failsIf(func(r *Recording) bool { return losses(r) == 20 }))
	require.NoError(t, err)
	require.Equal(t, 20, len(s.Decisions))
	for _, d := range s.Decisions {
		require.Equal(t, DecideLose, d.Kind)
	}
}

// Where nothing can be taken out, a fresh run of the same kind may do: it is drawn
// without clients first, and goes on to be shrunk itself.
func TestShrinkDrawsAFreshRun(t *testing.T) {
	rec := noise()
	rec.Options.Clients = 3
	draws := 0
	brittle := failsIf(func(r *Recording) bool {
		return len(r.Decisions) == 400 || len(r.Decisions) < 20 && len(r.Decisions) > 2
	})
	s, err := shrink(rec, Budget{}, func(r *Recording, d Decider, limit uint64, judged bool) Result {
		if _, drawn := d.(*Random); drawn {
			if draws++; draws < 7 {
				return Result{}
			}
			require.Zero(t, r.Options.Clients)
			fresh := *r
			fresh.Decisions = rec.Decisions[:15]
			r = &fresh
		}
		return brittle(r, d, limit, judged)
	})
	require.NoError(t, err)
	require.Equal(t, 7, draws)
	require.Equal(t, 3, len(s.Decisions))
	require.True(t, s.Minimal)
}

func TestFailuresAreAlike(t *testing.T) {
	for _, c := range []struct {
		a, b Failure
		want bool
	}{
		{Failure{Check: "K1", Text: "a"}, Failure{Check: "K1", Text: "b"}, true},
		{Failure{Check: "K1"}, Failure{Check: "K2"}, false},
		{Failure{Check: "PANIC", Text: "index 3 out of 2\nstack"}, Failure{Check: "PANIC", Text: "index 7 out of 5\nother"}, true},
		{Failure{Check: "PANIC", Text: "index 3 out of 2"}, Failure{Check: "PANIC", Text: "a nil pointer"}, false},
		{Failure{Check: "K13", Text: "history: violation in"}, Failure{Check: "K13", Text: "history: timed out in"}, false},
	} {
		require.Equal(t, c.want, alike(&c.a, &c.b), "%v %v", c.a, c.b)
	}
}
