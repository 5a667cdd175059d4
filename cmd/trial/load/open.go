package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Open sends requests at a rate, whatever the answers do. Arrival n is due at the
// start plus n/Rate, on connection n modulo Conns; its latency counts from then.
type Open struct {
	Router   *Router
	Cluster  string
	Conns    int
	Rate     float64 // per second
	Source   Source
	Seed     uint64
	Recorder *Recorder

	start time.Time
}

// How much may wait for answers on one connection, and how much is written
// together when the sender is late.
const (
	openWindow = 1 << 14
	openBurst  = 256
)

// Run sends until ctx ends. What is lost with a connection counts as failed.
func (w *Open) Run(ctx context.Context) error {
	w.start = time.Now()
	var wg sync.WaitGroup
	errs := make([]error, w.Conns)
	for i := range w.Conns {
		l := lane{w: w, id: i, rng: rand.New(rand.NewPCG(w.Seed, uint64(i)))}
		wg.Go(func() { errs[i] = sessions(ctx, w.Router, w.Cluster, func(c *Conn) error { return l.session(ctx, c) }) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// lane is what one connection after the other sends.
type lane struct {
	w    *Open
	id   int
	rng  *rand.Rand
	next int // how many arrivals of this lane were sent
}

// due is when the lane's k-th arrival is due.
func (l *lane) due(k int) time.Time {
	n := float64(k*l.w.Conns + l.id)
	return l.w.start.Add(time.Duration(n / l.w.Rate * float64(time.Second)))
}

// arrival is a request on its way.
type arrival struct {
	due   time.Time
	shape Shape
}

// session sends on one connection until it breaks or ctx ends.
func (l *lane) session(ctx context.Context, c *Conn) error {
	sent := make(chan arrival, openWindow)
	broken := make(chan struct{})
	received := make(chan error, 1)
	go func() {
		err := l.receive(ctx, c, sent)
		c.Close()
		close(broken)
		for range sent { // what was sent and will never be answered
			if ctx.Err() == nil {
				l.w.Recorder.Fail(l.id, 1, err)
			}
		}
		received <- err
	}()
	l.send(ctx, c, sent, broken)
	close(sent)
	return <-received
}

// send writes what is due, as it becomes due.
func (l *lane) send(ctx context.Context, c *Conn, sent chan<- arrival, broken <-chan struct{}) {
	var requests []byte
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(l.due(l.next)))
		select {
		case <-timer.C:
		case <-broken:
			return
		case <-ctx.Done():
			return
		}
		requests = requests[:0]
		for n := 0; n < openBurst && !time.Now().Before(l.due(l.next)); n++ {
			a := arrival{due: l.due(l.next)}
			requests, a.shape = l.w.Source(requests, l.rng)
			select {
			case sent <- a:
				l.next++
			case <-broken:
				return
			case <-ctx.Done():
				return
			}
		}
		if c.Send(requests) != nil {
			c.Close() // the receiver says why
			return
		}
	}
}

// receive takes the answers in the order of the requests.
func (l *lane) receive(ctx context.Context, c *Conn, sent <-chan arrival) error {
	for a := range sent {
		err := c.Receive(a.shape)
		if err == nil {
			l.w.Recorder.Ack(l.id, time.Since(a.due))
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		l.w.Recorder.Fail(l.id, 1, err)
		if leaves(err) {
			return err
		}
	}
	return nil
}
