package tree

import "fmt"

// sparse is below how many bytes a page counts as too empty: its neighbour is
// merged into it. A leaf below half takes in what follows if that is read anyway.
const (
	sparse = pageRoom / 4
	half   = pageRoom / 2
)

// leafBuilder gathers the cells of the leaves that are being written, at most two
// pages of them, so that what is left over can be split evenly.
type leafBuilder struct {
	sep   separator // of the first cell
	data  []byte
	cells []leafCell
	sum   Digest // of all cells
}

// leafCell is a cell in data.
type leafCell struct {
	at, n  int
	blob   bool
	known  bool   // digest is set
	digest Digest // of the entry
	long   []byte // the whole key, if it is longer than what the page holds
}

func (b *leafBuilder) size() int { return len(b.data) + 2*len(b.cells) }

// add appends the cell that ends data; sum is the caller's.
func (b *leafBuilder) add(from int, c leafCell) {
	c.at, c.n = from, len(b.data)-from
	b.cells = append(b.cells, c)
}

// addOld appends the cells from..to of a leaf, none of which has a blob.
func (b *leafBuilder) addOld(page []byte, from, to int) {
	first := cellOffset(page, from)
	shift := len(b.data) - first
	b.data = append(b.data, page[first:cellOffset(page, to)]...)
	for i := from; i < to; i++ {
		at := cellOffset(page, i) + shift
		if i > from {
			last := &b.cells[len(b.cells)-1]
			last.n = at - last.at
		}
		b.cells = append(b.cells, leafCell{at: at, n: len(b.data) - at})
	}
}

// key returns the whole key of a cell.
func (b *leafBuilder) key(i int) []byte {
	c := &b.cells[i]
	if c.long != nil {
		return c.long
	}
	cell := b.data[c.at : c.at+c.n]
	n := int(le.Uint16(cell[1:]))
	if cell[0] == formInline {
		return cell[inlineHead : inlineHead+n]
	}
	return cell[largeHead : largeHead+n]
}

// fill returns how many cells go on the first page, of about target bytes.
func (b *leafBuilder) fill(target int) int {
	size := 0
	for i := range b.cells {
		size += b.cells[i].n + 2
		if i > 0 && size > target || size > pageRoom {
			return i
		}
	}
	return len(b.cells)
}

// take removes the first n cells.
func (b *leafBuilder) take(n int) {
	if n == len(b.cells) {
		*b = leafBuilder{data: b.data[:0], cells: b.cells[:0]}
		return
	}
	cut := b.cells[n].at
	b.data = b.data[:copy(b.data, b.data[cut:])]
	b.cells = b.cells[:copy(b.cells, b.cells[n:])]
	for i := range b.cells {
		b.cells[i].at -= cut
	}
}

// branchBuilder gathers the cells of the branches of one level.
type branchBuilder struct {
	cells []branchCell
	bytes int
}

func (b *branchBuilder) add(c branchCell) {
	b.cells = append(b.cells, c)
	b.bytes += c.size()
}

func (b *branchBuilder) fill(target int) int {
	size := 0
	for i := range b.cells {
		size += b.cells[i].size()
		if i > 1 && size > target || size > pageRoom {
			return i
		}
	}
	return len(b.cells)
}

func (b *branchBuilder) take(n int) {
	for i := range n {
		b.bytes -= b.cells[i].size()
	}
	left := copy(b.cells, b.cells[n:])
	clear(b.cells[left:])
	b.cells = b.cells[:left]
}

// builder writes a tree from its leaves upward, in the order of the keys.
type builder struct {
	w        *writer
	leaf     leafBuilder
	branches []branchBuilder // [k] writes pages of level k+1
	scratch  []byte
	offer    bool        // put written leaves into the cache
	blob     *blobWriter // of the new entry
	digest   Digest      // of the new entry
}

// small reports whether a page that would have to be written now, at a level up to
// that one, is too empty.
func (b *builder) small(level int) bool {
	if n := b.leaf.size(); n > 0 && n < sparse {
		return true
	}
	for k := 0; k < level && k < len(b.branches); k++ {
		if n := b.branches[k].bytes; n > 0 && n < sparse {
			return true
		}
	}
	return false
}

// child adds a pointer to a page of a level, which may be an untouched one: all
// that comes before it is written first.
func (b *builder) child(level int, c branchCell) error {
	if err := b.flush(level); err != nil {
		return err
	}
	return b.link(level, c)
}

// link adds a pointer to a page of a level to the level above.
func (b *builder) link(level int, c branchCell) error {
	for len(b.branches) <= level {
		b.branches = append(b.branches, branchBuilder{})
	}
	up := &b.branches[level]
	up.add(c)
	if up.bytes > 2*pageRoom {
		return b.branchPage(level, up.fill(pageRoom))
	}
	return nil
}

// flush writes what is gathered for the levels up to that one.
func (b *builder) flush(level int) error {
	if err := b.flushLeaf(false); err != nil {
		return err
	}
	for k := 0; k < level && k < len(b.branches); k++ {
		for len(b.branches[k].cells) > 0 {
			if err := b.branchPage(k, b.branches[k].fill(share(b.branches[k].bytes))); err != nil {
				return err
			}
		}
	}
	return nil
}

// flushLeaf writes the leaves that are gathered, about as full as each other, or, at
// the end of the tree, where keys are appended, full from the left.
func (b *builder) flushLeaf(last bool) error {
	for len(b.leaf.cells) > 0 {
		target := pageRoom
		if !last {
			target = share(b.leaf.size())
		}
		if err := b.leafPage(b.leaf.fill(target)); err != nil {
			return err
		}
	}
	return nil
}

// endLeaf says that an old leaf, maybe the last one, is used up. Pages that end
// where old ones did need no hashing.
func (b *builder) endLeaf(last bool) error {
	switch size := b.leaf.size(); {
	case size == 0 && b.leaf.sum != Digest{}:
		return fmt.Errorf("%w: the pointer to a leaf has another content digest than its entries", ErrDamaged)
	case size >= half:
		return b.flushLeaf(last)
	}
	return nil
}

// share is how many bytes the next page should have so that all get about as much.
func share(size int) int {
	pages := (size + pageRoom - 1) / pageRoom
	return (size + pages - 1) / pages
}

// leafPage writes the first n cells.
func (b *builder) leafPage(n int) error {
	l := &b.leaf
	page := b.w.take()
	buf, err := b.w.room(page, 1)
	if err != nil {
		return err
	}
	ptr := pointer{keys: uint64(n)}
	setHeader(buf, kindLeaf, 0, n, page, b.w.ckpt)
	at := headerSize + 2*n
	for i := range n {
		c := &l.cells[i]
		le.PutUint16(buf[headerSize+2*i:], uint16(at))
		at += copy(buf[at:], l.data[c.at:c.at+c.n])
		ptr.overflow = ptr.overflow || c.blob
	}
	ptr.sum = b.sumOf(n)
	l.sum = l.sum.Sub(ptr.sum)
	ptr.ref = ref{page: page, crc: checksum(buf), ckpt: b.w.ckpt}
	if b.offer {
		b.cache(ptr.ref, buf)
	}
	cell := branchCell{ptr: ptr, sep: l.sep}
	if n < len(l.cells) {
		if l.sep, err = b.separate(l.key(n-1), l.key(n)); err != nil {
			return err
		}
		l.take(n)
	} else {
		l.take(n)
		l.sep = separator{}
	}
	return b.link(0, cell)
}

// sumOf is the digest of the first n cells. Only those that are not known are
// hashed, and none if it is all of them.
func (b *builder) sumOf(n int) Digest {
	if n == len(b.leaf.cells) {
		return b.leaf.sum
	}
	var sum Digest
	for i := range n {
		c := &b.leaf.cells[i]
		if !c.known {
			cell := b.leaf.data[c.at : c.at+c.n]
			k := int(le.Uint16(cell[1:]))
			c.digest, b.scratch = entryDigest(b.scratch, cell[inlineHead:inlineHead+k], cell[inlineHead+k:])
		}
		sum = sum.Add(c.digest)
	}
	return sum
}

// separate makes the separator of two neighbours.
func (b *builder) separate(left, right []byte) (separator, error) {
	s := separator{key: append([]byte(nil), shortest(left, right)...)}
	if len(s.key) <= maxInlineKey {
		return s, nil
	}
	var err error
	s.blob, err = b.blobOf(string(s.key), nil)
	return s, err
}

// blobOf writes the blob of a long key or a large value.
func (b *builder) blobOf(key string, value []byte) (blobRef, error) {
	blob := newBlob(key, value)
	for !blob.done() {
		if err := blob.next(b.w); err != nil {
			return blobRef{}, err
		}
	}
	return blob.ref, nil
}

// branchPage writes the first n cells of level k+1.
func (b *builder) branchPage(k, n int) error {
	cells := b.branches[k].cells[:n]
	page := b.w.take()
	buf, err := b.w.room(page, 1)
	if err != nil {
		return err
	}
	var ptr pointer
	setHeader(buf, kindBranch, k+1, n, page, b.w.ckpt)
	at := headerSize + 2*n
	for i := range cells {
		le.PutUint16(buf[headerSize+2*i:], uint16(at))
		b.scratch = appendBranch(b.scratch[:0], &cells[i], i == 0)
		at += copy(buf[at:], b.scratch)
		ptr.keys += cells[i].ptr.keys
		ptr.sum = ptr.sum.Add(cells[i].ptr.sum)
		ptr.overflow = ptr.overflow || cells[i].ptr.overflow || i > 0 && len(cells[i].sep.key) > maxInlineKey
	}
	ptr.ref = ref{page: page, crc: checksum(buf), ckpt: b.w.ckpt}
	b.cache(ptr.ref, buf)
	cell := branchCell{ptr: ptr, sep: cells[0].sep}
	b.branches[k].take(n)
	return b.link(k+1, cell)
}

// cache offers a written page, which a reader may want next.
func (b *builder) cache(r ref, buf []byte) {
	if b.w.f.cache != nil {
		b.w.f.cache.offer(b.w.f.tree, r, buf)
	}
}

// root writes all that is left, and returns the pointer to the root and how many
// levels there are.
func (b *builder) root() (branchCell, int, error) {
	if err := b.flushLeaf(true); err != nil {
		return branchCell{}, 0, err
	}
	for k := 0; k < len(b.branches); k++ {
		up := &b.branches[k]
		if len(up.cells) == 1 && b.empty(k+1) {
			return up.cells[0], k + 1, nil
		}
		for len(up.cells) > 0 {
			if err := b.branchPage(k, up.fill(pageRoom)); err != nil {
				return branchCell{}, 0, err
			}
			up = &b.branches[k] // they may have moved
		}
	}
	return branchCell{}, 0, nil
}

// empty reports whether nothing is gathered in branches[k] and above.
func (b *builder) empty(k int) bool {
	for ; k < len(b.branches); k++ {
		if len(b.branches[k].cells) > 0 {
			return false
		}
	}
	return true
}

// entry adds an entry.
func (b *builder) entry(key string, value []byte) error {
	b.begin(key, value)
	for {
		if done, err := b.proceed(key, value); done || err != nil {
			return err
		}
	}
}

// begin starts to add an entry; proceed goes on, one run of a blob at a time, until
// it reports true.
func (b *builder) begin(key string, value []byte) {
	if len(key)+len(value) > maxEntry {
		assertf("an entry of %d bytes", len(key)+len(value))
	}
	b.digest, b.scratch = entryDigest(b.scratch, key, value)
	if !isInline(key, value) {
		b.blob = newBlob(key, value)
	}
}

func (b *builder) proceed(key string, value []byte) (bool, error) {
	l := &b.leaf
	c := leafCell{known: true, digest: b.digest}
	from := len(l.data)
	if b.blob == nil {
		l.data = appendInline(l.data, key, value)
	} else {
		if err := b.blob.next(b.w); err != nil || !b.blob.done() {
			return false, err
		}
		if c.blob = true; len(key) > maxInlineKey {
			c.long = []byte(key)
		}
		l.data = appendLarge(l.data, key, len(value), c.digest, b.blob.ref)
		b.blob = nil
	}
	l.sum = l.sum.Add(c.digest)
	l.add(from, c)
	return true, b.spill()
}

// spill writes a page when two are gathered.
func (b *builder) spill() error {
	if b.leaf.size() > 2*pageRoom {
		return b.leafPage(b.leaf.fill(pageRoom))
	}
	return nil
}
