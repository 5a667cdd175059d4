package disk

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
)

// ErrBusy refuses to damage a file at rest that has pending operations.
var ErrBusy = errors.New("disk: the file has pending operations")

// Damage lets durable bytes off..off+n-1 of a file change on the platter: bit rot,
// zeroed sectors. Reads show the change, except where a newer write is still in
// memory. ErrNotExist if the file durably has no such bytes.
func (m *Mem) Damage(p string, off int64, n int, change func(b []byte)) error {
	node, err := m.durableFile(p)
	if err != nil {
		return err
	}
	if off < 0 || n <= 0 || off+int64(n) > min(node.durableSize, node.durable.size) {
		return fmt.Errorf("%w: bytes %d to %d of %s", ErrNotExist, off, off+int64(n), p)
	}
	node.durable.edit(off, n, change)
	node.hurtAt(off, int64(n))
	m.show(node, off, n)
	return nil
}

// show lets reads see what is durable in a range, sector by sector, but for those
// that memory has newer bytes of.
func (m *Mem) show(node *inode, off int64, n int) {
	newer := map[int64]bool{}
	for _, ops := range [][]*pendingOp{m.pending, m.stale} {
		for _, op := range ops {
			if op.node == node && op.dir == nil && op.Kind == OpWrite {
				newer[op.Off/SectorSize] = true
			}
		}
	}
	for s := off / SectorSize; s*SectorSize < off+int64(n); s++ {
		if !newer[s] {
			node.reread(s)
		}
	}
}

// Unreadable lets every read that touches the sector at off give ErrIO, until the
// whole sector is written again.
func (m *Mem) Unreadable(p string, off int64) error {
	node, err := m.durableFile(p)
	if err != nil {
		return err
	}
	if off < 0 || off >= node.durableSize {
		return fmt.Errorf("%w: byte %d of %s", ErrNotExist, off, p)
	}
	if node.bad == nil {
		node.bad = map[int64]bool{}
	}
	node.bad[off/SectorSize] = true
	node.hurtAt(off, 1)
	return nil
}

// CutShort takes all bytes of a file from size on. ErrBusy if it has pending
// operations.
func (m *Mem) CutShort(p string, size int64) error {
	node, err := m.durableFile(p)
	switch {
	case err != nil:
		return err
	case m.busy(node, p):
		return fmt.Errorf("%w: %s", ErrBusy, p)
	case size < 0 || size >= node.durableSize:
		return fmt.Errorf("%w: byte %d of %s", ErrNotExist, size, p)
	}
	node.hurtAt(size, node.durableSize-size)
	node.durable.resize(size)
	node.durableSize, node.visible = size, node.durable.share()
	return nil
}

// Lose takes a file away, name and bytes; handles that are open keep working.
// ErrBusy if it has pending operations.
func (m *Mem) Lose(p string) error {
	node, err := m.durableFile(p)
	switch {
	case err != nil:
		return err
	case m.busy(node, p):
		return fmt.Errorf("%w: %s", ErrBusy, p)
	}
	d, name, _ := m.lookup(p) // was found just now
	delete(d.durable, name)
	delete(d.visible, name)
	return nil
}

// durableFile returns the file that a name durably leads to.
func (m *Mem) durableFile(p string) (*inode, error) {
	d, name, err := m.lookup(p)
	if err != nil {
		return nil, err
	}
	node, ok := d.durable[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotExist, p)
	}
	return node, nil
}

// busy reports whether anything about a file or its name is pending.
func (m *Mem) busy(node *inode, p string) bool {
	return slices.ContainsFunc(m.pending, func(op *pendingOp) bool {
		return op.node == node || op.dir != nil && (op.Path == p || op.To == p)
	})
}

// DurableFile is a file as a power loss that keeps nothing pending would leave it.
type DurableFile struct {
	Path string
	Size int64
}

// DurableFiles lists the files whose names are durable in a directory, ascending.
func (m *Mem) DurableFiles(dir string) []DurableFile {
	d, err := m.dir(dir)
	if err != nil {
		return nil
	}
	var all []DurableFile
	for _, name := range slices.Sorted(maps.Keys(d.durable)) {
		all = append(all, DurableFile{Path: path.Join(dir, name), Size: d.durable[name].durableSize})
	}
	return all
}

// DurableSize returns how long such a file is; ok says that there is one.
func (m *Mem) DurableSize(p string) (size int64, ok bool) {
	node, err := m.durableFile(p)
	if err != nil {
		return 0, false
	}
	return node.durableSize, true
}

// DurableBytes returns a copy of the n durable bytes of a file at off, fewer at
// its end. Nobody has to be able to read them.
func (m *Mem) DurableBytes(p string, off int64, n int) ([]byte, error) {
	node, err := m.durableFile(p)
	if err != nil {
		return nil, err
	}
	b := make([]byte, max(0, min(int64(n), node.durableSize-off)))
	node.durable.readAt(b, off)
	return b, nil
}

// unreadable says that a read of n bytes at off meets a sector that can't be read.
func (f *memFile) unreadable(off int64, n int) error {
	if len(f.n.bad) == 0 {
		return nil
	}
	for s := off / SectorSize; s*SectorSize < min(off+int64(n), f.n.visible.size); s++ {
		if f.n.bad[s] {
			return fmt.Errorf("%w: read of %s at offset %d", ErrIO, f.path, s*SectorSize)
		}
	}
	return nil
}

// mended forgets that sectors were unreadable which are written as a whole.
func (n *inode) mended(off, end int64) {
	if len(n.bad) == 0 {
		return
	}
	for s := (off + SectorSize - 1) / SectorSize; (s+1)*SectorSize <= end; s++ {
		delete(n.bad, s)
	}
}

// Intact reports whether the n durable bytes of a file at off are what was written
// there last and synced, as far as this disk wasn't told to damage them.
func (m *Mem) Intact(p string, off, n int64) bool {
	node, err := m.durableFile(p)
	if err != nil || off+n > node.durableSize {
		return false
	}
	for s := range node.hurt { // any: the order can't matter
		if s >= off/SectorSize && s*SectorSize < off+n {
			return false
		}
	}
	return true
}

// hurtAt notes that durable bytes aren't what was written.
func (n *inode) hurtAt(off, size int64) {
	if n.hurt == nil {
		n.hurt = map[int64]bool{}
	}
	for s := off / SectorSize; s*SectorSize < off+size; s++ {
		n.hurt[s] = true
	}
}

// healed forgets the hurt sectors of a range that was written anew as a whole.
func (n *inode) healed(off, end int64) {
	for s := range n.hurt { // each on its own: the order can't matter
		if s*SectorSize >= off && (s+1)*SectorSize <= end {
			delete(n.hurt, s)
		}
	}
}
