package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache asks the kernel to forget what it has of a file. A file for which it
// doesn't is read faster than from the disk: that only flatters a figure.
func dropCache(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }() // nothing was written
	_ = f.Sync()                     // only clean pages are dropped
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
