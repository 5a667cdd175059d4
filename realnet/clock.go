package realnet

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/openvstorage/arakoon-go/core"
)

// bootClock reads CLOCK_BOOTTIME: monotonic, and it goes on while the machine is
// suspended. With a clock that stops then, a master that wakes up would believe
// in a lease that its peers have long given to somebody else (DESIGN 4.6).
func bootClock() core.Instant {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic(fmt.Sprintf("realnet: CLOCK_BOOTTIME: %v", err))
	}
	return core.Instant(ts.Nano())
}
