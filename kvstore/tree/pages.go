package tree

import (
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// pages reads the pages of one file, and checks each against the pointer to it
// when it comes from disk. Any goroutine may use it.
type pages struct {
	file  disk.File
	cache *Cache // nil: every page is read from disk, by copyTo only
	tree  uint64
}

// readAt fills buf with what lies in the file from a page on.
func (f *pages) readAt(buf []byte, page uint32) error {
	n, err := f.file.ReadAt(buf, int64(page)*PageSize)
	if n == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: page %d lies behind the end of the file", ErrDamaged, page)
	}
	return fmt.Errorf("tree: page %d can't be read: %w", page, err)
}

// load returns the page that r means, from the cache or from disk into it. The
// caller unpins it.
func (f *pages) load(r ref, k kind, level int) (pin, error) {
	if p, ok := f.cached(r, k, level); ok {
		return p, nil
	}
	slot := f.cache.lock(f.tree, r)
	if slot < 0 {
		buf := make([]byte, PageSize)
		return pin{buf, -1}, f.read(buf, r, k, level)
	}
	buf := f.cache.slotBytes(slot)
	if err := f.read(buf, r, k, level); err != nil {
		f.cache.drop(slot)
		return pin{nil, -1}, err
	}
	f.cache.publish(slot, f.tree, r, 1)
	return pin{buf, slot}, nil
}

// cached pins the page if the cache has it. Kind and level are compared again: two
// pointers of a file that isn't ours may disagree about what a page is.
func (f *pages) cached(r ref, k kind, level int) (pin, bool) {
	p, ok := f.cache.get(f.tree, r)
	if ok && (kind(p.buf[0]) != k || int(p.buf[1]) != level) {
		f.cache.unpin(p)
		return pin{}, false
	}
	return p, ok
}

func (f *pages) unpin(p pin) { f.cache.unpin(p) }

// read fills buf with the page that r means, from disk.
func (f *pages) read(buf []byte, r ref, k kind, level int) error {
	if err := f.readAt(buf, r.page); err != nil {
		return err
	}
	if err := fits(buf, r, k, level); err != nil {
		return err
	}
	return nil
}

// copyTo fills buf with the page, leaving the cache as it is: for whoever reads
// everything once. It reports whether the cache had it.
func (f *pages) copyTo(buf []byte, r ref, k kind, level int) (cached bool, err error) {
	if f.cache != nil {
		if p, ok := f.cached(r, k, level); ok {
			copy(buf, p.buf)
			f.cache.unpin(p)
			return true, nil
		}
	}
	return false, f.read(buf, r, k, level)
}

func nodeKind(level int) kind {
	if level == 0 {
		return kindLeaf
	}
	return kindBranch
}
