package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func TestClockErrsByItsRateAndNoMore(t *testing.T) {
	for _, ppm := range []int64{-20_000, -10_000, -1, 0, 1, 10_000, 20_000} {
		c := clock{base: 12345, since: 100, ppm: ppm}
		last := c.at(100)
		require.Equal(t, core.Instant(12345), last)
		for d := int64(0); d < 3_000_000_000; d += 7_777_777 {
			now := c.at(100 + d)
			require.GreaterOrEqual(t, now, last)
			require.InDelta(t, d*ppm/million, int64(now)-12345-d, 1)
			last = now
		}
	}
}

// when is the first true time at which the clock has reached an instant: a timer
// that fires then is never early, and a nanosecond before it would be.
func TestWhenInvertsAt(t *testing.T) {
	s := NamedStream(1, "test")
	for range 5000 {
		c := clock{base: core.Instant(s.Below(1 << 40)), since: int64(s.Below(1 << 40)), ppm: int64(s.Below(40_001) - 20_000)}
		i := c.base + core.Instant(s.Below(1<<40))
		at := c.when(i)
		require.GreaterOrEqual(t, c.at(at), i)
		if at > c.since {
			require.Less(t, c.at(at-1), i)
		}
	}
	c := clock{}
	require.Equal(t, never, c.when(core.Never))
}

func TestRateChangeKeepsTheReading(t *testing.T) {
	c := clock{base: 5, since: 0, ppm: 10_000}
	before := c.at(1_000_000)
	c.setRate(1_000_000, -10_000)
	require.Equal(t, before, c.at(1_000_000))
	require.Less(t, c.at(2_000_000)-before, core.Instant(1_000_000))
}
