package load

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of latencies, in microseconds, and how exact they are kept.
const (
	longestMicros = 300_000_000
	digits        = 3
	shards        = 16
)

// Recorder takes in what many clients saw, and gives it away window by window.
type Recorder struct {
	shards  [shards]shard
	base    time.Time
	lastAck atomic.Int64 // nanoseconds since base
	longest atomic.Int64 // between two acknowledgements, nanoseconds
	total   atomic.Int64

	mu    sync.Mutex
	since time.Time // the window's begin
}

// shard keeps clients from waiting for each other.
type shard struct {
	mu     sync.Mutex
	hist   *hdrhistogram.Histogram
	failed int64
	first  error // the first failure's reason
	_      [64]byte
}

// NewRecorder begins the first window.
func NewRecorder() *Recorder {
	now := time.Now()
	r := &Recorder{base: now, since: now}
	for i := range r.shards {
		r.shards[i].hist = newHistogram()
	}
	return r
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longestMicros, digits) }

// Ack notes that client's request was answered well, now, after a latency.
func (r *Recorder) Ack(client int, latency time.Duration) {
	now := int64(time.Since(r.base))
	atomicMax(&r.longest, now-r.lastAck.Swap(now))
	r.total.Add(1)
	s := &r.shards[client%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	// What is longer than the histogram's range counts as its end.
	_ = s.hist.RecordValue(min(max(latency.Microseconds(), 1), longestMicros))
}

// Fail notes that n requests of a client were not answered well.
func (r *Recorder) Fail(client int, n int64, why error) {
	s := &r.shards[client%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed += n
	if s.first == nil {
		s.first = why
	}
}

// Total is how many requests were answered well since the Recorder was made.
func (r *Recorder) Total() int64 { return r.total.Load() }

func atomicMax(a *atomic.Int64, v int64) {
	for old := a.Load(); v > old && !a.CompareAndSwap(old, v); old = a.Load() {
	}
}

// Window is what happened in a while.
type Window struct {
	Took      time.Duration
	Latencies *hdrhistogram.Histogram // microseconds
	Acked     int64
	Failed    int64
	Why       error         // of the first failure; nil if none failed
	Stall     time.Duration // the longest time without any acknowledgement
}

// Take ends the window and begins the next one.
func (r *Recorder) Take() Window {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	w := Window{Took: now.Sub(r.since), Latencies: newHistogram()}
	r.since = now
	for i := range r.shards {
		r.shards[i].take(&w)
	}
	w.Acked = w.Latencies.TotalCount()
	// A stall that still goes on counts in both windows.
	w.Stall = max(time.Duration(r.longest.Swap(0)), now.Sub(r.base)-time.Duration(r.lastAck.Load()))
	w.Stall = min(w.Stall, w.Took)
	return w
}

func (s *shard) take(w *Window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Latencies.Merge(s.hist)
	s.hist.Reset()
	w.Failed += s.failed
	if w.Why == nil {
		w.Why = s.first
	}
	s.failed, s.first = 0, nil
}

// Rate is how many requests were answered well per second.
func (w *Window) Rate() float64 { return float64(w.Acked) / w.Took.Seconds() }

// At is a percentile of the latency.
func (w *Window) At(percent float64) time.Duration {
	return time.Duration(w.Latencies.ValueAtQuantile(percent)) * time.Microsecond
}

// Max is the longest latency.
func (w *Window) Max() time.Duration { return time.Duration(w.Latencies.Max()) * time.Microsecond }

// Add puts a later window behind this one.
func (w *Window) Add(later *Window) {
	w.Took += later.Took
	w.Latencies.Merge(later.Latencies)
	w.Acked += later.Acked
	w.Failed += later.Failed
	if w.Why == nil {
		w.Why = later.Why
	}
	w.Stall = max(w.Stall, later.Stall)
}
