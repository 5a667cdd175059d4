package tree

// merge walks over the tree in the order of the keys and makes the changes: what
// they don't touch is taken over by its pointer, what they do is written anew. What
// it knows between two steps is one path, so a slice can end anywhere.
type merge struct {
	f     *pages
	w     *writer
	out   builder
	lists *lists
	stack []source // branches on the way, the root first
	leaf  leafSource

	cleared []Range
	edits   Edits
	edit    Edit
	more    bool // edit is one that is still to be made
	made    uint64
	started bool
	visits  int // pages read in this slice

	page []byte // room for one
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

// leafSource is a leaf that is being merged, or the place where an unlinked subtree
// was.
type leafSource struct {
	active bool
	ptr    pointer
	buf    []byte
	n, i   int       // entries, and the next one to be looked at
	sep    separator // the output's once begun
	hi     Bound
	begun  bool // it can't stay as it is
}

// nextEdit takes the next edit in.
func (m *merge) nextEdit() {
	last := m.edit.Key
	m.edit, m.more = m.edits.Next()
	if m.made++; m.more && m.edit.Key <= last {
		assertf("edits don't ascend: %q, then %q", last, m.edit.Key)
	}
}

// begin visits the root; a tree without one is all inserts.
func (m *merge) begin(root pointer, height int) error {
	m.started = true
	if m.edits != nil {
		m.edit, m.more = m.edits.Next()
	}
	if height == 0 {
		m.insertHere(separator{}, Bound{})
		return nil
	}
	return m.visit(root, height-1, separator{}, Bound{})
}

// step goes on a little; false when there is nothing left to do.
func (m *merge) step() (bool, error) {
	switch {
	case m.leaf.active:
		return true, m.stepLeaf()
	case len(m.stack) == 0:
		if m.more {
			assertf("edits from %q on are left over", m.edit.Key)
		}
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
		if sep, err = m.moveSep(separator{key: key, blob: c.blob}); err != nil {
			return false, err
		}
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
		m.unlink(ptr, level)
		m.insertHere(sep, hi)
		return nil
	case m.out.small(level) || m.moves(ptr, level, sep, hi):
		return m.open(ptr, level, sep, hi, true)
	case edited || gone:
		return m.open(ptr, level, sep, hi, false)
	default:
		return m.out.child(level, branchCell{ptr: ptr, sep: sep})
	}
}

// covers reports whether everything below hi is below end.
func covers(end, hi Bound) bool { return !end.Some || hi.Some && hi.Key <= end.Key }

// open goes into a page. A branch is written anew; a leaf only if it must be, or if
// something in it changes.
func (m *merge) open(ptr pointer, level int, sep separator, hi Bound, must bool) error {
	m.visits++
	if level == 0 {
		return m.openLeaf(ptr, sep, hi, must)
	}
	buf := make([]byte, PageSize) // separators lie in it
	if _, err := m.f.copyTo(buf, ptr.ref, kindBranch, level); err != nil {
		return err
	}
	m.w.free(ptr.page, 1)
	m.stack = append(m.stack, source{buf: buf, level: level, lo: sep, hi: hi})
	return nil
}

func (m *merge) openLeaf(ptr pointer, sep separator, hi Bound, must bool) error {
	cached, err := m.f.copyTo(m.page, ptr.ref, kindLeaf, 0)
	if err != nil {
		return err
	}
	m.out.offer = cached // its successor is as likely to be read
	m.leaf = leafSource{active: true, ptr: ptr, buf: m.page, n: pageCount(m.page), sep: sep, hi: hi}
	if must {
		return m.beginLeaf()
	}
	return nil
}

// insertHere makes the edits below hi where there is nothing.
func (m *merge) insertHere(sep separator, hi Bound) {
	m.leaf = leafSource{active: true, sep: sep, hi: hi}
}

// beginLeaf hands the leaf over to the output, entry by entry.
func (m *merge) beginLeaf() error {
	l := &m.leaf
	if l.begun {
		return nil
	}
	l.begun = true
	if l.ptr.page != 0 {
		m.w.free(l.ptr.page, 1)
		m.out.leaf.sum = m.out.leaf.sum.Add(l.ptr.sum)
	}
	// The separator is used if nothing was gathered before, else it is not needed.
	drop := l.sep
	if len(m.out.leaf.cells) == 0 {
		drop, m.out.leaf.sep = m.out.leaf.sep, l.sep
	}
	return m.dropSep(drop)
}

// stepLeaf makes the next edit of the leaf, or a part of it.
func (m *merge) stepLeaf() error {
	l := &m.leaf
	if m.out.blob != nil {
		return m.finishEdit()
	}
	if !m.more || !l.hi.above(m.edit.Key) {
		return m.endLeaf()
	}
	to, equal := l.i, false
	if l.i < l.n {
		var err error
		if to, equal, err = m.f.entryFrom(l.buf, l.i, m.edit.Key); err != nil {
			return err
		}
	}
	if m.edit.Deleted && !equal {
		m.nextEdit() // nothing to delete
		return nil
	}
	if err := m.clearTo(to); err != nil {
		return err
	}
	if err := m.takeOver(to); err != nil {
		return err
	}
	if equal {
		if err := m.remove(); err != nil {
			return err
		}
	}
	if m.edit.Deleted {
		m.nextEdit()
		return nil
	}
	if err := m.beginLeaf(); err != nil {
		return err
	}
	m.out.begin(m.edit.Key, m.edit.Value)
	return m.finishEdit()
}

// finishEdit writes what is left of a new entry, one run at most.
func (m *merge) finishEdit() error {
	done, err := m.out.proceed(m.edit.Key, m.edit.Value)
	if err == nil && done {
		m.nextEdit()
	}
	return err
}

// endLeaf ends the leaf. One in which nothing changed stays as it is.
func (m *merge) endLeaf() error {
	l := &m.leaf
	if err := m.clearTo(l.n); err != nil {
		return err
	}
	l.active = false
	if l.begun {
		if err := m.takeOver(l.n); err != nil {
			return err
		}
		return m.out.endLeaf(!l.hi.Some)
	}
	if l.n > 0 {
		return m.out.child(0, branchCell{ptr: l.ptr, sep: l.sep})
	}
	return m.dropSep(l.sep)
}

// clearTo drops the entries before index to that a cleared range holds, and takes
// over those before them.
func (m *merge) clearTo(to int) error {
	l := &m.leaf
	if l.i == to || len(m.cleared) == 0 || !l.hi.above(m.cleared[0].Lo) {
		return nil
	}
	for i := l.i; i < to; i++ {
		e := leafEntry(l.buf, i)
		key, err := m.f.fullKey(e.key, e.keyLen, e.blob)
		if err != nil {
			return err
		}
		if !m.clears(key) {
			continue
		}
		if err := m.takeOver(i); err != nil {
			return err
		}
		if err := m.remove(); err != nil {
			return err
		}
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

// remove drops the next entry of the leaf.
func (m *merge) remove() error {
	if err := m.beginLeaf(); err != nil {
		return err
	}
	l := &m.leaf
	e := leafEntry(l.buf, l.i)
	l.i++
	if e.form != formInline {
		m.out.leaf.sum = m.out.leaf.sum.Sub(e.digest)
		return m.freeBlob(e.blob)
	}
	var digest Digest
	digest, m.out.scratch = entryDigest(m.out.scratch, e.key, e.value)
	m.out.leaf.sum = m.out.leaf.sum.Sub(digest)
	return nil
}

// takeOver takes over the entries before index to as they are.
func (m *merge) takeOver(to int) error {
	l := &m.leaf
	if l.i == to {
		return nil
	}
	if err := m.beginLeaf(); err != nil {
		return err
	}
	for ; l.ptr.overflow && l.i < to; l.i++ {
		if err := m.takeOverOne(); err != nil {
			return err
		}
	}
	if l.i < to {
		m.out.leaf.addOld(l.buf, l.i, to)
		l.i = to
	}
	return m.out.spill()
}

// takeOverOne takes over an entry that may have a blob, which may have to move.
func (m *merge) takeOverOne() error {
	page, i := m.leaf.buf, m.leaf.i
	e := leafEntry(page, i)
	l := &m.out.leaf
	if e.form == formInline {
		l.addOld(page, i, i+1)
		return m.out.spill()
	}
	c := leafCell{blob: true, known: true, digest: e.digest}
	if e.form == formLong {
		key, err := m.f.fullKey(e.key, e.keyLen, e.blob)
		if err != nil {
			return err
		}
		c.long = key
	}
	if moved, err := m.moveBlob(&e, c); moved || err != nil {
		return err
	}
	from := len(l.data)
	l.data = append(l.data, page[cellOffset(page, i):cellOffset(page, i+1)]...)
	l.add(from, c)
	return m.out.spill()
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
