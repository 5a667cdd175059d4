package load

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKeysAreInOrderAndEachPrefixHasHalf(t *testing.T) {
	for _, count := range []int{2, 10, 2000, 300_000} {
		k := Keys{Count: count}
		low, high, last := 0, 0, ""
		for i := range count {
			name := k.Name(i)
			require.Less(t, last, name, "key %d of %d", i, count)
			last = name
			switch name[:2] {
			case LowHalf:
				low++
			case HighHalf:
				high++
			}
		}
		require.Equal(t, count/2, low)
		require.Equal(t, count/2, high)
	}
	require.Equal(t, "a/000000000", Keys{Count: 10}.Name(0))
	require.Equal(t, "a/004999999", Keys{Count: 10_000_000}.Name(4_999_999))
	require.Equal(t, "b/000000000", Keys{Count: 10_000_000}.Name(5_000_000))
}

func TestTheScatteredWalkVisitsEveryKeyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := Keys{Count: rapid.IntRange(1, 5000).Draw(t, "count") * 2}
		seen := make([]bool, k.Count)
		for i := range k.Count {
			at := k.Scattered(i)
			if seen[at] {
				t.Fatalf("key %d of %d comes twice", at, k.Count)
			}
			seen[at] = true
		}
	})
	k := Keys{Count: 10_000_000}
	for i := range 1000 { // neighbours are far from each other
		require.Greater(t, max(k.Scattered(i), k.Scattered(i+1))-min(k.Scattered(i), k.Scattered(i+1)), 1000)
	}
}

func TestRequestsAreWhatTheProtocolSays(t *testing.T) {
	k := Keys{Count: 1000, Value: 100}
	rng := rand.New(rand.NewPCG(1, 1))
	frame, shape := k.Updates()(nil, rng)
	require.Equal(t, Unit, shape)
	r, err := wire.DecodeRequest(frame)
	require.NoError(t, err)
	set := r.Update.(command.Set)
	require.Len(t, set.Value, 100)
	require.Equal(t, wire.AppendUpdate(nil, set), frame)
	require.Equal(t, k.AppendValue(nil, 7), k.AppendValue(nil, 7))
	require.NotEqual(t, k.AppendValue(nil, 7), k.AppendValue(nil, 8))
	require.Equal(t, "x", string(k.AppendValue([]byte("x"), 7)[:1]))

	frame, shape = k.Ranges(10)(nil, rng)
	require.Equal(t, Entries, shape)
	r, err = wire.DecodeRequest(frame)
	require.NoError(t, err)
	require.EqualValues(t, 10, r.Query.(command.RangeEntries).Max)
	require.LessOrEqual(t, r.Query.(command.RangeEntries).First.Key, k.Name(990), "a range is never cut short by the end")
}

func TestReceivePassesOverEveryShape(t *testing.T) {
	f := startFake(t, func(r wire.Request) []byte {
		switch q := r.Query.(type) {
		case command.Get:
			if q.Key == "no" {
				return wire.AppendError(nil, command.CodeNotFound, "no")
			}
			return wire.AppendAnswer(nil, wire.OpGet, command.Answer{Value: bytes.Repeat([]byte("v"), 70_000)})
		case command.RangeEntries:
			return wire.AppendAnswer(nil, wire.OpRangeEntries, command.Answer{Entries: []command.Entry{{Key: "a", Value: []byte("b")}, {Key: "c"}}})
		default:
			return wire.AppendInt32(wire.AppendOK(nil), 5) // DELETE_PREFIX
		}
	})
	c, err := Dial(t.Context(), f.l.Addr().String(), "c")
	require.NoError(t, err)
	defer c.Close()
	get := func(key string) []byte { return wire.AppendQuery(nil, wire.Consistency{}, command.Get{Key: key}) }
	for range 2 { // nothing is left over of an answer
		require.NoError(t, c.Send(get("yes")))
		require.NoError(t, c.Receive(Bytes))
		require.NoError(t, c.Send(wire.AppendQuery(nil, wire.Consistency{}, command.RangeEntries{Max: -1})))
		require.NoError(t, c.Receive(Entries))
		require.NoError(t, c.Send(wire.AppendUpdate(nil, command.DeletePrefix{Prefix: "x"})))
		require.NoError(t, c.Receive(Number))
		require.NoError(t, c.Send(get("no")))
		err := c.Receive(Bytes)
		var refused *command.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, command.CodeNotFound, refused.Code)
		require.False(t, leaves(err))
	}
	require.True(t, leaves(errors.New("broken")))
	require.True(t, leaves(&command.Error{Code: command.CodeNotMaster}))
}

func TestBatchesWriteEveryKeyOnce(t *testing.T) {
	f := startFake(t, ok)
	b := Batches{Router: f.router(), Cluster: "c", Keys: Keys{Count: 1234, Value: 3}, Conns: 3, Steps: 50, Window: 4}
	require.NoError(t, b.Run(t.Context()))
	require.EqualValues(t, 1234, b.Done())
	var keys []string
	for _, u := range f.updates {
		for _, step := range u.(command.Sequence).Updates {
			keys = append(keys, step.(command.Set).Key)
		}
	}
	slices.Sort(keys)
	require.Len(t, slices.Compact(keys), 1234)
}

func TestBatchesEndAtTheFirstRefusal(t *testing.T) {
	f := startFake(t, func(wire.Request) []byte { return wire.AppendError(nil, command.CodeReadOnly, "") })
	b := Batches{Router: f.router(), Cluster: "c", Keys: Keys{Count: 1000}, Conns: 2, Steps: 10, Window: 2}
	require.ErrorContains(t, b.Run(t.Context()), "loading 1000 keys")
	require.Zero(t, b.Done())
}

// TestClosedClientsFollowTheMaster has a node that refuses after a while, and one
// that takes over.
func TestClosedClientsFollowTheMaster(t *testing.T) {
	var served atomic.Int64
	second := startFake(t, ok)
	first := startFake(t, func(wire.Request) []byte {
		if served.Add(1) > 100 {
			return wire.AppendError(nil, command.CodeNotMaster, "")
		}
		return wire.AppendOK(nil)
	})
	var finds atomic.Int64
	router := NewRouter(func(context.Context) (string, error) {
		if finds.Add(1) == 1 {
			return first.l.Addr().String(), nil
		}
		return second.l.Addr().String(), nil
	})
	rec := NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	w := Closed{Router: router, Cluster: "c", Clients: 4, Source: Keys{Count: 10}.Updates(), Recorder: rec}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	require.Eventually(t, func() bool { return rec.Total() > 1000 }, 20*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.EqualValues(t, 2, finds.Load(), "one client looks for the master, the others follow")
	win := rec.Take()
	require.Equal(t, rec.Total(), win.Acked)
	require.Positive(t, win.Failed)
	require.LessOrEqual(t, win.Failed, int64(4))
	require.Error(t, win.Why)
}

// TestOpenCountsFromWhenARequestWasDue has a node that stays silent for a while:
// what was due meanwhile has waited, though it was sent at once in the end.
func TestOpenCountsFromWhenARequestWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const silence = 200 * time.Millisecond
		server, client := pipe(t)
		go func() {
			var frame [1]byte
			var scan wire.Scanner
			var buf []byte
			for first := true; ; {
				if _, err := server.Read(frame[:]); err != nil {
					return
				}
				buf = append(buf, frame[0])
				if n, _ := scan.Scan(buf); n == 0 {
					continue
				}
				buf = buf[:0]
				if first {
					time.Sleep(silence)
				}
				first = false
				_, _ = server.Write(wire.AppendOK(nil))
			}
		}()
		ctx, cancel := context.WithCancel(t.Context())
		rec := NewRecorder()
		w := Open{Conns: 1, Rate: 1000, Source: Keys{Count: 10}.Updates(), Recorder: rec, start: time.Now()}
		l := lane{w: &w, rng: rand.New(rand.NewPCG(1, 1))}
		go func() {
			time.Sleep(2*silence - time.Millisecond/2)
			cancel()
			client.Close()
		}()
		require.NoError(t, l.session(ctx, client))
		// Time stands still but for the silence: request n is due at n ms, and answered
		// at the end of the silence, or at once.
		win := rec.Take()
		require.EqualValues(t, 400, win.Acked)
		require.InDelta(t, silence.Seconds(), win.Max().Seconds(), 0.001)
		require.InDelta(t, 0.100, win.At(75).Seconds(), 0.003)
		require.LessOrEqual(t, win.At(50), time.Millisecond)
		require.Zero(t, win.Failed)
	})
}

// TestOpenSendsOnAfterALostConnection loses what is under way, and nothing else.
func TestOpenSendsOnAfterALostConnection(t *testing.T) {
	var served atomic.Int64
	f := startFake(t, func(wire.Request) []byte {
		if served.Add(1) == 50 {
			return nil
		}
		return wire.AppendOK(nil)
	})
	rec := NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	w := Open{Router: f.router(), Cluster: "c", Conns: 2, Rate: 2000, Source: Keys{Count: 10}.Updates(), Recorder: rec}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	require.Eventually(t, func() bool { return rec.Total() >= 300 }, 20*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	win := rec.Take()
	require.Positive(t, win.Failed)
	require.Less(t, win.Failed, int64(300))
}

func TestARecorderFindsTheLongestStall(t *testing.T) {
	r := NewRecorder()
	r.base = r.base.Add(-time.Hour)
	r.since = r.since.Add(-time.Hour)
	r.lastAck.Store(int64(30 * time.Minute)) // as if the last answer had come then
	r.Ack(1, 5*time.Millisecond)
	r.Ack(17, 7*time.Millisecond)
	r.Fail(3, 2, errors.New("why"))
	w := r.Take()
	require.InDelta(t, 30, w.Stall.Minutes(), 1)
	require.EqualValues(t, 2, w.Acked)
	require.EqualValues(t, 2, w.Failed)
	require.ErrorContains(t, w.Why, "why")
	require.InDelta(t, 7, float64(w.Max().Milliseconds()), 0.1)
	next := r.Take()
	require.Zero(t, next.Acked+next.Failed)
	require.NoError(t, next.Why)
	require.Less(t, next.Stall, time.Minute, "a stall counts once")
	w.Add(&next)
	require.EqualValues(t, 2, w.Acked)
}

// TestACollapseIsFollowedToItsEnd has a node that answers with frames.
func TestACollapseIsFollowedToItsEnd(t *testing.T) {
	var frames []byte
	frames = wire.AppendInt32(wire.AppendOK(frames), 3)
	for range 3 {
		frames = wire.AppendInt64(wire.AppendOK(frames), 184)
	}
	c := &Conn{}
	server, client := pipe(t)
	c.nc, c.r = client.nc, client.r
	go func() {
		word := make([]byte, 8)
		_, _ = server.Read(word)
		_, _ = server.Write(frames)
	}()
	steps, err := c.Collapse(1)
	require.NoError(t, err)
	require.Equal(t, 3, steps)
	require.Zero(t, c.r.Buffered())
}
