package tree

// Cursor walks over the entries in both directions. All moves report whether the
// cursor stands on an entry then; if not, Err says whether that is the end (nil)
// or an error.
//
// It keeps a copy of each page on its path, so it holds nothing that would have to
// be given back.
type Cursor struct {
	r     *Root
	path  []frame // path[level]; level 0 is the leaf
	valid bool
	err   error
	key   []byte
	value []byte
	have  bool // value is there
}

// frame is a page on the path and the place in it.
type frame struct {
	buf []byte
	ref ref
	i   int
}

// Cursor returns a cursor that stands nowhere. It needs the root retained while it
// is used, belongs to one goroutine, and needs no closing.
func (r *Root) Cursor() *Cursor {
	return &Cursor{r: r, path: make([]frame, r.meta.height)}
}

// open copies the page that ref means into the frame of a level.
func (c *Cursor) open(ref ref, level int) bool {
	f := &c.path[level]
	if f.ref == ref && f.buf != nil {
		return true
	}
	p, err := c.r.f.load(ref, nodeKind(level), level)
	if err != nil {
		c.err, c.valid = err, false
		return false
	}
	f.buf, f.ref = append(f.buf[:0], p.buf...), ref
	c.r.f.unpin(p)
	return true
}

// descend opens the pages below level, at the first or the last place of each.
func (c *Cursor) descend(level int, last bool) bool {
	for ; level > 0; level-- {
		ptr := branchChild(c.path[level].buf, c.path[level].i).ptr
		if !c.open(ptr.ref, level-1) {
			return false
		}
		f := &c.path[level-1]
		if f.i = 0; last {
			f.i = pageCount(f.buf) - 1
		}
	}
	return c.stand()
}

// stand takes the entry in.
func (c *Cursor) stand() bool {
	f := &c.path[0]
	b := f.buf[le.Uint16(f.buf[headerSize+2*f.i:]):]
	if b[0] == formInline {
		n, m := int(le.Uint16(b[1:])), int(le.Uint16(b[3:]))
		c.key, c.value = b[inlineHead:inlineHead+n:inlineHead+n], b[inlineHead+n:inlineHead+n+m:inlineHead+n+m]
		c.valid, c.have = true, true
		return true
	}
	c.valid, c.have, c.value = false, false, nil
	e := leafEntry(f.buf, f.i)
	if c.key, c.err = c.r.f.fullKey(e.key, e.keyLen, e.blob); c.err != nil {
		return false
	}
	c.valid = true
	return true
}

// begin opens the root page.
func (c *Cursor) begin() bool {
	c.valid, c.err = false, nil
	if len(c.path) == 0 {
		return false
	}
	return c.open(c.r.meta.root.ref, len(c.path)-1)
}

// First moves to the lowest key.
func (c *Cursor) First() bool {
	if !c.begin() {
		return false
	}
	c.path[len(c.path)-1].i = 0
	return c.descend(len(c.path)-1, false)
}

// Last moves to the highest key.
func (c *Cursor) Last() bool {
	if !c.begin() {
		return false
	}
	top := &c.path[len(c.path)-1]
	top.i = pageCount(top.buf) - 1
	return c.descend(len(c.path)-1, true)
}

// seek opens the path to the leaf where key belongs, and returns the place in it.
func (c *Cursor) seek(key string) (i int, ok bool) {
	if !c.begin() {
		return 0, false
	}
	for level := len(c.path) - 1; level > 0; level-- {
		f := &c.path[level]
		if f.i, c.err = c.r.f.childAt(f.buf, key); c.err != nil {
			return 0, false
		}
		if !c.open(branchChild(f.buf, f.i).ptr.ref, level-1) {
			return 0, false
		}
	}
	i, _, c.err = c.r.f.entryAt(c.path[0].buf, key)
	return i, c.err == nil
}

// SeekGE moves to the lowest key that isn't below key.
func (c *Cursor) SeekGE(key string) bool {
	i, ok := c.seek(key)
	if !ok {
		return false
	}
	c.path[0].i = i - 1
	return c.forth()
}

// SeekLT moves to the highest key below key.
func (c *Cursor) SeekLT(key string) bool {
	i, ok := c.seek(key)
	if !ok {
		return false
	}
	c.path[0].i = i
	return c.back()
}

// Next moves to the next higher key.
func (c *Cursor) Next() bool { return c.valid && c.forth() }

// Prev moves to the next lower key.
func (c *Cursor) Prev() bool { return c.valid && c.back() }

func (c *Cursor) forth() bool {
	for level := range c.path {
		if f := &c.path[level]; f.i+1 < pageCount(f.buf) {
			if f.i++; level == 0 {
				return c.stand()
			}
			return c.descend(level, false)
		}
	}
	c.valid = false
	return false
}

func (c *Cursor) back() bool {
	for level := range c.path {
		if f := &c.path[level]; f.i > 0 {
			f.i--
			return c.descend(level, true)
		}
	}
	c.valid = false
	return false
}

// Valid reports whether the cursor stands on an entry.
func (c *Cursor) Valid() bool { return c.valid }

// Err returns the error that ended the walk.
func (c *Cursor) Err() error { return c.err }

// Key returns the key, which holds until the cursor moves. Only while Valid.
func (c *Cursor) Key() []byte { return c.key }

// Value returns the value, which holds until the cursor moves; a large one is read
// now. nil after an error, which Err gives then too. Only while Valid.
func (c *Cursor) Value() []byte {
	if c.have || !c.valid {
		return c.value
	}
	c.have = true
	e := leafEntry(c.path[0].buf, c.path[0].i)
	if c.value = e.value; e.form != formInline {
		if c.value, c.err = c.r.f.value(&e); c.err != nil {
			c.valid, c.value = false, nil
		}
	}
	return c.value
}

// ValueLen is the length of the value in bytes; it reads nothing.
func (c *Cursor) ValueLen() int { return leafEntry(c.path[0].buf, c.path[0].i).valueLen }
