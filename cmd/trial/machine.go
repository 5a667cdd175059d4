package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// memory is what a process has in memory now, and the most it ever had, in bytes.
func memory(pid int) (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range bytes.Lines(text) {
		name, rest, _ := bytes.Cut(line, []byte(":"))
		fields := bytes.Fields(rest)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			continue
		}
		kb, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		switch string(name) {
		case "VmRSS":
			now = kb << 10
		case "VmHWM":
			most = kb << 10
		}
	}
	if now == 0 || most == 0 {
		return 0, 0, fmt.Errorf("process %d: the system tells nothing about its memory", pid)
	}
	return now, most, nil
}

// watchMemory samples a process until stop is called, which returns the most.
func watchMemory(pid int) (stop func() int64) {
	var most atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if now, _, err := memory(pid); err == nil {
				most.Store(max(most.Load(), now))
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		cancel()
		<-done
		if now, _, err := memory(pid); err == nil {
			most.Store(max(most.Load(), now))
		}
		return most.Load()
	}
}

// diskUse is the size of all files below a folder whose name matches, in bytes.
// Files that go away meanwhile don't count.
func diskUse(dir, pattern string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return ignoreGone(err)
		}
		if ok, err := filepath.Match(pattern, d.Name()); !ok {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return ignoreGone(err)
	})
	return sum, err
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// freeSpace is how many bytes may be written below a folder.
func freeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return int64(s.Bavail) * int64(s.Bsize), err
}

// copySpeed writes a file of that size, copies it with a sync at the end, and
// returns the copy's bytes per second: what this disk can do.
func copySpeed(dir string, size int64) (float64, error) {
	from, to := filepath.Join(dir, "copy.from"), filepath.Join(dir, "copy.to")
	defer func() { _, _ = os.Remove(from), os.Remove(to) }() // the folder goes anyway
	if err := fill(from, size); err != nil {
		return 0, err
	}
	dropCache(from)
	start := time.Now()
	src, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer func() { _ = src.Close() }() // it was only read
	dst, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Sync(), dst.Close()); err != nil {
		return 0, err
	}
	return float64(size) / time.Since(start).Seconds(), nil
}

// fill writes a file of bytes that don't compress, and syncs it.
func fill(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	x := uint64(88172645463325252)
	for left := size; left > 0 && err == nil; left -= int64(len(block)) {
		for i := range block {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			block[i] = byte(x)
		}
		block = block[:min(left, int64(len(block)))]
		_, err = f.Write(block)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// dropCaches makes the next reads of all files below a folder come from the disk,
// where the system can do that.
func dropCaches(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			dropCache(path)
		}
		return err
	})
}
