package realnet

import (
	"errors"
	"slices"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// split is the Disk of a log whose compressed segments lie in a directory of their
// own: tlx_dir in the configuration. What the log says is archived goes there. A segment that was compressed
// before the option was set is found where it is.
type split struct{ log, archive disk.Disk }

// place is the disk on which a new file is made.
func (s *split) place(path string) disk.Disk {
	if tlog.Archived(path) {
		return s.archive
	}
	return s.log
}

// Lock implements disk.Disk: both directories are this process's.
func (s *split) Lock(dir string) (disk.Unlocker, error) {
	a, err := s.log.Lock(dir)
	if err != nil {
		return nil, err
	}
	b, err := s.archive.Lock(dir)
	if err != nil {
		return nil, errors.Join(err, a.Unlock())
	}
	return unlockers{a, b}, nil
}

type unlockers [2]disk.Unlocker

// Unlock implements disk.Unlocker.
func (u unlockers) Unlock() error { return errors.Join(u[0].Unlock(), u[1].Unlock()) }

// Open implements disk.Disk.
func (s *split) Open(path string) (disk.File, error) {
	f, err := s.place(path).Open(path)
	if tlog.Archived(path) && errors.Is(err, disk.ErrNotExist) {
		return s.log.Open(path)
	}
	return f, err
}

// Create implements disk.Disk.
func (s *split) Create(path string) (disk.File, error) { return s.place(path).Create(path) }

// Rename implements disk.Disk.
func (s *split) Rename(oldPath, newPath string) error {
	if tlog.Archived(oldPath) != tlog.Archived(newPath) {
		return errors.New("realnet: a compressed segment gets its name within its directory")
	}
	return s.place(oldPath).Rename(oldPath, newPath)
}

// Remove implements disk.Disk.
func (s *split) Remove(path string) error {
	err := s.place(path).Remove(path)
	if tlog.Archived(path) && errors.Is(err, disk.ErrNotExist) {
		return s.log.Remove(path)
	}
	return err
}

// List implements disk.Disk.
func (s *split) List(dir string) ([]string, error) {
	names, err := s.log.List(dir)
	if err != nil {
		return nil, err
	}
	more, err := s.archive.List(dir)
	if err != nil && !errors.Is(err, disk.ErrNotExist) {
		return nil, err
	}
	for _, name := range more {
		if tlog.Archived(name) { // whatever else lies there isn't the log's
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// MkdirAll implements disk.Disk.
func (s *split) MkdirAll(dir string) error {
	return errors.Join(s.log.MkdirAll(dir), s.archive.MkdirAll(dir))
}

// SyncDir implements disk.Disk.
func (s *split) SyncDir(dir string) error {
	return errors.Join(s.archive.SyncDir(dir), s.log.SyncDir(dir))
}

// Free implements disk.Disk: what the tighter of the two has left.
func (s *split) Free() (uint64, error) {
	a, err := s.log.Free()
	b, err2 := s.archive.Free()
	return min(a, b), errors.Join(err, err2)
}
