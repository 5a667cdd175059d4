package disk

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Mem is a Disk in memory that obeys the fault model in doc.go. It is fully
// deterministic: every choice (what a power loss keeps, when the node crashes)
// is the caller's. It belongs to one goroutine.
type Mem struct {
	dirs    map[string]*memDir
	locks   map[string]bool
	pending []*pendingOp // in the order of issue
	stale   []*pendingOp // writes that only memory has, see Stale
	nodes   uint64       // inodes made so far
	walks   uint64       // through all directories so far, see dropUnreachable
	life    uint64       // handles and locks of earlier lives are dead

	capacity int64 // bytes; 0: no limit
	faults   faults
	counters Counters
}

// Counters counts what was asked of a Mem.
type Counters struct {
	Mutations    int // operations that FailAfter counts: all but reads
	Syncs        int // of files and directories
	BytesWritten int64
	Full         int // operations that found no room
	Removed      int // files
	Renamed      int
}

// memDir holds the names of one directory: as reads see them, and as they are
// durable.
type memDir struct {
	visible, durable map[string]*inode
}

// inode is a file without its name.
type inode struct {
	id      uint64
	visible image
	// durable may be longer than durableSize: bytes that came without their size.
	durable     image
	durableSize int64

	reached uint64 // by the walk of that number

	errors int  // failed writebacks so far
	late   bool // the next sync tells of one that went wrong before

	bad  map[int64]bool // sectors that can't be read; nil: none
	hurt map[int64]bool // sectors whose durable bytes aren't what was written; nil: none
}

// NewMem returns an empty disk of the given capacity in bytes; 0 means no limit.
func NewMem(capacity int64) *Mem {
	m := &Mem{capacity: capacity, dirs: map[string]*memDir{}, locks: map[string]bool{}}
	m.dirs["."] = newMemDir()
	return m
}

func newMemDir() *memDir {
	return &memDir{visible: map[string]*inode{}, durable: map[string]*inode{}}
}

// Counters returns what was asked of the disk so far.
func (m *Mem) Counters() Counters { return m.counters }

// lookup returns the directory and the base name of a file's path.
func (m *Mem) lookup(p string) (*memDir, string, error) {
	if err := CheckPath(p); err != nil {
		return nil, "", err
	}
	d, ok := m.dirs[parent(p)]
	if !ok || p == "." {
		return nil, "", fmt.Errorf("%w: %s", ErrNotExist, p)
	}
	return d, base(p), nil
}

func (m *Mem) dir(p string) (*memDir, error) {
	if err := CheckPath(p); err != nil {
		return nil, err
	}
	d, ok := m.dirs[p]
	if !ok {
		return nil, fmt.Errorf("%w: directory %s", ErrNotExist, p)
	}
	return d, nil
}

type memLock struct {
	m    *Mem
	dir  string
	life uint64
}

// Lock implements Disk.
func (m *Mem) Lock(dir string) (Unlocker, error) {
	if err := m.faults.read(); err != nil {
		return nil, err
	}
	if _, err := m.dir(dir); err != nil {
		return nil, err
	}
	if m.locks[dir] {
		return nil, fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	m.locks[dir] = true
	return &memLock{m, dir, m.life}, nil
}

// Unlock implements Unlocker.
func (l *memLock) Unlock() error {
	if l.life == l.m.life {
		delete(l.m.locks, l.dir)
	}
	return nil
}

// Open implements Disk.
func (m *Mem) Open(p string) (File, error) {
	if err := m.faults.read(); err != nil {
		return nil, err
	}
	d, name, err := m.lookup(p)
	if err != nil {
		return nil, err
	}
	n, ok := d.visible[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotExist, p)
	}
	return m.handle(n, p), nil
}

// Create implements Disk.
func (m *Mem) Create(p string) (File, error) {
	if err := m.mutate(); err != nil {
		return nil, err
	}
	d, name, err := m.lookup(p)
	if err != nil {
		return nil, err
	}
	n, ok := d.visible[name]
	if ok {
		f := m.handle(n, p)
		f.resize(0)
		return f, nil
	}
	if m.free() == 0 {
		return nil, m.noRoom("create", p)
	}
	m.nodes++
	n = &inode{id: m.nodes}
	d.visible[name] = n
	m.issue(&pendingOp{Op: Op{Kind: OpCreate, Path: p}, node: n, dir: d})
	return m.handle(n, p), nil
}

func (m *Mem) handle(n *inode, p string) *memFile {
	return &memFile{m: m, n: n, path: p, life: m.life, errors: n.errors}
}

// Rename implements Disk.
func (m *Mem) Rename(oldPath, newPath string) error {
	if err := m.mutate(); err != nil {
		return err
	}
	d, oldName, err := m.lookup(oldPath)
	if err != nil {
		return err
	}
	e, newName, err := m.lookup(newPath)
	if err != nil {
		return err
	}
	if d != e {
		return fmt.Errorf("%w: rename from %s to %s moves between directories", ErrPath, oldPath, newPath)
	}
	n, ok := d.visible[oldName]
	if !ok {
		return fmt.Errorf("%w: %s", ErrNotExist, oldPath)
	}
	if m.free() == 0 {
		return m.noRoom("rename", oldPath)
	}
	if oldName == newName {
		return nil
	}
	m.counters.Renamed++
	delete(d.visible, oldName)
	d.visible[newName] = n
	m.issue(&pendingOp{Op: Op{Kind: OpRename, Path: oldPath, To: newPath}, dir: d})
	return nil
}

// Remove implements Disk.
func (m *Mem) Remove(p string) error {
	if err := m.mutate(); err != nil {
		return err
	}
	d, name, err := m.lookup(p)
	if err != nil {
		return err
	}
	if _, ok := d.visible[name]; !ok {
		return fmt.Errorf("%w: %s", ErrNotExist, p)
	}
	m.counters.Removed++
	delete(d.visible, name)
	m.issue(&pendingOp{Op: Op{Kind: OpRemove, Path: p}, dir: d})
	return nil
}

// List implements Disk.
func (m *Mem) List(dir string) ([]string, error) {
	if err := m.faults.read(); err != nil {
		return nil, err
	}
	d, err := m.dir(dir)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(d.visible)), nil
}

// MkdirAll implements Disk.
func (m *Mem) MkdirAll(dir string) error {
	if err := m.faults.read(); err != nil {
		return err
	}
	if err := CheckPath(dir); err != nil {
		return err
	}
	if m.dirs[dir] != nil {
		return nil
	}
	if err := m.mutate(); err != nil {
		return err
	}
	for ; m.dirs[dir] == nil; dir = parent(dir) {
		m.dirs[dir] = newMemDir()
	}
	return nil
}

// SyncDir implements Disk.
func (m *Mem) SyncDir(dir string) error {
	if err := m.mutate(); err != nil {
		return err
	}
	d, err := m.dir(dir)
	if err != nil {
		return err
	}
	if m.sync(false) {
		return fmt.Errorf("%w: %s", ErrSync, dir)
	}
	m.settle(func(op *pendingOp) bool { return op.dir == d })
	m.dropUnreachable()
	return nil
}

// Free implements Disk.
func (m *Mem) Free() (uint64, error) {
	if err := m.faults.read(); err != nil {
		return 0, err
	}
	return uint64(m.free()), nil
}

// free returns the bytes left. Removed files give their space back at once.
func (m *Mem) free() int64 {
	if m.capacity == 0 {
		return 1 << 62
	}
	return max(m.capacity-m.Used(), 0)
}

func (m *Mem) noRoom(what, p string) error {
	m.counters.Full++
	return fmt.Errorf("%w: %s %s", ErrFull, what, p)
}

// Used returns the bytes that all files have together.
func (m *Mem) Used() (bytes int64) {
	for _, d := range m.dirs { // a sum: the order can't matter
		for _, n := range d.visible {
			bytes += n.visible.size
		}
	}
	return bytes
}

// memFile is a handle.
type memFile struct {
	m      *Mem
	n      *inode
	path   string
	life   uint64
	closed bool
	errors int // of the inode that this handle knows of
}

func (f *memFile) usable() error {
	switch {
	case f.life != f.m.life:
		return ErrCrashed
	case f.closed:
		return fmt.Errorf("%w: %s", ErrClosed, f.path)
	}
	return nil
}

func (f *memFile) readable() error {
	if err := f.usable(); err != nil {
		return err
	}
	return f.m.faults.read()
}

func (f *memFile) mutate() error {
	if err := f.usable(); err != nil {
		return err
	}
	return f.m.mutate()
}

// ReadAt implements File.
func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.readable(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fmt.Errorf("%w: read at offset %d of %s", ErrPath, off, f.path)
	}
	if off >= f.n.visible.size && len(p) > 0 {
		return 0, io.EOF
	}
	if err := f.unreadable(off, len(p)); err != nil {
		return 0, err
	}
	n := f.n.visible.readAt(p, off)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File.
func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.mutate(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fmt.Errorf("%w: write at offset %d of %s", ErrPath, off, f.path)
	}
	if grow := off + int64(len(p)) - f.n.visible.size; grow > f.m.free() {
		fits := max(int64(len(p))-(grow-f.m.free()), 0) / SectorSize * SectorSize
		f.write(p[:fits], off)
		return int(fits), f.m.noRoom("write to", f.path)
	}
	f.write(p, off)
	return len(p), nil
}

// write makes the write visible and issues one operation per sector.
func (f *memFile) write(p []byte, off int64) {
	if len(p) == 0 {
		return
	}
	if end := off + int64(len(p)); end > f.n.visible.size {
		f.resize(end)
	}
	f.n.visible.writeAt(p, off)
	f.n.mended(off, off+int64(len(p)))
	f.m.counters.BytesWritten += int64(len(p))
	f.m.rewritten(f.n, off, off+int64(len(p)))
	kept, at := keep(p), 0
	ops := make([]pendingOp, 0, 2+len(p)/SectorSize) // together: most end in the same sync
	for at < len(p) {
		n := min(SectorSize-int(off%SectorSize), len(p)-at)
		ops = append(ops, pendingOp{Op: Op{Kind: OpWrite, Path: f.path, Off: off, Len: n}, node: f.n, data: kept(at, n)})
		f.m.issue(&ops[len(ops)-1])
		at, off = at+n, off+int64(n)
	}
}

// resize changes the visible size and issues the operation, if it is a change.
func (f *memFile) resize(size int64) {
	old := f.n.visible.size
	if size == old {
		return
	}
	f.n.visible.resize(size)
	f.m.issue(&pendingOp{Op: Op{Kind: OpSize, Path: f.path, Size: size}, node: f.n, shrinks: size < old})
}

// Truncate implements File.
func (f *memFile) Truncate(size int64) error {
	if err := f.mutate(); err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("%w: truncate %s to %d", ErrPath, f.path, size)
	}
	if size-f.n.visible.size > f.m.free() {
		return f.m.noRoom("truncate", f.path)
	}
	f.resize(size)
	return nil
}

// Size implements File.
func (f *memFile) Size() (int64, error) {
	if err := f.readable(); err != nil {
		return 0, err
	}
	return f.n.visible.size, nil
}

// Sync implements File.
func (f *memFile) Sync() error {
	if err := f.mutate(); err != nil {
		return err
	}
	if f.m.sync(true) {
		return f.syncAs(f.m.faults.syncAs, f.m.faults.syncLost)
	}
	if f.owes() {
		return fmt.Errorf("%w: %s, in an earlier write", ErrSync, f.path)
	}
	f.m.settle(func(op *pendingOp) bool { return op.node == f.n && op.dir == nil })
	return nil
}

// Close implements File.
func (f *memFile) Close() error {
	if err := f.usable(); err != nil {
		return err
	}
	f.closed = true
	return nil
}
