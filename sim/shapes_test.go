package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// graph prints who still hears whom, "0<14" for "n0 hears n1 and n4".
func (w *wires) graph() string {
	var lines []string
	for to := range w.nodes {
		var from strings.Builder
		for k := range w.nodes {
			if k != to && w.net.cuts[k][to] == 0 {
				fmt.Fprint(&from, k)
			}
		}
		lines = append(lines, fmt.Sprintf("%d<%s", to, from.String()))
	}
	return strings.Join(lines, " ")
}

func TestShapesOfPartitions(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		nodes int
		want  string // n0 is struck
	}{
		{FaultIsolate, 3, "0< 1<2 2<1"},
		{FaultDeaf, 3, "0< 1<02 2<01"},
		{FaultMute, 3, "0<12 1<2 2<1"},
		{FaultHalves, 5, "0<1 1<0 2<34 3<24 4<23"},
		{FaultLink, 3, "0<12 1<2 2<01"},
		{FaultMasterLink, 3, "0<2 1<2 2<01"},
		{FaultBridge, 3, "0<12 1<0 2<0"},
		{FaultBridge, 5, "0<1234 1<02 2<01 3<04 4<03"},
		{FaultRing, 3, "0<1 1<2 2<0"},
		{FaultRing, 5, "0<14 1<02 2<13 3<24 4<03"},
		{FaultChain, 3, "0<1 1<02 2<1"},
		{FaultMasterChain, 5, "0<1 1<02 2<13 3<24 4<3"},
		{FaultStar, 3, "0<2 1<2 2<01"},
		{FaultStar, 5, "0<2 1<2 2<0134 3<2 4<2"},
		{FaultConstrained, 5, "0<134 1<034 2< 3<014 4<013"},
		{FaultFlap, 3, "0< 1<2 2<1"},
		{FaultFlapMaster, 3, "0<2 1<2 2<01"},
		{FaultSite, 5, "0<24 1<3 2<04 3<1 4<02"},
	} {
		w := newWires(Schedule(nil), func(o *Options) { o.Nodes, o.Sites = c.nodes, 2 })
		span := 2 * int64(w.opts.Lease)
		w.inject(c.fault, w.nodes[0], span)
		w.until(0)
		require.Equal(t, c.want, w.graph(), "%v of %d", c.fault, c.nodes)
		require.EqualValues(t, 1, w.counts[c.fault])
		w.until(4 * span)
		require.Zero(t, w.net.cuts, "%v of %d: all links are back", c.fault, c.nodes)
	}
}

// Constrained election: behind the first half only the one that has missed
// everything is in everybody's reach.
func TestAConstrainedElectionHasTwoParts(t *testing.T) {
	w := newWires(Schedule(nil), func(o *Options) { o.Nodes = 5 })
	span := 2 * int64(w.opts.Lease)
	w.inject(FaultConstrained, w.nodes[0], span)
	w.until(span/2 + 1)
	require.Equal(t, "0< 1<2 2<134 3<2 4<2", w.graph())
}

// Flapping takes longer at a time than a grant lasts, and ends with all faults.
func TestFlappingComesAgainUntilFaultsEnd(t *testing.T) {
	w := newWires(Schedule(nil), nil)
	lease := int64(w.opts.Lease)
	w.inject(FaultFlap, w.nodes[0], 3*lease)
	for _, c := range []struct {
		tenths int64
		cut    int
	}{{0, 1}, {11, 1}, {13, 0}, {17, 1}, {27, 1}, {29, 0}, {33, 1}, {45, 0}, {49, 1}, {61, 0}, {77, 0}} {
		w.until(lease * c.tenths / 10)
		require.Equal(t, c.cut, w.net.cuts[0][1], "at %d tenths", c.tenths)
	}
	w.inject(FaultFlap, w.nodes[0], 3*lease)
	w.healed = true
	for _, c := range w.nemesis.cuts {
		w.net.end(c)
	}
	w.until(20 * lease)
	require.Zero(t, w.net.cuts)
}

func TestGroupsOfKindsAreStopped(t *testing.T) {
	accept := &core.Accept{Values: []core.Value{core.Value("x")}}
	for _, c := range []struct {
		fault   Fault
		stopped []core.Message
		pass    []core.Message
	}{
		{FaultAccepts, []core.Message{accept}, []core.Message{&core.Accept{}, &core.Heartbeat{}, &core.Accepted{}}},
		{FaultHeartbeats, []core.Message{&core.Heartbeat{}, &core.HeartbeatReply{}}, []core.Message{accept, &core.Accept{}, &core.Ask{}}},
		{FaultVotes, []core.Message{&core.Accepted{}, &core.Chosen{}}, []core.Message{accept, &core.Promise{}, &core.Heartbeat{}}},
	} {
		w := newWires(Schedule(nil), nil)
		w.inject(c.fault, w.nodes[2], 10*hop)
		for _, m := range append(c.stopped, c.pass...) {
			w.sayMessage(m)
		}
		w.until(10 * hop)
		require.Len(t, w.nodes[1].inbox, len(c.pass), "%v", c.fault)
		w.sayMessage(c.stopped[0])
		w.until(20 * hop)
		require.Len(t, w.nodes[1].inbox, len(c.pass)+1, "%v", c.fault)
	}
}

// What is withheld is withheld by one node alone, and comes through again later.
func TestAGrayMasterGoesOnWithHeartbeats(t *testing.T) {
	accept := &core.Accept{Values: []core.Value{core.Value("x")}}
	for _, c := range []struct {
		fault    Fault
		withheld core.Message
	}{{FaultGrayMaster, accept}, {FaultGrayVoter, &core.Accepted{}}} {
		w := newWires(Schedule(nil), nil)
		w.inject(c.fault, w.nodes[0], 10*hop)
		w.sayMessage(c.withheld)
		w.sayMessage(&core.Heartbeat{})
		w.sayMessage(&core.HeartbeatReply{})
		w.net.send(&core.Envelope{From: 2, To: 1, Msg: c.withheld})
		w.net.flush(2)
		w.until(10 * hop)
		require.Len(t, w.nodes[1].inbox, 3, "%v", c.fault)
		w.sayMessage(c.withheld)
		w.until(12 * hop)
		require.Len(t, w.nodes[1].inbox, 4, "%v", c.fault)
	}
}

func TestOnlyShortFramesPass(t *testing.T) {
	long := &core.Accept{Values: []core.Value{make(core.Value, shortFrame)}}
	w := newWires(Schedule(nil), nil)
	w.inject(FaultShort, w.nodes[0], 10*hop)
	w.sayMessage(long)
	w.sayMessage(&core.Heartbeat{})
	w.net.send(&core.Envelope{From: 2, To: 1, Msg: long})
	w.net.flush(2)
	w.until(10 * hop)
	require.Len(t, w.nodes[1].inbox, 2)
	require.EqualValues(t, 1, w.counts[FaultTooLong])
	w.sayMessage(long)
	w.until(12 * hop)
	require.Len(t, w.nodes[1].inbox, 3)
}

// Every node is struck, the first as well.
func TestSlotFaultsStrikeEveryNode(t *testing.T) {
	w := newWires(NewRandom(1), nil)
	struck := map[int]int{}
	for n := range uint32(3000) {
		w.nemesis.strike(FaultClog, n)
		for k := range w.nodes {
			if l := &w.net.links[(k+1)%3][k]; l.clogged != 0 {
				struck[k]++
				w.net = newNetwork(w.World)
			}
		}
	}
	for k := range w.nodes {
		require.InDelta(t, 1000, struck[k], 100, "n%d", k)
	}
}

// A client that doesn't reach a node hears so, and goes on to another; an answer
// that is under way then gets lost.
func TestClientsSeeOnlySomeNodes(t *testing.T) {
	w := newWires(Schedule(nil), nil)
	unseen(w.World, w.nodes[0], int64(w.opts.Lease))
	require.NotZero(t, w.net.unseen[0])
	require.NotZero(t, w.net.unseen[1])
	require.Zero(t, w.net.unseen[2])
	c := w.addClient()
	r := &request{client: c}
	c.send(r)
	require.Equal(t, nothingHappened, r.outcome)
	e, _ := w.pop()
	require.Equal(t, evAnswer, e.kind)
	w.nodes[1].reply(r, success)
	require.Empty(t, w.heap, "the answer doesn't come through")
	w.nodes[2].reply(r, success)
	require.Len(t, w.heap, 1)
}
