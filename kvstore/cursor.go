package kvstore

import (
	"github.com/tidwall/btree"
)

// cursor walks over the visible entries of a table and what lies below it, in
// order of the keys, up or down. It merges up to three sources: the table, the
// frozen table and the tree. For each key the uppermost source counts; a source
// skips what a table above it has cleared, whole ranges at once.
type cursor struct {
	tables [2]tableCursor // from the top
	n      int            // tables in use
	tree   treeCursor
	down   bool
	at     int // the source that stands on the present entry: n is the tree, -1 none
}

// tableCursor is a place in a memory table.
type tableCursor struct {
	layer *layer
	iter  btree.MapIter[string, *cell]
	ok    bool
	key   string
	cell  *cell
}

// newCursor returns a cursor that stands nowhere.
func newCursor(top *layer, b *base) cursor {
	c := cursor{at: -1}
	c.add(top)
	if b.frozen != nil {
		c.add(&b.frozen.layer)
	}
	if b.root != nil {
		c.tree.c = b.root.Cursor()
	}
	return c
}

func (c *cursor) add(l *layer) {
	if !l.empty() {
		c.tables[c.n] = tableCursor{layer: l, iter: l.cells.Iter()}
		c.n++
	}
}

// err returns why the walk ended early; nil: it didn't.
func (c *cursor) err() error {
	if c.tree.c == nil {
		return nil
	}
	return c.tree.c.Err()
}

func (c *cursor) valid() bool { return c.at >= 0 }

func (c *cursor) key() string {
	if c.at < c.n {
		return c.tables[c.at].key
	}
	return c.tree.copies.key(c.tree.key)
}

// value returns the present entry's value, which nobody may change; false if it
// can't be read, as err then says.
func (c *cursor) value() ([]byte, bool) {
	if c.at < c.n {
		return c.tables[c.at].cell.value, true
	}
	return c.tree.value()
}

// seek goes to the first key at or above key, to walk up.
func (c *cursor) seek(key string) {
	c.down = false
	for i := range c.n {
		c.tables[i].seek(key)
	}
	c.tree.seek(key)
	c.settle()
}

// seekBelow goes to the last key below key, or at it if at is set, to walk down.
func (c *cursor) seekBelow(key string, at bool) {
	c.down = true
	for i := range c.n {
		c.tables[i].seekBelow(key, at)
	}
	c.tree.seekBelow(key, at)
	c.settle()
}

// last goes to the last key, to walk down.
func (c *cursor) last() {
	c.down = true
	for i := range c.n {
		t := &c.tables[i]
		t.load(t.iter.Last())
	}
	c.tree.last()
	c.settle()
}

// next goes to the next entry in the walk's direction.
func (c *cursor) next() {
	if c.at < c.n {
		c.tables[c.at].step(c.down)
	} else {
		c.tree.step(c.down)
	}
	c.settle()
}

// settle finds the next visible entry from where the sources stand.
func (c *cursor) settle() {
	for {
		c.at = c.nearest()
		if c.at < 0 {
			return
		}
		if prefix, hidden := c.hidden(c.at); hidden {
			c.leave(c.at, prefix)
			continue
		}
		if c.at == c.n {
			return
		}
		t := &c.tables[c.at]
		c.passBelow(c.at, t.key)
		if !t.cell.deleted {
			return
		}
		t.step(c.down)
	}
}

// nearest returns the source whose key comes first in the walk's direction, the
// uppermost of equals: n is the tree, -1 none.
func (c *cursor) nearest() int {
	best := -1
	for i := range c.n {
		if t := &c.tables[i]; t.ok && (best < 0 || c.before(t.key, c.tables[best].key)) {
			best = i
		}
	}
	if c.tree.ok && (best < 0 || c.before(string(c.tree.key), c.tables[best].key)) {
		best = c.n
	}
	return best
}

func (c *cursor) before(a, b string) bool {
	if c.down {
		return a > b
	}
	return a < b
}

// hidden reports whether a table above the source has cleared its key, and with
// what prefix.
func (c *cursor) hidden(source int) (prefix string, hidden bool) {
	for i := range source {
		l := c.tables[i].layer
		if l.cleared.Len() == 0 {
			continue
		}
		var key string
		if source < c.n {
			key = c.tables[source].key
		} else {
			key = string(c.tree.key)
		}
		if prefix, hidden = l.covering(key); hidden {
			return prefix, true
		}
	}
	return "", false
}

// leave moves a source past all keys with the prefix.
func (c *cursor) leave(source int, prefix string) {
	end, some := prefixEnd(prefix)
	switch {
	case source == c.n && c.down:
		c.tree.seekBelow(prefix, false)
	case source == c.n && some:
		c.tree.seek(end)
	case source == c.n:
		c.tree.ok = false
	case c.down:
		c.tables[source].seekBelow(prefix, false)
	case some:
		c.tables[source].seek(end)
	default:
		c.tables[source].ok = false
	}
}

// passBelow moves the sources below one past its key.
func (c *cursor) passBelow(source int, key string) {
	for i := source + 1; i < c.n; i++ {
		if t := &c.tables[i]; t.ok && t.key == key {
			t.step(c.down)
		}
	}
	if c.tree.ok && string(c.tree.key) == key {
		c.tree.step(c.down)
	}
}

func (t *tableCursor) load(ok bool) {
	if t.ok = ok; ok {
		t.key, t.cell = t.iter.Key(), t.iter.Value()
	}
}

func (t *tableCursor) seek(key string) { t.load(t.iter.Seek(key)) }

func (t *tableCursor) seekBelow(key string, at bool) {
	if !t.iter.Seek(key) {
		t.load(t.iter.Last())
		return
	}
	if k := t.iter.Key(); k == key && at {
		t.load(true)
		return
	}
	t.load(t.iter.Prev())
}

func (t *tableCursor) step(down bool) {
	if down {
		t.load(t.iter.Prev())
	} else {
		t.load(t.iter.Next())
	}
}
