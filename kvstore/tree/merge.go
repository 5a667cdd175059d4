package tree

// merge walks over the tree in the order of the keys and makes the changes: what
// they don't touch is taken over by its pointer, what they do is written anew.
type merge struct {
	f     *pages
	w     *writer
	out   builder
	lists *lists
	stack []source // branches on the way, the root first

	cleared []Range
	edits   Edits
	edit    Edit
	more    bool // edit is one that is still to be made
	made    uint64
	started bool

	page []byte // of the leaf at hand
	move *mover // moves pages down; nil: none
}

// source is a branch page whose children are being visited.
type source struct {
	buf   []byte
	level int
	i     int
	lo    separator // of the page
	hi    Bound     // where the next page begins
}

// nextEdit takes the next edit in.
func (m *merge) nextEdit() {
	m.edit, m.more = m.edits.Next()
	m.made++
}

// begin visits the root; a tree without one is all inserts.
func (m *merge) begin(root pointer, height int) error {
	m.started = true
	if m.edits != nil {
		m.edit, m.more = m.edits.Next()
	}
	if height == 0 {
		return m.insertBelow(Bound{}, separator{})
	}
	return m.visit(root, height-1, separator{}, Bound{})
}

// step visits the next child; false when there is none.
func (m *merge) step() (bool, error) {
	if len(m.stack) == 0 {
		return false, nil
	}
	s := &m.stack[len(m.stack)-1]
	if s.i == pageCount(s.buf) {
		m.stack = m.stack[:len(m.stack)-1]
		return true, nil
	}
	c := branchChild(s.buf, s.i)
	sep, hi := s.lo, s.hi
	if s.i > 0 {
		key, err := m.f.fullKey(c.key, c.keyLen, c.blob)
		if err != nil {
			return false, err
		}
		sep = separator{key: key, blob: c.blob}
	}
	s.i++
	if s.i < pageCount(s.buf) {
		next := branchChild(s.buf, s.i)
		key, err := m.f.fullKey(next.key, next.keyLen, next.blob)
		if err != nil {
			return false, err
		}
		hi = Below(string(key))
	}
	return true, m.visit(c.ptr, s.level-1, sep, hi)
}

// visit decides what becomes of a subtree with the keys from sep to below hi.
func (m *merge) visit(ptr pointer, level int, sep separator, hi Bound) error {
	for len(m.cleared) > 0 && m.cleared[0].Hi.Some && m.cleared[0].Hi.Key <= string(sep.key) {
		m.cleared = m.cleared[1:]
	}
	edited := m.more && hi.above(m.edit.Key)
	gone := len(m.cleared) > 0 && hi.above(m.cleared[0].Lo)
	switch {
	case gone && m.cleared[0].Lo <= string(sep.key) && covers(m.cleared[0].Hi, hi):
		m.lists.toFree = append(m.lists.toFree, subtree{ref: ptr.ref, level: level, overflow: ptr.overflow})
		return m.insertBelow(hi, sep)
	case edited || gone || m.out.small(level) || m.moves(ptr, level, sep, hi):
		if level == 0 {
			return m.mergeLeaf(ptr, sep, hi)
		}
		return m.open(ptr, level, sep, hi)
	default:
		return m.out.child(level, branchCell{ptr: ptr, sep: own(sep)})
	}
}

// covers reports whether everything below hi is below end.
func covers(end, hi Bound) bool { return !end.Some || hi.Some && hi.Key <= end.Key }

// own copies a separator out of the page.
func own(s separator) separator { return separator{key: append([]byte(nil), s.key...), blob: s.blob} }

// open goes into a branch, which will be written anew.
func (m *merge) open(ptr pointer, level int, sep separator, hi Bound) error {
	buf := make([]byte, PageSize)
	if _, err := m.f.copyTo(buf, ptr.ref, kindBranch, level); err != nil {
		return err
	}
	m.w.free(ptr.page, 1)
	m.stack = append(m.stack, source{buf: buf, level: level, lo: own(sep), hi: hi})
	return nil
}

// enter says that a leaf begins here: the separator is used if nothing was
// gathered before, else it is no longer needed.
func (m *merge) enter(sep separator) error {
	if len(m.out.leaf.cells) == 0 {
		if err := m.dropSep(m.out.leaf.sep); err != nil {
			return err
		}
		m.out.leaf.sep = own(sep)
		return nil
	}
	return m.dropSep(sep)
}

// dropSep frees what a separator has outside of its page.
func (m *merge) dropSep(s separator) error {
	if !s.blob.valid() {
		return nil
	}
	return m.freeBlob(s.blob)
}

func (m *merge) freeBlob(r blobRef) error {
	return m.f.runsOf(r, func(page uint32, pages int) { m.w.free(page, pages) })
}

// insertBelow makes the edits below hi where there is nothing.
func (m *merge) insertBelow(hi Bound, sep separator) error {
	if !m.more || !hi.above(m.edit.Key) {
		return m.dropSep(sep)
	}
	if err := m.enter(sep); err != nil {
		return err
	}
	for m.more && hi.above(m.edit.Key) {
		if err := m.insert(); err != nil {
			return err
		}
	}
	return nil
}

// insert makes the edit of a key that isn't there.
func (m *merge) insert() error {
	if !m.edit.Deleted {
		if err := m.out.entry(m.edit.Key, m.edit.Value); err != nil {
			return err
		}
	}
	m.nextEdit()
	return nil
}

// mergeLeaf writes a leaf anew, with the edits below hi.
func (m *merge) mergeLeaf(ptr pointer, sep separator, hi Bound) error {
	page := m.page
	cached, err := m.f.copyTo(page, ptr.ref, kindLeaf, 0)
	if err != nil {
		return err
	}
	m.out.offer = cached
	if err := m.enter(sep); err != nil {
		return err
	}
	m.w.free(ptr.page, 1)
	m.out.leaf.sum = m.out.leaf.sum.Add(ptr.sum)
	for i := range pageCount(page) {
		e := leafEntry(page, i)
		key, err := m.f.fullKey(e.key, e.keyLen, e.blob)
		if err != nil {
			return err
		}
		for m.more && m.edit.Key < string(key) {
			if err := m.insert(); err != nil {
				return err
			}
		}
		if err := m.takeOver(page, i, &e, key); err != nil {
			return err
		}
	}
	for m.more && hi.above(m.edit.Key) {
		if err := m.insert(); err != nil {
			return err
		}
	}
	return nil
}

// takeOver keeps, replaces or drops an entry.
func (m *merge) takeOver(page []byte, i int, e *entry, key []byte) error {
	edited := m.more && m.edit.Key == string(key)
	if !edited && !m.clears(key) {
		return m.keep(page, i, e, key)
	}
	if e.form == formInline {
		e.digest, m.out.scratch = EntryDigest(m.out.scratch, string(key), e.value)
	} else if err := m.freeBlob(e.blob); err != nil {
		return err
	}
	m.out.leaf.sum = m.out.leaf.sum.Sub(e.digest)
	if edited {
		return m.insert()
	}
	return nil
}

// clears reports whether a key is in a cleared range.
func (m *merge) clears(key []byte) bool {
	for len(m.cleared) > 0 && m.cleared[0].Hi.Some && m.cleared[0].Hi.Key <= string(key) {
		m.cleared = m.cleared[1:]
	}
	return len(m.cleared) > 0 && m.cleared[0].Lo <= string(key)
}

// keep takes an entry over as it is, but for a blob that is to be moved.
func (m *merge) keep(page []byte, i int, e *entry, key []byte) error {
	l := &m.out.leaf
	c := leafCell{blob: e.form != formInline, known: e.form != formInline, digest: e.digest}
	if e.keyLen > maxInlineKey {
		c.long = key
	}
	from := len(l.data)
	if c.blob && m.move != nil && e.blob.page >= m.move.above {
		ref, err := m.moveBlob(e, key)
		if err != nil {
			return err
		}
		l.data = appendLarge(l.data, string(key), e.valueLen, e.digest, ref)
	} else {
		l.data = append(l.data, page[le.Uint16(page[headerSize+2*i:]):cellOffset(page, i+1)]...)
	}
	l.add(from, c)
	return m.out.spill()
}

func (m *merge) moveBlob(e *entry, key []byte) (blobRef, error) {
	value, err := m.f.value(e)
	if err != nil {
		return blobRef{}, err
	}
	if err := m.freeBlob(e.blob); err != nil {
		return blobRef{}, err
	}
	blob := newBlob(string(key), value)
	for !blob.done() {
		if err := blob.next(m.w); err != nil {
			return blobRef{}, err
		}
	}
	return blob.ref, nil
}
