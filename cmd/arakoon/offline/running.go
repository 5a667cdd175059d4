package offline

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Running reports whether a node has taken the directory for itself. It
// changes nothing, and needs no right to write.
func Running(dir string) (bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // gives the lock back
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
