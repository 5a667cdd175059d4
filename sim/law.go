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

// scaled stretches a shape, in thousandths, to a unit.
func scaled(shape []int64, unit time.Duration) law {
	l := make(law, len(shape))
	for i, x := range shape {
		l[i] = mulDiv(x, int64(unit), 1000)
	}
	return l
}

// Shapes: 32 quantiles of distributions, in thousandths of their mean (exponential),
// median (log-normal, sigma 1) or least value (Pareto, alpha 1).
var (
	exponential = []int64{16, 48, 81, 116, 152, 189, 227, 267, 309, 352, 398, 445, 495, 548, 604, 662,
		725, 792, 863, 940, 1023, 1114, 1214, 1326, 1451, 1594, 1761, 1962, 2213, 2549, 3060, 4159}
	logNormal = []int64{116, 187, 242, 292, 340, 388, 436, 485, 535, 587, 641, 698, 758, 821, 889, 962,
		1040, 1125, 1218, 1320, 1434, 1561, 1705, 1870, 2064, 2294, 2577, 2937, 3421, 4128, 5344, 8618}
	pareto = []int64{1016, 1049, 1085, 1123, 1164, 1208, 1255, 1306, 1362, 1422, 1488, 1561, 1641, 1730, 1829, 1939,
		2065, 2207, 2370, 2560, 2783, 3048, 3368, 3765, 4267, 4923, 5818, 7111, 9143, 12800, 21333, 64000}
)

// Names of the delay laws.
var delayLaws = []string{"local", "lan", "wan", "late", "constant", "exponential", "log-normal", "pareto"}

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
	case "constant":
		return newLaw(band{1, 300 * us, 300 * us})
	case "exponential":
		return scaled(exponential, 500*us)
	case "log-normal":
		return scaled(logNormal, 1*ms)
	case "pareto":
		return scaled(pareto, lease/400)
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

// redialLaw returns how long it takes until a broken connection is replaced.
func redialLaw(lease time.Duration) law {
	return newLaw(band{12, lease / 500, lease / 20}, band{4, lease / 10, lease / 4})
}

// silenceLaw returns how long a connection leads nowhere before its sender notices.
// It has as many entries as redialLaw.
func silenceLaw(lease time.Duration) law { return newLaw(band{16, lease / 8, lease * 5 / 4}) }

// replayLaw returns how much later a message comes again.
func replayLaw(lease time.Duration) law {
	return newLaw(band{8, lease / 20, lease}, band{12, lease, lease * 4}, band{6, lease * 5, lease * 10})
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
