package sim

import "github.com/openvstorage/arakoon-go/core"

// clock is one node's monotonic clock: pieces of constant rate over true time.
// It errs by ppm parts in a million and is never set.
type clock struct {
	base  core.Instant // reading at since
	since int64        // true time, ns
	ppm   int64
}

const million = 1_000_000

// at reads the clock at true time t, which is not before the last piece began.
func (c *clock) at(t int64) core.Instant {
	d := t - c.since
	if d < 0 {
		panic("sim: clock read in the past")
	}
	return c.base + core.Instant(d+mulDiv(d, c.ppm, million))
}

// when returns the first true time at which the clock shows i or later, if its
// rate stays as it is.
func (c *clock) when(i core.Instant) int64 {
	if i <= c.base {
		return c.since
	}
	if i == core.Never {
		return never
	}
	t := c.since + mulDiv(int64(i-c.base), million, million+c.ppm)
	// Rounding may have left it a little to either side: nudge.
	for c.at(t) < i {
		t++
	}
	for t > c.since && c.at(t-1) >= i {
		t--
	}
	return t
}

// setRate begins a new piece at true time t.
func (c *clock) setRate(t int64, ppm int64) {
	c.base, c.since, c.ppm = c.at(t), t, ppm
}

// mulDiv returns a*b/c rounded towards zero, without overflow for the spans of a
// run (a up to years in ns, b and c around a million).
func mulDiv(a, b, c int64) int64 { return a/c*b + a%c*b/c }

// never is later than everything in a run.
const never = int64(1) << 62
