package sim

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// TestABreakLosesASuffix sends four messages, breaks the connection behind the
// fourth, and sends more: who sees it decides what still arrives.
func TestABreakLosesASuffix(t *testing.T) {
	const everything = 8
	for _, c := range []struct {
		seen   sight
		suffix int
		heard  []int // of the four under way
	}{
		{seenByBoth, 0, []int{1, 2, 3, 4}},
		{seenByBoth, 2, []int{1, 2}},
		{seenByBoth, 4, []int{1}},
		{seenByBoth, everything, nil},
		{seenBySender, everything, []int{1, 2, 3, 4}}, // until the next connection takes over
		{seenByReceiver, 0, nil},
		{seenByNobody, 0, []int{1, 2, 3, 4}},
		{seenByNobody, everything, nil},
	} {
		t.Run(fmt.Sprintf("%v %d", c.seen, c.suffix), func(t *testing.T) {
			w := newWires(ruled(func(id Identity, _ Odds) int {
				switch {
				case id.Kind == DecideReset && id.N == 4:
					return int(c.seen)
				case id.Kind == DecideSuffix:
					return c.suffix
				}
				return 0
			}), func(o *Options) { o.Reset, o.FIFO = 1, true })
			for k := 1; k <= 4; k++ {
				w.net.extra[0][1] = int64(k) * hop / 2
				w.say(k)
			}
			w.net.extra[0][1] = 0
			l := &w.net.links[0][1]
			require.Greater(t, l.deadUntil, w.now)
			require.Equal(t, c.seen == seenByNobody, l.deadUntil > w.laws.redial[0]+2*hop)
			w.say(5)
			w.until(l.deadUntil - 1)
			require.Equal(t, c.heard, w.heard())
			w.until(l.deadUntil)
			w.say(6)
			w.until(l.deadUntil + hop)
			require.Equal(t, []int{6}, w.heard(), "the next connection is whole")
			require.EqualValues(t, 1, w.counts[FaultReset])
			require.EqualValues(t, 1, w.counts[FaultUnconnected])
		})
	}
}

// What is still under way on an old connection is lost when the next is there.
func TestTheNextConnectionTakesTheOldOnesPlace(t *testing.T) {
	w := newWires(always(map[DecisionKind]int{}), func(o *Options) { o.FIFO = true })
	l := &w.net.links[0][1]
	w.net.extra[0][1] = 100 * w.laws.redial[0]
	w.say(1)
	l.reset(seenBySender)
	w.until(int64(w.opts.Lease))
	require.Empty(t, w.heard())
	w.net.extra[0][1] = 0
	w.say(2)
	l.reset(seenByBoth)
	l.reset(seenByBoth)
	w.until(2 * int64(w.opts.Lease))
	require.Empty(t, w.heard(), "of the connection before the last nothing arrives")
}

// Whatever happens to a frame's bytes, none of it comes through as a message; the
// connection ends, and the next is whole. In a stream of frames the rest of a frame
// that was cut short is taken from the next.
func TestNoDamageComesThrough(t *testing.T) {
	for _, fifo := range []bool{true, false} {
		for c := 1; c <= len(damages)*damagePlaces; c += 7 {
			w := newWires(ruled(func(id Identity, _ Odds) int {
				if id.Kind == DecideDamage && id.N == 2 {
					return c
				}
				return 0
			}), func(o *Options) { o.Corrupt, o.FIFO = 1, fifo })
			w.say(1)
			w.say(2)
			w.until(hop)
			w.say(3) // may be taken for the rest of the second
			w.until(int64(w.opts.Lease))
			w.say(4)
			w.until(int64(w.opts.Lease) + hop)
			heard := w.heard()
			require.NotContains(t, heard, 2, "damage %d", c)
			require.Subset(t, []int{1, 3, 4}, heard, "damage %d", c)
			require.Subset(t, heard, []int{1, 4}, "damage %d", c)
			require.EqualValues(t, 1, w.counts[FaultReject], "damage %d", c)
			require.EqualValues(t, 1, w.counts[FaultCorrupt]+w.counts[FaultTruncate])
			require.Nil(t, w.failure, "damage %d", c)
		}
	}
}

// K10 fires when the codec lets a damaged frame pass, and when it rejects a good one.
func TestK10JudgesTheCodec(t *testing.T) {
	f := frame.AppendEnvelope(frame.Begin(nil, frame.Version), &core.Envelope{From: 0, To: 1, Msg: &core.Probe{}})
	frame.End(f, 0)
	for name, change := range map[string]func(*event){
		"takes a damaged frame":   func(e *event) { e.mark = damaged },
		"rejects a frame that n0": func(e *event) { e.frame[len(f)-1] ^= 1 },
		"undamaged: frame addr":   func(e *event) { e.from = 2 },
	} {
		w := newWires(Schedule(nil), nil)
		e := event{kind: evDeliver, node: 1, life: 1, lives: 1, frame: append([]byte(nil), f...)}
		change(&e)
		w.handle(&e)
		require.NotNil(t, w.failure, name)
		require.Equal(t, "K10", w.failure.Check)
		require.Contains(t, w.failure.Text, name)
		require.Empty(t, w.nodes[1].inbox)
	}
}

// K10 fires too when a message comes out of a good frame as another one: here the
// decoder takes any byte but 0 for "granted", and what it makes of it is said otherwise.
func TestK10ComparesWhatIsDelivered(t *testing.T) {
	body := core.AppendEnvelope(nil, &core.Envelope{From: 0, To: 1, Msg: &core.HeartbeatReply{Granted: true}})
	at := bytes.LastIndexByte(body, 1)
	for _, granted := range []byte{1, 7} {
		body[at] = granted
		f := frame.AppendMessage(frame.Begin(nil, frame.Version), func(b []byte) []byte { return append(b, body...) })
		frame.End(f, 0)
		w := newWires(Schedule(nil), nil)
		w.handle(&event{kind: evDeliver, node: 1, life: 1, lives: 1, frame: f})
		require.Equal(t, granted == 7, w.failure != nil)
		if w.failure != nil {
			require.Contains(t, w.failure.String(), "K10")
			require.Empty(t, w.nodes[1].inbox)
		}
	}
}

// Half a frame is gone with the process that was reading it.
func TestHalfAFrameDiesWithItsReader(t *testing.T) {
	w := newWires(ruled(func(id Identity, _ Odds) int {
		if id.Kind == DecideDamage && id.N == 1 {
			return 2 + len(damages)*damagePlaces/2 // truncated in its middle
		}
		return 0
	}), func(o *Options) { o.Corrupt, o.FIFO = 1, true })
	w.say(1)
	w.until(hop)
	require.EqualValues(t, 1, w.counts[FaultTruncate])
	require.NotEmpty(t, w.net.links[0][1].rest)
	w.nodes[1].life++
	w.say(2)
	w.until(2 * hop)
	require.Equal(t, []int{2}, w.heard())
	require.Zero(t, w.counts[FaultReject])
}
