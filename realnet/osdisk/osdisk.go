package osdisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Disk is a directory of the file system. Its methods may be called from several
// goroutines.
type Disk struct{ root string }

// New returns the disk under root, a directory that it makes if it is absent.
func New(root string) (*Disk, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if err := makeDirs(root); err != nil {
		return nil, fmt.Errorf("make %s: %w", root, translated(err))
	}
	return &Disk{root}, nil
}

// Root returns the absolute path of the root directory.
func (d *Disk) Root() string { return d.root }

// resolve returns the place of a path in the file system.
func (d *Disk) resolve(p string) (string, error) {
	if err := disk.CheckPath(p); err != nil {
		return "", err
	}
	return filepath.Join(d.root, filepath.FromSlash(p)), nil
}

// translated replaces what callers branch on by the sentinels of package disk.
func translated(err error) error {
	switch {
	case err == nil, err == io.EOF:
		return err
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %w", disk.ErrNotExist, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", disk.ErrFull, err)
	case errors.Is(err, syscall.EIO):
		return fmt.Errorf("%w: %w", disk.ErrIO, err)
	case errors.Is(err, os.ErrClosed):
		return fmt.Errorf("%w: %w", disk.ErrClosed, err)
	default:
		return err
	}
}

// Lock implements disk.Disk by an advisory lock on the directory itself. It ends
// with the process at the latest.
func (d *Disk) Lock(dir string) (disk.Unlocker, error) {
	p, err := d.resolve(dir)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, translated(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written through it
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s", disk.ErrLocked, p)
		}
		return nil, fmt.Errorf("lock %s: %w", p, err)
	}
	return unlocker{f}, nil
}

type unlocker struct{ f *os.File }

// Unlock implements disk.Unlocker.
func (u unlocker) Unlock() error { return u.f.Close() }

// Open implements disk.Disk.
func (d *Disk) Open(p string) (disk.File, error) { return d.open(p, os.O_RDWR) }

// Create implements disk.Disk.
func (d *Disk) Create(p string) (disk.File, error) {
	return d.open(p, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d *Disk) open(p string, flags int) (disk.File, error) {
	full, err := d.resolve(p)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(full, flags, 0o600)
	if err != nil {
		return nil, translated(err)
	}
	return &file{f: f}, nil
}

// Rename implements disk.Disk.
func (d *Disk) Rename(oldPath, newPath string) error {
	from, err := d.resolve(oldPath)
	if err != nil {
		return err
	}
	to, err := d.resolve(newPath)
	if err != nil {
		return err
	}
	if path.Dir(oldPath) != path.Dir(newPath) {
		return fmt.Errorf("%w: rename from %s to %s moves between directories", disk.ErrPath, oldPath, newPath)
	}
	return translated(os.Rename(from, to))
}

// Remove implements disk.Disk.
func (d *Disk) Remove(p string) error {
	full, err := d.resolve(p)
	if err != nil {
		return err
	}
	if err := unix.Unlink(full); err != nil { // os.Remove would take a directory too
		return translated(&os.PathError{Op: "remove", Path: full, Err: err})
	}
	return nil
}

// List implements disk.Disk.
func (d *Disk) List(dir string) ([]string, error) {
	p, err := d.resolve(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p) // ascending by name
	if err != nil {
		return nil, translated(err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// MkdirAll implements disk.Disk.
func (d *Disk) MkdirAll(dir string) error {
	p, err := d.resolve(dir)
	if err != nil {
		return err
	}
	return translated(makeDirs(p))
}

// makeDirs makes a directory and its parents, each durable in its parent.
func makeDirs(p string) error {
	if info, err := os.Stat(p); err == nil {
		if !info.IsDir() {
			return &os.PathError{Op: "mkdir", Path: p, Err: syscall.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(p)
	if parent != p {
		if err := makeDirs(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(p, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// SyncDir implements disk.Disk.
func (d *Disk) SyncDir(dir string) error {
	p, err := d.resolve(dir)
	if err != nil {
		return err
	}
	return translated(syncDir(p))
}

func syncDir(p string) error {
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	err = f.Sync()
	if err2 := f.Close(); err == nil {
		err = err2
	}
	return err
}

// Free implements disk.Disk: what the file system leaves to ordinary users.
func (d *Disk) Free() (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(d.root, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: d.root, Err: err}
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// file is an open file.
type file struct {
	f *os.File
	// failed is the first error of a sync. The kernel may forget it and call the
	// next one a success; this handle doesn't.
	failed error
	closed bool
}

// ReadAt implements disk.File.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.f.ReadAt(p, off)
	if err = translated(err); errors.Is(err, disk.ErrIO) {
		err = fmt.Errorf("%w, at offset %d", err, off)
	}
	return n, err
}

// WriteAt implements disk.File.
func (f *file) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	return n, translated(err)
}

// Truncate implements disk.File.
func (f *file) Truncate(size int64) error { return translated(f.f.Truncate(size)) }

// Size implements disk.File.
func (f *file) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, translated(err)
	}
	return info.Size(), nil
}

// Sync implements disk.File. It leaves out what isn't needed to read the bytes
// back (times), so it is cheapest where the size hasn't changed.
func (f *file) Sync() error {
	if f.closed {
		return fmt.Errorf("%w: %s", disk.ErrClosed, f.f.Name())
	}
	if f.failed == nil {
		f.failed = translated(syncData(f.f))
	}
	return f.failed
}

// Close implements disk.File.
func (f *file) Close() error {
	f.closed = true
	return translated(f.f.Close())
}
