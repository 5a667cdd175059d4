package realnet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBucketsCountADurationAtItsBound(t *testing.T) {
	for i := range boundedBuckets {
		bound := leastBucket << i
		require.Equal(t, i, bucketOf(bound), "a bound belongs to its bucket")
		require.Equal(t, min(i+1, boundedBuckets), bucketOf(bound+1))
		require.InDelta(t, bound.Seconds(), bucketBound(i), 0)
	}
	require.Equal(t, 0, bucketOf(0))
	require.Equal(t, boundedBuckets, bucketOf(time.Hour))

	var b, c buckets
	b.note(-time.Second)
	b.note(time.Millisecond)
	c.note(time.Hour)
	b.add(&c)
	count, below := b.cumulative()
	require.EqualValues(t, 3, count, "the one without a bound counts too")
	require.EqualValues(t, 1, below[leastBucket.Seconds()])
	require.EqualValues(t, 2, below[time.Millisecond.Seconds()])
	require.EqualValues(t, 2, below[bucketBound(boundedBuckets-1)])
	require.Equal(t, time.Hour+time.Millisecond, b.sum)
}

func TestStopwatchForgetsAnOldMaximum(t *testing.T) {
	var s stopwatch
	at := time.Unix(1000, 0)
	s.note(at, 3*time.Second)
	_, longest := s.read(at.Add(maxWindow))
	require.Equal(t, 3*time.Second, longest, "shown for a window at least")
	s.note(at.Add(maxWindow+time.Second), time.Millisecond)
	_, longest = s.read(at.Add(maxWindow + time.Second))
	require.Equal(t, 3*time.Second, longest)
	b, longest := s.read(at.Add(2*maxWindow + time.Second))
	require.Equal(t, time.Millisecond, longest)
	count, _ := b.cumulative()
	require.EqualValues(t, 2, count, "the histogram forgets nothing")
	_, longest = s.read(at.Add(9 * maxWindow))
	require.Zero(t, longest)
}
