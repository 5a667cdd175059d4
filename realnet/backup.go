package realnet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// backupChunk is how much of a checkpoint is read at a time, in bytes.
const backupChunk = 1 << 20

// backupRoom is what a backup leaves free on the disk beside the copy, in bytes.
const backupRoom = 512 << 20

// backup writes what is applied to the store, makes a copy of that checkpoint beside
// it, compact and verified like a snapshot, and returns it to be read. The copy goes
// with Close. It is given up when over is closed.
func (s *Server) backup(over <-chan struct{}) (size int64, from io.ReadCloser, err error) {
	written := make(chan error, 1)
	s.checkpoint(func(err error) { written <- err })
	select {
	case err := <-written:
		if err != nil {
			return 0, nil, err
		}
	case <-over:
		return 0, nil, errStopped
	}
	var e core.Export
	var have int64 // bytes of the store's file
	err = s.onLoop(over, func() { e, have = s.store.Export(), s.loop.figures.Load().Store.Tree.FileBytes })
	if err != nil {
		return 0, nil, err
	}
	if e == nil {
		return 0, nil, errors.New("there is no checkpoint yet")
	}
	defer e.Close()
	if free, err := s.storeDisk.Free(); err != nil || int64(min(free, math.MaxInt64)) < have+backupRoom {
		return 0, nil, errors.Join(errors.New("the disk has no room for a copy of the store"), err)
	}
	path := fmt.Sprintf("%s%s%d", s.cfg.StoreFile, backupMark, s.backups.Add(1))
	if err := s.copyOut(e, path, over); err != nil {
		return 0, nil, fmt.Errorf("backup: %w", err)
	}
	c, err := openCopy(s.storeDisk, path)
	if err != nil {
		return 0, nil, err
	}
	return c.size, c, nil
}

// onLoop runs f on the loop's goroutine and waits for it, or until over is closed.
func (s *Server) onLoop(over <-chan struct{}, f func()) error {
	done := make(chan struct{})
	if err := s.mail.putAdmin(func(*replica.Replica, core.Instant) { f(); close(done) }); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-over:
		return errStopped
	}
}

// copyOut builds a store of its own from a checkpoint.
func (s *Server) copyOut(e core.Export, path string, over <-chan struct{}) error {
	to, err := kvstore.Open(kvstore.Options{Disk: s.storeDisk, Path: path})
	if err != nil {
		return err
	}
	in, err := to.Import(e.Manifest())
	if err != nil {
		return err
	}
	for begin, last := true, []byte(nil); ; begin = false {
		select {
		case <-over:
			in.Abort()
			return errors.New("the client has gone")
		default:
		}
		chunk, after, done, err := e.Read(last, begin, backupChunk)
		if err == nil {
			err = in.Add(chunk)
		}
		if err == nil && done {
			return in.Finish()
		}
		if err != nil {
			in.Abort()
			return err
		}
		last = after
	}
}

// storeCopy is a backup that is being read.
type storeCopy struct {
	disk.File
	d        disk.Disk
	path     string
	at, size int64
}

func openCopy(d disk.Disk, path string) (*storeCopy, error) {
	f, err := d.Open(path)
	if err != nil {
		return nil, err
	}
	c := &storeCopy{File: f, d: d, path: path}
	if c.size, err = f.Size(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Read implements io.Reader.
func (c *storeCopy) Read(p []byte) (int, error) {
	n, err := c.ReadAt(p[:min(int64(len(p)), c.size-c.at)], c.at)
	if c.at += int64(n); n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.EOF
	}
	return 0, err
}

// Close removes the copy.
func (c *storeCopy) Close() error { return errors.Join(c.File.Close(), c.d.Remove(c.path)) }

// backupMark is in the names of copies.
const backupMark = ".backup-"

// removeCopies removes what a crash left of backups.
func removeCopies(d disk.Disk, storeFile string) error {
	names, err := d.List(".")
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, storeFile+backupMark) {
			if err := d.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}
