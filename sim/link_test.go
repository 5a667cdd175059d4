package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// ruled decides by a function.
type ruled func(id Identity, odds Odds) int

func (f ruled) Choose(id Identity, odds Odds) int { return min(f(id, odds), max(odds.Ways, 0)) }

// always makes some decisions in one way for ever, and all others mildly.
func always(choices map[DecisionKind]int) ruled {
	return func(id Identity, odds Odds) int {
		if odds.PPM == 0 {
			return 0
		}
		return choices[id.Kind]
	}
}

// wires is a world in which nothing happens but what goes over its links: its nodes
// are up, and never take a turn.
type wires struct{ *World }

func newWires(d Decider, change func(*Options)) *wires {
	o := Calm()
	o.Nodes, o.Delay = 3, "constant"
	if change != nil {
		change(&o)
	}
	w := &wires{newWorld(1, o, d)}
	for _, n := range w.nodes {
		n.up, n.turning, n.life = true, true, 1
	}
	return w
}

const hop = int64(300 * time.Microsecond) // the constant law

// say sends a message from n0 to n1 that carries a number.
func (w *wires) say(number int) { w.sayMessage(&core.Chosen{Commit: core.Instance(number)}) }

func (w *wires) sayMessage(msg core.Message) {
	w.net.send(&core.Envelope{From: 0, To: 1, Msg: msg})
	w.net.flush(0)
}

// until lets what is under way arrive, and time pass.
func (w *wires) until(t int64) {
	for at, any := w.next(); any && at <= t; at, any = w.next() {
		e, _ := w.pop()
		w.now = e.at
		w.handle(&e)
	}
	w.now = max(w.now, t)
}

// heard returns the numbers that n1 has heard since the last time.
func (w *wires) heard() (numbers []int) {
	for _, in := range w.nodes[1].inbox {
		numbers = append(numbers, int(in.env.Msg.(*core.Chosen).Commit))
	}
	w.nodes[1].inbox = nil
	return numbers
}

func TestABurstSwallowsMessagesInARow(t *testing.T) {
	began := false
	w := newWires(ruled(func(id Identity, _ Odds) int {
		if id.Kind == DecideBurst && id.N == 3 && !began {
			began = true
			return 3
		}
		if id.Kind == DecideBurstLose {
			return 1
		}
		return 0
	}), func(o *Options) { o.Burst = 1 })
	for k := 1; k <= 10; k++ {
		w.say(k)
	}
	w.until(hop)
	require.Equal(t, 4, burstLengths[2])
	require.Equal(t, []int{1, 2, 7, 8, 9, 10}, w.heard())
	require.EqualValues(t, 4, w.counts[FaultBurst])
}

// In numbers: what gets lost by bursts is as much as their odds say, and comes in a row.
func TestBurstsAreTwoStates(t *testing.T) {
	w := newWires(NewRandom(1), func(o *Options) { o.Burst, o.FIFO = 10_000, true })
	const sent = 20_000
	lost, alone := 0, 0
	for k := range sent {
		before := w.counts[FaultBurst]
		burst := w.net.links[0][1].burst
		w.say(k)
		if w.counts[FaultBurst] > before {
			lost++
			if burst == 0 && w.net.links[0][1].burst == 0 {
				alone++
			}
		}
	}
	// A patch lasts 14.6 messages on average and takes 80 % of them.
	require.InDelta(t, 0.01*14.6*0.8*sent/(1+0.01*14.6), lost, 0.02*sent)
	require.Zero(t, alone)
}

func TestLossByKindSparesTheOthers(t *testing.T) {
	w := newWires(always(map[DecisionKind]int{DecideLoseKind: 1}), func(o *Options) { o.LoseKind, o.LoseThose = "heartbeats", 500_000 })
	w.sayMessage(&core.Heartbeat{})
	w.sayMessage(&core.HeartbeatReply{})
	w.say(1)
	w.until(hop)
	require.Equal(t, []int{1}, w.heard())
	require.EqualValues(t, 2, w.counts[FaultLoseKind])
}

func TestAFullQueueDropsWhatIsNew(t *testing.T) {
	w := newWires(Schedule(nil), func(o *Options) { o.Bandwidth, o.Queue = 1_000, 250 })
	for k := 1; k <= 10; k++ {
		w.say(k) // 93 bytes each: 93 ms
	}
	w.until(200 * 1_000_000)
	require.Equal(t, []int{1, 2}, w.heard(), "two have left")
	w.say(11)
	w.until(900 * 1_000_000)
	require.Equal(t, []int{3, 11}, w.heard(), "with more than 250 bytes waiting, nothing was taken in")
	require.EqualValues(t, 7, w.counts[FaultQueue])
}

func TestAClogLosesNothing(t *testing.T) {
	w := newWires(Schedule(nil), nil)
	w.say(1)
	clog(w.World, w.nodes[1], 10*hop)
	w.until(5 * hop)
	w.say(2)
	w.until(10*hop - 1)
	require.Empty(t, w.heard())
	w.say(3)
	w.until(10 * hop)
	require.Equal(t, []int{1, 2}, w.heard())
	w.until(12 * hop)
	require.Equal(t, []int{3}, w.heard())
}

func TestMessagesOfATurnShareAFrame(t *testing.T) {
	for _, share := range []bool{false, true} {
		w := newWires(Schedule(nil), func(o *Options) { o.Share = share })
		for k := 1; k <= 3; k++ {
			w.net.send(&core.Envelope{From: 0, To: 1, Msg: &core.Chosen{Commit: core.Instance(k)}})
		}
		w.net.flush(0)
		require.Len(t, w.heap, map[bool]int{false: 3, true: 1}[share])
		w.until(hop)
		require.Equal(t, []int{1, 2, 3}, w.heard())
	}
}

func TestSitesHaveLawsOfTheirOwnByDirection(t *testing.T) {
	w := newWires(Schedule(nil), func(o *Options) { o.Delay, o.Sites, o.Far, o.FarBack = "local", 2, "late", "wan" })
	law := func(name string) law { return delayLaw(name, w.opts.Lease) }
	require.Equal(t, law("late"), w.net.links[0][1].delay)
	require.Equal(t, law("wan"), w.net.links[1][0].delay)
	require.Equal(t, law("local"), w.net.links[0][2].delay, "n0 and n2 are at one site")
	require.Equal(t, law("local"), w.net.links[2][0].delay)
}

// A message comes again although it was cut off the first time, and though both
// ends have restarted meanwhile.
func TestTheArchiveGivesBackAnyMessage(t *testing.T) {
	w := newWires(always(map[DecisionKind]int{DecideReplay: 20}), func(o *Options) { o.Replay = 1 })
	w.startCut(around("cut", 0b001, 0b111))
	w.say(1)
	w.endCut(w.nemesis.cuts[0])
	w.say(2)
	w.nodes[0].life, w.nodes[1].life = 7, 8
	w.until(hop)
	require.Equal(t, []int{2}, w.heard())
	w.until(int64(w.opts.Lease) * 20)
	require.Equal(t, []int{1, 2}, w.heard())
	require.EqualValues(t, 2, w.counts[FaultReplay])
	require.EqualValues(t, 3, w.counts[FaultLate])
	require.Zero(t, w.net.replays)

	w.say(3)
	w.healed = true
	w.until(int64(w.opts.Lease) * 60)
	require.Equal(t, []int{3}, w.heard(), "all faults have ended")
}

func TestTheArchiveIsBounded(t *testing.T) {
	w := newWires(always(map[DecisionKind]int{DecideReplay: 1}), func(o *Options) { o.Replay = 1 })
	for k := range 3 * maxReplays {
		w.say(k)
	}
	require.Equal(t, maxReplays, w.net.replays)
}
