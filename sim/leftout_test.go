package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// leaving chooses who is left out, in which way, and whom it then reaches.
func leaving(who, way, member int) Decider {
	return ruled(func(id Identity, odds Odds) int {
		switch {
		case id.Kind == DecideLeaveOut && id.N == 1:
			return who
		case id.Kind == DecideLeftHow && id.M == 0:
			return way
		case id.Kind == DecideLeftWho:
			return member
		}
		return 0
	})
}

// n4 of five is left out, and n1 is the member of the core that it knows.
func TestWaysToStayBroken(t *testing.T) {
	graphs := []string{
		"0<123 1<023 2<013 3<012 4<",     // cut off
		"0<1234 1<0234 2<0134 3<0124 4<", // deaf
		"0<123 1<023 2<013 3<012 4<0123", // mute
		"0<123 1<0234 2<013 3<012 4<1",   // at the end of a bridge
		"0<123 1<023 2<013 3<012 4<1",    // hearing one
		"0<123 1<0234 2<013 3<012 4<",    // heard by one
		"0<1234 1<0234 2<0134 3<0124 4<023",
		"0<1234 1<023 2<0134 3<0124 4<0123",
		"0<123 1<023 2<013 3<012 4<",         // flapping
		"0<1234 1<0234 2<0134 3<0124 4<0123", // lossy
	}
	for range kindGroupEnd {
		graphs = append(graphs, "0<1234 1<0234 2<0134 3<0124 4<0123") // sending none of a group
	}
	graphs = append(graphs, "0<1234 1<0234 2<0134 3<0124 4<0123") // sending only short frames
	require.Len(t, leftWays, len(graphs))
	for way, want := range graphs {
		w := newWires(leaving(4, way, 1), func(o *Options) { o.Nodes, o.LeaveOut = 5, true })
		w.checks.ghost.prefix = 1
		w.healed = true
		w.leaveOut()
		require.Equal(t, want, w.graph(), leftWays[way].name)
		require.True(t, w.nodes[4].leftOut)
		require.EqualValues(t, 1, w.counts[FaultLeaveOut])
		require.EqualValues(t, min(way, 1), w.counts[FaultLeftPartly])
		for from := range w.nodes {
			for to := range w.nodes {
				lossy := leftWays[way].name == "lossy" && (from == 4 || to == 4)
				require.Equal(t, lossy, w.net.links[from][to].troubled())
			}
		}
	}
}

func TestWhoFlapsForGoodComesBackAgainAndAgain(t *testing.T) {
	w := newWires(leaving(2, 8, 0), func(o *Options) { o.LeaveOut = true })
	require.Equal(t, "flapping", leftWays[8].name)
	w.checks.ghost.prefix = 1
	w.healed = true
	w.leaveOut()
	tenth := int64(w.opts.Lease) / 10
	require.EqualValues(t, 1, leftRhythms[0])
	for k := range int64(100) {
		w.until(k*tenth*3/2 + tenth/2)
		require.Equal(t, 1, w.net.cuts[2][0])
		w.until(k*tenth*3/2 + tenth*5/4)
		require.Equal(t, 0, w.net.cuts[2][0])
	}
}

// A link that stays lossy loses, and what it carries stays as late as it was.
func TestALinkMayStayLossyForGood(t *testing.T) {
	w := newWires(NewRandom(1), func(o *Options) { o.Delay = "late" })
	w.healed = true
	w.net.breakLinks(w.nodes[1])
	late := 0
	for k := range 1000 {
		w.say(k)
	}
	for len(w.heap) > 0 {
		if e, _ := w.pop(); e.at > int64(w.opts.Lease)/healedDelay {
			late++
		}
	}
	require.InDelta(t, brokenLoss/1000, w.counts[FaultLeftLose], 60)
	require.NotZero(t, late)
	w.net.send(&core.Envelope{From: 0, To: 2, Msg: &core.Probe{}})
	e, _ := w.pop()
	require.LessOrEqual(t, e.at, int64(w.opts.Lease)/healedDelay)
}

// Nobody who is left out, in whatever way, keeps the core from its progress.
func TestTheCoreRecoversWhateverTheRestDoes(t *testing.T) {
	for way := range leftWays {
		left := uint64(0)
		for seed := uint64(1); left < 3; seed++ {
			o := Swarm(seed)
			o.LeaveOut, o.Leases = true, 4
			how := Schedule{Identity{Kind: DecideLeftHow, N: 1}: uint32(way), Identity{Kind: DecideLeftHow, N: 2}: uint32(way)}
			r := New(seed, o, Override{how, NewRandom(seed)}).Run()
			require.Nil(t, r.Failure, "seed %d, %s", seed, leftWays[way].name)
			left += r.Faults[FaultLeaveOut]
		}
	}
}
