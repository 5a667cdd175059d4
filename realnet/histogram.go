package realnet

import (
	"math/bits"
	"sync"
	"time"
)

// The buckets of a histogram of durations: their upper bounds are leastBucket and
// its doubles, 0.25 ms to 8.192 s, and one without a bound.
const (
	leastBucket    = 250 * time.Microsecond
	boundedBuckets = 16
)

// buckets counts durations. Its owner guards it.
type buckets struct {
	counts [boundedBuckets + 1]uint64
	sum    time.Duration
}

func (b *buckets) note(d time.Duration) {
	d = max(d, 0)
	b.counts[bucketOf(d)]++
	b.sum += d
}

// bucketOf is the first bucket whose bound isn't below d.
func bucketOf(d time.Duration) int {
	if d <= leastBucket {
		return 0
	}
	return min(bits.Len64(uint64((d-1)/leastBucket)), boundedBuckets)
}

// bucketBound is the upper bound of a bucket, in seconds.
func bucketBound(i int) float64 { return (leastBucket << i).Seconds() }

func (b *buckets) add(c *buckets) {
	for i := range b.counts {
		b.counts[i] += c.counts[i]
	}
	b.sum += c.sum
}

// cumulative is what a scraper wants: how many durations lie at or below each bound.
func (b *buckets) cumulative() (count uint64, below map[float64]uint64) {
	below = make(map[float64]uint64, boundedBuckets)
	for i := range boundedBuckets {
		count += b.counts[i]
		below[bucketBound(i)] = count
	}
	return count + b.counts[boundedBuckets], below
}

// maxWindow is for how long a maximum is shown at least, and at most twice that.
const maxWindow = time.Minute

// stopwatch counts how long jobs of one kind took, and remembers the longest of
// late: an average hides the sync that took three seconds.
type stopwatch struct {
	mu        sync.Mutex
	buckets   buckets
	max, past time.Duration // of this window and of the one before
	since     time.Time     // when this window began
}

func (s *stopwatch) note(now time.Time, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	s.buckets.note(took)
	s.max = max(s.max, took)
}

// turn begins a new window when the present one is over. The caller holds mu.
func (s *stopwatch) turn(now time.Time) {
	switch age := now.Sub(s.since); {
	case age >= 2*maxWindow:
		s.past, s.max, s.since = 0, 0, now
	case age >= maxWindow:
		s.past, s.max, s.since = s.max, 0, now
	}
}

// read returns the histogram and the longest duration of late.
func (s *stopwatch) read(now time.Time) (buckets, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	return s.buckets, max(s.max, s.past)
}
