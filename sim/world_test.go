package sim

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Check K18: the same seed gives the same run, event by event.
func TestSameSeedSameHash(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b := Run(seed), Run(seed)
		require.Equal(t, a.Hash, b.Hash, "seed %d", seed)
		require.Equal(t, a.Stats, b.Stats, "seed %d", seed)
		require.NotEqual(t, a.Hash, Run(seed+1000).Hash, "seed %d", seed)
	}
}

// A trace only looks.
func TestTraceChangesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		var out bytes.Buffer
		w := New(seed, Swarm(seed), NewRandom(seed))
		w.Trace(&out)
		require.Equal(t, Run(seed).Hash, w.Run().Hash, "seed %d", seed)
		require.NotZero(t, out.Len())
	}
}

// A run's record of decisions replays it.
func TestScheduleReplaysARun(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		r := Run(seed)
		again := New(seed, r.Options, NewSchedule(r.Decisions)).Run()
		require.Equal(t, r.Hash, again.Hash, "seed %d", seed)
	}
}

// A few hundred seeds in every test run; each failure says how to see it again.
func TestSeeds(t *testing.T) {
	var total Stats
	for seed := uint64(1); seed <= 200; seed++ {
		r := Run(seed)
		total.Add(r.Stats)
		require.Nil(t, r.Failure, "seed %d: arakoon-sim replay --seed %d", seed, seed)
	}
	require.NotZero(t, total.LeaseReads)
	require.NotZero(t, total.Elections)
	require.NotZero(t, total.Unknown)
}

// Without faults every operation of every client succeeds, and nobody waits.
func TestCalmRunServesEverybody(t *testing.T) {
	o := Calm()
	o.Clients, o.Leases, o.Think = 3, 20, "busy"
	w := New(1, o, NewRandom(1))
	r := w.Run()
	require.Nil(t, r.Failure)
	require.Zero(t, r.Faults)
	require.Zero(t, r.Stats.Unknown)
	require.Equal(t, uint64(1), r.Stats.Elections)
	for _, c := range w.clients {
		require.EqualValues(t, o.Ops, c.done, "client %d", c.id)
	}
}
