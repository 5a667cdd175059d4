package main

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// Times of readers that stay with one node.
const (
	pinnedReaders  = 8
	pinnedPace     = 20 * time.Millisecond  // between two requests of one
	pinnedWindow   = 200                    // requests under way; a session takes 256
	pinnedPatience = 500 * time.Millisecond // for the last answers, once the node goes on
)

// pinned are readers that speak to one node only, whatever becomes of it. They
// send their requests without waiting for answers, so that a stopped node finds
// them all when it continues, and must not answer one of them from what it knew.
type pinned struct {
	w       *workload
	address string
	cluster string
	seed    uint64

	stop   context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	served int64 // requests that got a value
}

// asked is a request under way.
type asked struct {
	counter *counter // nil: a shared key
	floor   int64
	history *history
	key     string
	call    int64
}

func (p *pinned) start() {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for i := range pinnedReaders {
		rng := rand.New(rand.NewPCG(p.seed, uint64(i)))
		p.wg.Go(func() {
			for ctx.Err() == nil {
				p.session(ctx, rng, 1000+i)
				select {
				case <-time.After(pinnedPace):
				case <-ctx.Done():
				}
			}
		})
	}
}

// end lets the last answers come, and ends the readers.
func (p *pinned) end() int64 {
	time.Sleep(pinnedPatience)
	p.stop()
	p.wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served
}

// session is one connection, until it closes.
func (p *pinned) session(ctx context.Context, rng *rand.Rand, id int) {
	conn, err := net.DialTimeout("tcp", p.address, time.Second)
	if err != nil {
		return // the node is down: the next round comes
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write(wire.AppendPrologue(nil, p.cluster)); err != nil {
		return
	}
	queue := make(chan asked, pinnedWindow)
	var wg sync.WaitGroup
	wg.Go(func() { p.receive(conn, queue, id) })
	p.send(ctx, conn, queue, rng)
	close(queue)
	_ = conn.Close()
	wg.Wait()
}

// send asks at its pace, as long as somebody takes the requests.
func (p *pinned) send(ctx context.Context, conn net.Conn, queue chan<- asked, rng *rand.Rand) {
	for ctx.Err() == nil {
		a := p.draw(rng)
		select {
		case queue <- a:
		default: // enough are under way
			time.Sleep(pinnedPace)
			continue
		}
		if _, err := conn.Write(wire.AppendQuery(nil, wire.Consistency{}, command.Get{Key: a.key})); err != nil {
			return
		}
		time.Sleep(pinnedPace)
	}
}

func (p *pinned) draw(rng *rand.Rand) asked {
	if rng.IntN(4) > 0 {
		c := p.w.counters.all[rng.IntN(len(p.w.counters.all))]
		return asked{counter: c, floor: c.floor(), key: c.key}
	}
	h := p.w.current.Load()
	key, _ := h.keysOf(rng.IntN(pairs))
	return asked{history: h, key: key, call: h.now()}
}

// receive judges the answers, in the order of the requests.
func (p *pinned) receive(conn net.Conn, queue <-chan asked, id int) {
	r := bufio.NewReader(conn)
	for a := range queue {
		reply, err := wire.ReadReply(r, wire.OpGet)
		if err != nil {
			_ = conn.Close() // the sender notices
			for range queue {
			}
			return
		}
		if reply.Err != nil && reply.Err.Code != command.CodeNotFound {
			continue // not the master, say: no answer tells nothing
		}
		p.mu.Lock()
		p.served++
		p.mu.Unlock()
		p.judge(a, reply, id)
	}
}

func (p *pinned) judge(a asked, reply wire.Reply, id int) {
	if a.counter != nil {
		p.w.counters.read(a.counter, a.floor, command.Option{Bytes: reply.Bytes, Some: reply.Err == nil}, "a reader that stayed with the stopped node")
		return
	}
	answer := command.Answer{Value: reply.Bytes}
	if reply.Err != nil {
		answer = command.Refused(reply.Err.Code, reply.Err.Message)
	}
	a.history.add(model.Op{Client: id, Call: a.call, Query: command.Get{Key: a.key}, Answer: answer})
}
