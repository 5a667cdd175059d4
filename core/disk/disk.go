package disk

import (
	"errors"
	"fmt"
	"io/fs"
)

// SectorSize is the unit in which writes reach the platter, in bytes.
const SectorSize = 512

// Disk is one directory tree that belongs to one node. Paths are relative,
// slash separated and clean; "." is the root. Nothing on it is durable until it
// was synced: File.Sync for a file's bytes and size, SyncDir for the names in a
// directory.
//
// A Disk is used by one process at a time (Lock); its files by one goroutine
// each, except that ReadAt may run beside WriteAt and Sync of the same file.
type Disk interface {
	// Lock takes an existing directory for this process until Unlock. ErrLocked
	// if it is taken.
	Lock(dir string) (Unlocker, error)
	// Open opens an existing file for reading and writing. ErrNotExist if absent.
	Open(path string) (File, error)
	// Create makes a new, empty file, or empties an existing one. ErrNotExist if
	// the directory is absent.
	Create(path string) (File, error)
	// Rename replaces newPath with oldPath in one step, within one directory. Not
	// durable before SyncDir.
	Rename(oldPath, newPath string) error
	// Remove removes a file. Open handles keep working. Not durable before SyncDir.
	Remove(path string) error
	// List returns the names of the files in a directory, ascending, without its
	// subdirectories. ErrNotExist if the directory is absent.
	List(dir string) ([]string, error)
	// MkdirAll makes a directory and its parents, durably.
	MkdirAll(dir string) error
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// Free returns how many bytes may still be written.
	Free() (uint64, error)
}

// Unlocker gives up a lock.
type Unlocker interface{ Unlock() error }

// File is an open file. Writes beyond the end extend it; the gap reads as zeros.
type File interface {
	// ReadAt fills p or gives io.EOF with the count, as io.ReaderAt.
	ReadAt(p []byte, off int64) (int, error)
	// WriteAt writes all of p or gives an error (a part may have been written).
	WriteAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
	Size() (int64, error)
	// Sync makes all earlier writes and size changes of the file durable. After
	// an error nothing may be concluded: the caller stops (DESIGN 5).
	Sync() error
	Close() error
}

// What callers branch on; test with errors.Is.
var (
	ErrNotExist = errors.New("disk: file does not exist")
	ErrLocked   = errors.New("disk: directory is in use by another process")
	ErrFull     = errors.New("disk: no space left")
	// ErrIO is given where the drive fails, such as for a read of a sector that it can't
	// read any more.
	ErrIO = errors.New("disk: input/output error")
	// ErrCrashed is given by a simulated disk once its node has crashed: the
	// process no longer exists, so whoever sees it just returns.
	ErrCrashed = errors.New("disk: node has crashed")
	// ErrPath refuses a path that isn't clean and relative, or that leaves the root.
	ErrPath = errors.New("disk: path is not clean, or leaves the disk's root")
	// ErrClosed is given by a file after Close.
	ErrClosed = errors.New("disk: file is closed")
)

// CheckPath returns ErrPath unless the path may be used on a Disk.
func CheckPath(path string) error {
	if !fs.ValidPath(path) {
		return fmt.Errorf("%w: %q", ErrPath, path)
	}
	return nil
}
