package sim

import (
	"slices"
	"time"
)

// law is how long something takes: a table of times in ns, ascending, each as
// likely as the others. Tables keep floating point out of a run, and choice 0,
// the shortest, is what shrinking reduces a delay to.
type law []int64

// band is a part of a law: so many entries, evenly from lo to hi.
type band struct {
	entries int
	lo, hi  time.Duration
}

func newLaw(bands ...band) law {
	var l law
	for _, b := range bands {
		step := int64(b.hi-b.lo) / int64(max(b.entries-1, 1))
		for i := range b.entries {
			l = append(l, int64(b.lo)+int64(i)*step)
		}
	}
	slices.Sort(l)
	return l
}

func (l law) odds() Odds { return Always(len(l) - 1) }

// Names of the delay laws, mild to wild.
var delayLaws = []string{"local", "lan", "wan", "late"}

// delayLaw returns the law of message delays. "late" scales with the lease, so
// that messages of one lease arrive in the next.
func delayLaw(name string, lease time.Duration) law {
	const us, ms = time.Microsecond, time.Millisecond
	switch name {
	case "local":
		return newLaw(band{32, 50 * us, 200 * us})
	case "lan":
		return newLaw(band{52, 100 * us, 500 * us}, band{8, 1 * ms, 5 * ms}, band{4, 10 * ms, 20 * ms})
	case "wan":
		return newLaw(band{60, 5 * ms, 12 * ms}, band{4, 20 * ms, 60 * ms})
	case "late":
		return newLaw(band{44, 100 * us, 1 * ms}, band{14, lease / 50, lease / 5}, band{6, lease / 4, lease * 5 / 4})
	}
	panic("sim: no delay law " + name)
}

// Names of the laws of syncs.
var syncLaws = []string{"fast", "disk", "slow"}

// syncLaw returns how long a job that syncs takes.
func syncLaw(name string, lease time.Duration) law {
	const us, ms = time.Microsecond, time.Millisecond
	switch name {
	case "fast":
		return newLaw(band{8, 20 * us, 90 * us})
	case "disk":
		return newLaw(band{28, 200 * us, 900 * us}, band{4, 2 * ms, 9 * ms})
	case "slow":
		return newLaw(band{24, 1 * ms, 5 * ms}, band{8, lease / 100, lease / 8})
	}
	panic("sim: no sync law " + name)
}

// stallLaw returns for how long a stalled sync stalls.
func stallLaw(lease time.Duration) law { return newLaw(band{8, lease / 5, lease * 3}) }

// quickLaw returns how long an apply or read job takes.
func quickLaw() law { return newLaw(band{8, 5 * time.Microsecond, 300 * time.Microsecond}) }

// turnLaw returns how long a node lets inputs gather before its turn.
func turnLaw() law {
	return newLaw(band{12, 0, 40 * time.Microsecond}, band{3, 100 * time.Microsecond, 300 * time.Microsecond},
		band{1, 2 * time.Millisecond, 2 * time.Millisecond})
}

// faultLaw returns how long a partition, a pause or a slow disk lasts.
func faultLaw(lease time.Duration) law {
	return newLaw(band{10, lease / 20, lease}, band{12, lease, lease * 4})
}

// downLaw returns how long a dead node stays down.
func downLaw(lease time.Duration) law {
	return newLaw(band{12, lease / 100, lease / 4}, band{6, lease / 2, lease * 3}, band{2, lease * 5, lease * 8})
}

// rateLaw returns how long a node's clock keeps one rate.
func rateLaw(lease time.Duration) law { return newLaw(band{16, lease / 4, lease * 4}) }

// thinkLaw returns how long a client waits before its next operation.
func thinkLaw(name string, lease time.Duration) law {
	switch name {
	case "busy":
		return newLaw(band{16, 0, 2 * time.Millisecond})
	case "spread":
		return newLaw(band{24, 0, lease / 4}, band{8, lease / 4, lease})
	}
	panic("sim: no think law " + name)
}

var thinkLaws = []string{"busy", "spread"}
