package tlog

import (
	"errors"
	"slices"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// findSpace looks which of the files of zeros are there.
func (l *Log) findSpace(names []string) error {
	var err error
	if l.space.reserve, err = l.zerosThere(names, reserveName, l.opts.Reserve); err != nil {
		return err
	}
	if l.opts.Preallocate > 0 {
		l.space.ahead, err = l.zerosThere(names, aheadName, pageBytes)
	}
	return err
}

// zerosThere reports whether a file has at least so many bytes.
func (l *Log) zerosThere(names []string, name string, bytes int64) (bool, error) {
	if !slices.Contains(names, name) {
		return false, nil
	}
	f, err := l.d.Open(join(l.opts.Dir, name))
	if err != nil {
		return false, err
	}
	defer closeQuietly(f)
	size, err := f.Size()
	return size >= max(bytes, 1), err
}

// makeRoom removes whatever doesn't count, and the reserve, so that a start can go
// on although the disk is full.
func (l *Log) makeRoom(chain *segmentChain, names []string) error {
	if l.w.file != nil {
		closeQuietly(l.w.file)
		l.w.file = nil
	}
	if _, err := chain.removeStrays(names, chain.id.newest); err != nil {
		return err
	}
	l.space.reserve, l.space.ahead, l.space.full = false, false, true
	for _, name := range []string{segmentName(chain.id.newest + 1), aheadName, reserveName} {
		err := l.d.Remove(join(l.opts.Dir, name))
		if err != nil && !errors.Is(err, disk.ErrNotExist) {
			return err
		}
	}
	return nil
}
