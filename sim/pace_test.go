package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The control of K12: with clocks beyond the declared bound leases overlap, and that
// is seen in a good share of the runs; everything that doesn't rest on clocks holds.
func TestClocksBeyondTheBoundMakeLeasesOverlap(t *testing.T) {
	const runs = 30
	overlaps, within := 0, 0
	for seed := uint64(1); seed <= runs; seed++ {
		o := Calm()
		o.Nodes, o.Lease, o.Leases, o.Clients = 3, 200*time.Millisecond, 30, 1
		o.Fault, o.Faults = 600_000, FaultSet(0).With(FaultIsolateMaster).With(FaultMasterLink).With(FaultSuspend)
		o.Rate, o.Adverse, o.Drift = 200_000, true, true
		r := RunWith(seed, o)
		require.Nil(t, r.Failure, "seed %d: %s", seed, o)
		if r.Stats.Overlaps > 0 {
			overlaps++
		}
		o.Rate, o.Drift = 19_000, false
		r = RunWith(seed, o)
		require.Nil(t, r.Failure, "seed %d: %s", seed, o)
		within += int(r.Stats.Overlaps)
	}
	require.Greater(t, overlaps, runs/3)
	require.Zero(t, within)
}

// A suspended machine's clock stands still, and goes on at the rate that it has then.
func TestSuspendStopsTheClockOfAFollower(t *testing.T) {
	s := newStage(stageOptions(3))
	m := s.boot()
	s.wait(5)
	n := s.others(m)[0]
	n.suspend(s.now + s.lease(10))
	m.suspend(s.now + s.lease(10))
	stopped, running := n.clk.at(s.now), m.clk.at(s.now)
	s.wait(9)
	require.Equal(t, stopped, n.clk.at(s.now))
	require.Equal(t, running.Add(9*s.opts.Lease/10), m.clk.at(s.now), "a master's clock goes on")
	n.setRate(1000)
	s.wait(11)
	require.Greater(t, n.clk.at(s.now), stopped)
	require.EqualValues(t, 1000, n.clk.ppm)
	s.converge()
	require.Empty(t, s.trouble)
}

// A node that restarts faster than it recovers, and one whose turns take long, come
// back when that is over.
func TestSlowAndRestartingNodesComeBack(t *testing.T) {
	s := newStage(stageOptions(3))
	m := s.boot()
	wr := s.writer(1, 0)
	s.wait(5)
	life := m.life
	s.inject(FaultRestartLoop, m, s.lease(30))
	s.inject(FaultSlowNode, s.others(m)[0], s.lease(30))
	s.wait(40)
	require.Greater(t, m.life, life+20)
	wr.stopped = true
	s.converge()
	require.Empty(t, s.trouble)
}
