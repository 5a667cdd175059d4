package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// Times of the workload.
const (
	opTimeout = time.Second            // then an update's outcome is unknown: it must not block its client while a node is stopped
	stall     = 300 * time.Millisecond // of silence, then a client looks for the master again
	pace      = 8 * time.Millisecond   // between two operations of a client, on average
)

// workload is the clients that write and read all the time.
type workload struct {
	counters *counters
	current  atomic.Pointer[history] // of the running round
	quiet    atomic.Bool             // the clients pause
	acks     ackClock
	cfg      client.Config
	seed     uint64

	stop context.CancelFunc
	wg   sync.WaitGroup
}

// ackClock tells when the first update was acknowledged that was sent after a
// given moment.
type ackClock struct {
	mu    sync.Mutex
	after time.Time
	first chan time.Time // capacity 1
}

// watch begins to wait for an update that is sent from now on.
func (a *ackClock) watch() <-chan time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.after, a.first = time.Now(), make(chan time.Time, 1)
	return a.first
}

func (a *ackClock) note(sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.first != nil && sent.After(a.after) {
		a.first <- time.Now()
		a.first = nil
	}
}

// start sets one client per counter going.
func (w *workload) start() error {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	for i := range w.counters.all {
		c, err := client.New(w.cfg)
		if err != nil {
			stop()
			return err
		}
		w.wg.Go(func() {
			defer func() { _ = c.Close() }()
			u := user{w: w, id: i, c: c, rng: rand.New(rand.NewPCG(w.seed, uint64(i)))}
			for ctx.Err() == nil {
				if !w.quiet.Load() {
					u.step()
				}
				time.Sleep(pace/2 + time.Duration(u.rng.Int64N(int64(pace))))
			}
		})
	}
	return nil
}

// end stops the clients and waits for their last operation.
func (w *workload) end() {
	w.stop()
	w.wg.Wait()
}

// user is one client of the workload.
type user struct {
	w   *workload
	id  int
	c   *client.Client
	rng *rand.Rand
	n   int // values written so far: every value is unique
}

// step does one operation.
func (u *user) step() {
	ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
	defer cancel()
	switch k := u.rng.IntN(100); {
	case k < 30:
		u.count(ctx)
	case k < 50:
		u.readCounter(ctx)
	default:
		u.share(ctx, u.w.current.Load())
	}
}

// count counts the own counter up.
func (u *user) count(ctx context.Context) {
	c := u.w.counters.all[u.id]
	from, to := c.next()
	sent := time.Now()
	before, err := u.c.TestAndSet(ctx, c.key, from, to)
	if err != nil {
		return
	}
	u.w.counters.counted(c, before)
	u.acked(sent)
}

func (u *user) acked(sent time.Time) {
	u.w.counters.noteAck()
	u.w.acks.note(sent)
}

// readCounter reads anybody's counter.
func (u *user) readCounter(ctx context.Context) {
	c := u.w.counters.all[u.rng.IntN(len(u.w.counters.all))]
	floor := c.floor()
	got, err := u.c.MultiGetOption(ctx, []string{c.key})
	if err == nil {
		u.w.counters.read(c, floor, got[0], "a client")
	}
}

// value makes a value that nobody else writes.
func (u *user) value() []byte {
	u.n++
	return fmt.Appendf(nil, "c%d.%d", u.id, u.n)
}

// share does one operation on a pair of keys that all clients share.
func (u *user) share(ctx context.Context, h *history) {
	pair := u.rng.IntN(pairs)
	a, b := h.keysOf(pair)
	if u.rng.IntN(2) == 0 {
		a, b = b, a
	}
	sent, call := time.Now(), h.now()
	var acked bool
	switch k := u.rng.IntN(100); {
	case k < 30:
		v := u.value()
		acked = h.update(u.id, call, command.Set{Key: a, Value: v}, command.None, u.c.Set(ctx, a, v))
	case k < 40:
		acked = h.update(u.id, call, command.Delete{Key: a}, command.None, u.c.Delete(ctx, a))
	case k < 50:
		acked = u.testAndSet(ctx, h, a, call)
	case k < 60:
		acked = u.sequence(ctx, h, a, b, call)
	case k < 90:
		v, err := u.c.Get(ctx, a)
		h.query(u.id, call, command.Get{Key: a}, command.Answer{Value: v}, err)
	default:
		keys := []string{a, b}
		options, err := u.c.MultiGetOption(ctx, keys)
		h.query(u.id, call, command.MultiGetOption{Keys: keys}, command.Answer{Options: options}, err)
	}
	if acked {
		u.acked(sent)
	}
}

func (u *user) testAndSet(ctx context.Context, h *history, key string, call int64) bool {
	op := command.TestAndSet{Key: key, Wanted: command.Some(u.value())}
	before, err := u.c.TestAndSet(ctx, key, op.Expected, op.Wanted)
	return h.update(u.id, call, op, before, err)
}

// sequence sets both keys of a pair, if the first is there.
func (u *user) sequence(ctx context.Context, h *history, a, b string, call int64) bool {
	va, vb := u.value(), u.value()
	op := command.Sequence{Updates: []command.Update{command.AssertExists{Key: a},
		command.Set{Key: a, Value: va}, command.Set{Key: b, Value: vb}}}
	err := u.c.Apply(ctx, client.NewSequence().AssertExists(a).Set(a, va).Set(b, vb))
	return h.update(u.id, call, op, command.None, err)
}
