package tree

// DefaultVacuumPages is Options.VacuumPages where it isn't set.
const DefaultVacuumPages = 1024

// Limits of what one checkpoint does beside its changes, in pages.
const (
	moveBudget = 2048
	freeBudget = 16384
)

// cutPart is by which part of the free pages that are worth a vacuum the file is
// shortened at least: 16 pages by default.
const cutPart = 64

// mover moves pages that lie high in the file down, so that its end can be cut off.
// It goes on behind the key where the last checkpoint stopped.
type mover struct {
	above  uint32 // pages from here on are moved
	budget int    // pages that may still be
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
	// Branches two levels up are few: it is not worth reading them twice.
	return level >= 2 || (level == 1 || ptr.overflow) && m.holdsHigh(ptr, level)
}

// holdsHigh looks into a leaf, or a branch just above the leaves, for what has to be
// moved. An error counts as such: going in gives it again.
func (m *merge) holdsHigh(ptr pointer, level int) bool {
	m.visits++
	p, err := m.f.load(ptr.ref, nodeKind(level), level)
	if err != nil {
		return true
	}
	defer m.f.unpin(p)
	for i := range pageCount(p.buf) {
		var blob blobRef
		if level == 0 {
			blob = leafEntry(p.buf, i).blob
		} else {
			c := branchChild(p.buf, i)
			blob = c.blob
			if c.ptr.page >= m.move.above || c.ptr.overflow && m.holdsHigh(c.ptr, 0) {
				return true
			}
		}
		if blob.valid() {
			if high, err := m.isHigh(blob); high || err != nil {
				return true
			}
		}
	}
	return false
}

// isHigh reports whether a part of a blob lies high.
func (m *merge) isHigh(r blobRef) (high bool, err error) {
	err = m.f.runsOf(r, func(page uint32, n int) { high = high || page+uint32(n) > m.move.above })
	return high, err
}

// moveBlob writes the blob of an entry anew if it lies high, and adds the entry.
func (m *merge) moveBlob(e *entry, c leafCell) (moved bool, err error) {
	if m.move == nil {
		return false, nil
	}
	if high, err := m.isHigh(e.blob); !high || err != nil {
		return false, err
	}
	// There must be room for it further down, else it would go to the end of the file.
	if page, ok := m.w.space.findRun(uint32(e.blob.pages)); !ok || page >= m.move.above {
		return false, nil
	}
	rest := e.keyLen - len(e.key)
	data, err := m.f.readBlob(e.blob, rest+e.valueLen, true)
	if err != nil {
		return false, err
	}
	key := string(e.key) + string(data[:rest])
	ref, err := m.out.blobOf(key, data[rest:])
	if err != nil {
		return false, err
	}
	m.move.budget -= 1 + len(data)/PageSize
	l := &m.out.leaf
	from := len(l.data)
	l.data = appendLarge(l.data, key, e.valueLen, e.digest, ref)
	l.add(from, c)
	if err := m.freeBlob(e.blob); err != nil {
		return false, err
	}
	return true, m.out.spill()
}

// moveSep does the same for a separator, without regard to the budget.
func (m *merge) moveSep(s separator) (separator, error) {
	if m.move == nil || !s.blob.valid() {
		return s, nil
	}
	high, err := m.isHigh(s.blob)
	if !high || err != nil {
		return s, err
	}
	ref, err := m.out.blobOf(string(s.key), nil)
	if err != nil {
		return s, err
	}
	return separator{key: s.key, blob: ref}, m.freeBlob(s.blob)
}

// unlink takes a subtree out of the tree. It is walked later, unless freeing it
// needs no reading.
func (m *merge) unlink(ptr pointer, level int) {
	if level == 0 && !ptr.overflow {
		m.w.free(ptr.page, 1)
		return
	}
	m.lists.toFree = append(m.lists.toFree, subtree{ref: ptr.ref, level: level, overflow: ptr.overflow})
}

// freeNext frees the root of the last unlinked subtree and puts what hangs below it
// on the list. It returns how many pages that were.
func (m *merge) freeNext() (int, error) {
	l := m.lists
	t := l.toFree[len(l.toFree)-1]
	l.toFree = l.toFree[:len(l.toFree)-1]
	m.visits++
	if _, err := m.f.copyTo(m.page, t.ref, nodeKind(t.level), t.level); err != nil {
		return 0, err
	}
	before := len(m.w.freed)
	m.w.free(t.page, 1)
	for i := range pageCount(m.page) {
		var blob blobRef
		if t.level == 0 {
			blob = leafEntry(m.page, i).blob
		} else {
			c := branchChild(m.page, i)
			blob = c.blob
			m.unlink(c.ptr, t.level-1)
		}
		if blob.valid() {
			if err := m.freeBlob(blob); err != nil {
				return 0, err
			}
		}
	}
	return len(m.w.freed) - before, nil
}
