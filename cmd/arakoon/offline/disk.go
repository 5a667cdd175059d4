package offline

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Disk is a disk.Disk over a directory that it never changes: what is written, made,
// renamed or removed happens in memory. So the node's own recovery can run over
// the files of a dead node, byte for byte, and leave the evidence alone.
type Disk struct {
	root string
	// archive is where files of root lie too, whose names have .tlx in them: a node
	// may keep its compressed segments elsewhere. Empty: nowhere.
	archive string

	mu    sync.Mutex
	files map[string]*content // opened, or made in memory; nil: removed
	dirs  map[string]bool     // made in memory
	taken map[string]bool     // locked by this process
}

// Open returns the disk over root, which must exist. archive is where compressed
// segments of root's log lie, if not in root; empty: nowhere else.
func Open(root, archive string) (*Disk, error) {
	if archive == root {
		archive = ""
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", root)
	}
	return &Disk{root: root, archive: archive, files: map[string]*content{}, dirs: map[string]bool{}, taken: map[string]bool{}}, nil
}

// Close gives up the files of the directory.
func (o *Disk) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.files { // any order
		if c != nil && c.f != nil {
			_ = c.f.Close() // it was only read
		}
	}
}

func (o *Disk) below(p string) string { return filepath.Join(o.root, filepath.FromSlash(p)) }

func translated(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", disk.ErrNotExist, err)
	}
	return err
}

// Lock implements disk.Disk within this process only: whoever looks at a dead
// node's files stopped the node before.
func (o *Disk) Lock(dir string) (disk.Unlocker, error) {
	if err := o.hasDir(dir); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.taken[dir] {
		return nil, fmt.Errorf("%w: %s", disk.ErrLocked, dir)
	}
	o.taken[dir] = true
	return unlocker{o, dir}, nil
}

type unlocker struct {
	o   *Disk
	dir string
}

// Unlock implements disk.Unlocker.
func (u unlocker) Unlock() error {
	u.o.mu.Lock()
	defer u.o.mu.Unlock()
	delete(u.o.taken, u.dir)
	return nil
}

// hasDir says whether a directory exists.
func (o *Disk) hasDir(dir string) error {
	if err := disk.CheckPath(dir); err != nil {
		return err
	}
	o.mu.Lock()
	made := o.dirs[dir]
	o.mu.Unlock()
	if made {
		return nil
	}
	info, err := os.Stat(o.below(dir))
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	return translated(err)
}

// find returns a file, opening that of the directory the first time. The caller
// holds mu.
func (o *Disk) find(p string) (*content, error) {
	if c, known := o.files[p]; known {
		if c == nil {
			return nil, fmt.Errorf("%w: %s", disk.ErrNotExist, p)
		}
		return c, nil
	}
	f, err := os.Open(o.below(p))
	if errors.Is(err, os.ErrNotExist) && o.archive != "" && strings.Contains(p, ".tlx") {
		f, err = os.Open(filepath.Join(o.archive, filepath.FromSlash(p)))
	}
	if err != nil {
		return nil, translated(err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", p)
	}
	if err != nil {
		_ = f.Close() // it was only looked at
		return nil, err
	}
	c := &content{f: f, size: info.Size()}
	o.files[p] = c
	return c, nil
}

// Open implements disk.Disk.
func (o *Disk) Open(p string) (disk.File, error) {
	if err := disk.CheckPath(p); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c, err := o.find(p)
	if err != nil {
		return nil, err
	}
	return &handle{content: c}, nil
}

// Create implements disk.Disk.
func (o *Disk) Create(p string) (disk.File, error) {
	if err := disk.CheckPath(p); err != nil {
		return nil, err
	}
	if err := o.hasDir(path.Dir(p)); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c, err := o.find(p)
	if errors.Is(err, disk.ErrNotExist) {
		c, err = &content{}, nil
		o.files[p] = c
	}
	if err != nil {
		return nil, err
	}
	return &handle{content: c}, c.resize(0)
}

// Rename implements disk.Disk.
func (o *Disk) Rename(oldPath, newPath string) error {
	if err := errors.Join(disk.CheckPath(oldPath), disk.CheckPath(newPath)); err != nil {
		return err
	}
	if path.Dir(oldPath) != path.Dir(newPath) {
		return fmt.Errorf("%w: rename from %s to %s moves between directories", disk.ErrPath, oldPath, newPath)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c, err := o.find(oldPath)
	if err != nil {
		return err
	}
	if oldPath != newPath {
		o.files[newPath], o.files[oldPath] = c, nil
	}
	return nil
}

// Remove implements disk.Disk.
func (o *Disk) Remove(p string) error {
	if err := disk.CheckPath(p); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := o.find(p); err != nil {
		return err
	}
	o.files[p] = nil
	return nil
}

// List implements disk.Disk.
func (o *Disk) List(dir string) ([]string, error) {
	if err := o.hasDir(dir); err != nil {
		return nil, err
	}
	below, err := o.namesBelow(dir)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, name := range below {
		if _, known := o.files[path.Join(dir, name)]; !known {
			names = append(names, name)
		}
	}
	for p, b := range o.files { // sorted below
		if b != nil && path.Dir(p) == dir {
			names = append(names, path.Base(p))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// namesBelow lists the files of the directory, and those of the archive.
func (o *Disk) namesBelow(dir string) ([]string, error) {
	var names []string
	for _, root := range []string{o.root, o.archive} {
		if root == "" {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() && (root == o.root || strings.Contains(e.Name(), ".tlx")) {
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

// MkdirAll implements disk.Disk.
func (o *Disk) MkdirAll(dir string) error {
	if err := disk.CheckPath(dir); err != nil {
		return err
	}
	for ; ; dir = path.Dir(dir) {
		if o.hasDir(dir) == nil {
			return nil
		}
		o.mu.Lock()
		o.dirs[dir] = true
		o.mu.Unlock()
	}
}

// SyncDir implements disk.Disk: nothing is more durable than it was.
func (o *Disk) SyncDir(dir string) error { return o.hasDir(dir) }

// Free implements disk.Disk.
func (o *Disk) Free() (uint64, error) { return math.MaxInt64, nil }
