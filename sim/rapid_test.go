package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawn lets rapid make the decisions of a run. Smaller draws are milder, so that
// its shrinking goes towards a run in which nothing happens.
type drawn struct {
	t    *rapid.T
	made map[Identity]int
}

// Choose implements Decider.
func (d drawn) Choose(id Identity, odds Odds) int {
	if odds.PPM <= 0 || odds.Ways <= 0 {
		return 0
	}
	if c, ok := d.made[id]; ok {
		return min(c, odds.Ways)
	}
	c := 0
	const parts = 64
	if happens := max(1, odds.PPM*parts/million); rapid.IntRange(0, parts-1).Draw(d.t, "happens") >= parts-happens {
		c = rapid.IntRange(1, odds.Ways).Draw(d.t, id.String())
	}
	d.made[id] = c
	return c
}

// rapidOptions are small runs with everything in them.
func rapidOptions() Options {
	o := Calm()
	o.Lease, o.Leases, o.Ops = 200*time.Millisecond, 2, 6
	o.Delay, o.Sync, o.FIFO = "lan", "disk", false
	o.Lose, o.Duplicate, o.Fault = 50_000, 50_000, million
	o.Faults = o.Faults.With(FaultCrash).With(FaultPower).With(FaultIsolateMaster).With(FaultPause).With(FaultRestart)
	o.JobCrash, o.Torn, o.Rate = 50_000, 300_000, 10_000
	return o
}

// The decider of a run can be anything: here a property test draws what goes wrong.
// What it drew is a schedule like any other: replayed, it gives the same run.
func TestRapidDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(1, rapidOptions(), drawn{t, map[Identity]int{}}).Run()
		require.Nil(t, r.Failure)
		again := New(1, rapidOptions(), NewSchedule(r.Decisions)).Run()
		require.Equal(t, r.Hash, again.Hash)
	})
}
