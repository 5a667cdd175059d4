package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Events come out by time, and in the order in which they were pushed where the
// times are equal.
func TestQueueOrderIsTotal(t *testing.T) {
	s := NamedStream(4, "test")
	var q queue
	pushed := map[int64][]uint32{}
	left := 0
	var lastAt int64
	for i := range uint32(20_000) {
		if s.Below(3) > 0 || left == 0 {
			at := lastAt + int64(s.Below(50))
			q.push(event{at: at, n: i})
			pushed[at] = append(pushed[at], i)
			left++
			continue
		}
		next, ok := q.next()
		require.True(t, ok)
		e, ok := q.pop()
		require.True(t, ok)
		require.Equal(t, next, e.at)
		require.GreaterOrEqual(t, e.at, lastAt)
		require.Equal(t, pushed[e.at][0], e.n)
		pushed[e.at] = pushed[e.at][1:]
		lastAt = e.at
		left--
	}
	for ; left > 0; left-- {
		e, _ := q.pop()
		require.Equal(t, pushed[e.at][0], e.n)
		pushed[e.at] = pushed[e.at][1:]
	}
	_, ok := q.pop()
	require.False(t, ok)
}
