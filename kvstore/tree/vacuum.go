package tree

// Limits of what one checkpoint does beside its changes, in pages.
const (
	moveBudget = 2048
	freeBudget = 16384
	// vacuumFrom is how many pages must be free, and a quarter of the file, before it
	// is made smaller.
	vacuumFrom = 1024
)

// mover moves pages that lie high in the file down, so that its end can be cut off.
// It goes on behind the key where the last checkpoint stopped.
type mover struct {
	above  uint32 // pages from here on are moved
	budget int
	from   string // keys below were looked at before
	resume string // where to go on; "" at the end
	ended  bool
}

// moves says whether a subtree must be gone into because of a page to be moved. It
// ends when no page is available further down: as long as a root is read, what was
// moved before isn't, and moving on would make the file longer.
func (m *merge) moves(ptr pointer, level int, sep separator, hi Bound) bool {
	v := m.move
	if v == nil || v.ended || hi.Some && hi.Key <= v.from {
		return false
	}
	if v.budget <= 0 || !m.w.space.anyBelow(v.above) {
		v.resume, v.ended = string(sep.key), true
		return false
	}
	if ptr.page >= v.above {
		v.budget--
		return true
	}
	switch {
	case level >= 2:
		return true
	case level == 1:
		return m.holdsHigh(ptr, level)
	default:
		return ptr.overflow && m.holdsHigh(ptr, level)
	}
}

// holdsHigh looks into a page for pointers to pages to be moved.
func (m *merge) holdsHigh(ptr pointer, level int) bool {
	if level == 1 && ptr.overflow {
		return true
	}
	p, err := m.f.load(ptr.ref, nodeKind(level), level)
	if err != nil {
		return true // going in gives the error again
	}
	defer m.f.unpin(p)
	for i := range pageCount(p.buf) {
		if level == 0 {
			if e := leafEntry(p.buf, i); e.form != formInline && e.blob.page >= m.move.above {
				return true
			}
		} else if branchChild(p.buf, i).ptr.page >= m.move.above {
			return true
		}
	}
	return false
}

// freeSome walks over unlinked subtrees, and lets go of about as many pages.
func (m *merge) freeSome(budget int) (int, error) {
	l := m.lists
	n := 0
	for n < budget && len(l.toFree) > 0 {
		t := l.toFree[len(l.toFree)-1]
		l.toFree = l.toFree[:len(l.toFree)-1]
		k, err := m.freeSubtree(t)
		if err != nil {
			return n, err
		}
		n += k
	}
	return n, nil
}

// freeSubtree frees one page and puts what hangs below it on the list. Leaves
// without blobs are freed unread.
func (m *merge) freeSubtree(t subtree) (int, error) {
	m.w.free(t.page, 1)
	if t.level == 0 && !t.overflow {
		return 1, nil
	}
	page := m.page
	if _, err := m.f.copyTo(page, t.ref, nodeKind(t.level), t.level); err != nil {
		return 0, err
	}
	n := 1
	for i := range pageCount(page) {
		var blob blobRef
		if t.level == 0 {
			blob = leafEntry(page, i).blob
		} else {
			c := branchChild(page, i)
			blob = c.blob
			if t.level == 1 && !c.ptr.overflow {
				m.w.free(c.ptr.page, 1)
				n++
			} else {
				m.lists.toFree = append(m.lists.toFree, subtree{ref: c.ptr.ref, level: t.level - 1, overflow: c.ptr.overflow})
			}
		}
		if blob.valid() {
			if err := m.freeBlob(blob); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
