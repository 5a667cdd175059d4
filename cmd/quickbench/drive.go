package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

const (
	keys       = 10_000 // all are there before anything is measured
	valueBytes = 100
	warmUp     = time.Second
	longest    = 60_000_000 // microseconds that a histogram can hold
)

// load is what the clients ask: requests and answers have fixed sizes.
type load struct {
	name    string
	request func(b []byte, key int) []byte // appends one
	answer  int                            // bytes of a good answer
}

func keyOf(i int) string { return fmt.Sprintf("key%07d", i) }

// updates sets values.
func updates() load {
	value := make([]byte, valueBytes)
	return load{name: "updates", answer: len(wire.AppendOK(nil)), request: func(b []byte, key int) []byte {
		return wire.AppendUpdate(b, command.Set{Key: keyOf(key), Value: value})
	}}
}

// reads gets values, consistently.
func reads() load {
	good := wire.AppendAnswer(nil, wire.OpGet, command.Answer{Value: make([]byte, valueBytes)})
	return load{name: "reads", answer: len(good), request: func(b []byte, key int) []byte {
		return wire.AppendQuery(b, wire.Consistency{}, command.Get{Key: keyOf(key)})
	}}
}

// result is what one run gave.
type result struct {
	rate      float64 // requests per second
	cpu       float64 // microseconds of processor time of the servers per request
	latencies *hdrhistogram.Histogram
}

// at is a percentile of the latency.
func (r result) at(percent float64) time.Duration {
	return time.Duration(r.latencies.ValueAtQuantile(percent)) * time.Microsecond
}

// run is one measurement: clients, each with a connection, for a while.
type run struct {
	addr     string
	prologue []byte
	load     load
	clients  int
	duration time.Duration
	pids     []int // of the servers
	// during is called while it is measured, on a goroutine of its own.
	during func()

	measuring, over atomic.Bool
	mu              sync.Mutex
	total           int64
	latencies       *hdrhistogram.Histogram
	err             error
}

// do measures.
func (r *run) do() (result, error) {
	r.latencies = hdrhistogram.New(1, longest, 2)
	var wg sync.WaitGroup
	for i := range r.clients {
		wg.Go(func() { r.client(uint64(i)) })
	}
	time.Sleep(warmUp)
	start, before := time.Now(), cpuOf(r.pids...)
	r.measuring.Store(true)
	if r.during != nil {
		wg.Go(r.during)
	}
	time.Sleep(r.duration)
	r.over.Store(true)
	took, used := time.Since(start), cpuOf(r.pids...)-before
	wg.Wait()
	return result{rate: float64(r.total) / took.Seconds(), latencies: r.latencies,
		cpu: float64(used.Microseconds()) / float64(max(r.total, 1))}, r.err
}

// client is one of them.
func (r *run) client(id uint64) {
	total, latencies, err := r.ask(rand.New(rand.NewPCG(id, 0)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total += total
	r.latencies.Merge(latencies)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s of %d clients: %w", r.load.name, r.clients, err)
	}
}

func (r *run) ask(rng *rand.Rand) (total int64, latencies *hdrhistogram.Histogram, err error) {
	latencies = hdrhistogram.New(1, longest, 2)
	conn, err := net.DialTimeout("tcp", r.addr, dialTimeout)
	if err != nil {
		return 0, latencies, err
	}
	defer func() { _ = conn.Close() }() // all was said
	if _, err := conn.Write(r.prologue); err != nil {
		return 0, latencies, err
	}
	var request []byte
	answer := make([]byte, r.load.answer)
	for !r.over.Load() {
		request = r.load.request(request[:0], rng.IntN(keys))
		counts := r.measuring.Load()
		sent := time.Now()
		if _, err := conn.Write(request); err != nil {
			return total, latencies, err
		}
		if err := readAnswer(conn, answer); err != nil {
			return total, latencies, err
		}
		if counts {
			total++
			if err := latencies.RecordValue(time.Since(sent).Microseconds()); err != nil {
				return total, latencies, err
			}
		}
	}
	return total, latencies, nil
}

// readAnswer reads an answer of the good size. A refusal has another one, so its
// code is looked at first; both come with one read.
func readAnswer(conn net.Conn, answer []byte) error {
	n, err := io.ReadAtLeast(conn, answer, 4)
	if err != nil {
		return err
	}
	if code := command.Code(binary.LittleEndian.Uint32(answer)); code != command.CodeOK {
		return fmt.Errorf("the node answers %v", code)
	}
	_, err = io.ReadFull(conn, answer[n:])
	return err
}
