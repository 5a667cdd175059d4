package kvstore

import (
	"strings"
)

// active is the table that updates write to, over the base. It counts what was
// written, by a rule that is the same on every node.
type active struct {
	layer
	base   *base  // of the Apply that runs
	shared *layer // the layer as it is, once somebody asked for it
	mem    arena  // where its keys, values and cells are
	err    error  // the first failed read of the base: the state is void after it

	entries, bytes int // written by the instance that runs
}

func newActive() active { return active{layer: newLayer()} }

// renew begins an empty table. The old layer, and what it holds, is somebody else's.
func (t *active) renew() { t.layer, t.shared, t.mem = newLayer(), nil, arena{} }

// fail notes that the base can't be read.
func (t *active) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// get returns the value of a key, none if it is absent. Nobody may change it.
func (t *active) get(key string) (value []byte, found bool) {
	if c, ok := t.cells.Get(key); ok {
		return c.value, !c.deleted
	}
	if t.covers(key) {
		return nil, false
	}
	value, found, err := t.base.get(key)
	if err != nil {
		t.fail(err)
	}
	return value, found && err == nil
}

// has reports whether the key is visible.
func (t *active) has(key string) bool {
	if c, ok := t.cells.Get(key); ok {
		return !c.deleted
	}
	return t.hasBelow(key)
}

// hasBelow reports whether the key is visible below, under what is cleared.
func (t *active) hasBelow(key string) bool {
	if t.covers(key) {
		return false
	}
	found, err := t.base.has(key)
	if err != nil {
		t.fail(err)
	}
	return found
}

// set stores a value. It keeps copies of key and value: they may be slices of a
// large batch. It returns the table's cell before, and whether the key was visible.
func (t *active) set(key string, value []byte) (before *cell, visible bool) {
	t.shared = nil
	t.entries++
	t.bytes += len(key) + len(value)
	c := t.mem.cell(value)
	if before, _ = t.cells.Set(t.mem.text(key), c); before != nil {
		c.below, visible = before.below, !before.deleted
	} else {
		c.below = t.hasBelow(key)
		visible = c.below
	}
	t.note(c, 1)
	t.note(before, -1)
	return before, visible
}

// remove removes a key. It returns the table's cell before, and whether the key
// was visible: if not, nothing was written.
func (t *active) remove(key string) (before *cell, visible bool) {
	before, here := t.cells.Get(key)
	below := here && before.below || !here && t.hasBelow(key)
	if visible = here && !before.deleted || !here && below; !visible {
		return before, false
	}
	t.shared = nil
	t.entries++
	t.bytes += len(key)
	if below {
		t.put(t.mem.text(key), tombstone)
	} else {
		t.put(key, nil)
	}
	return before, true
}

// clearPrefix removes all keys with the prefix and returns their number.
func (t *active) clearPrefix(prefix string) int {
	below, err := t.base.count(prefix)
	if err != nil {
		t.fail(err)
	}
	t.shared = nil
	t.entries++
	t.bytes += len(prefix)
	return t.clear(prefix, below)
}

// publish returns the layer as it is; it never changes.
func (t *active) publish() *layer {
	if t.shared == nil {
		s := t.share()
		t.shared = &s
	}
	return t.shared
}

// withPrefix returns the keys that have the prefix, ascending.
func (t *active) withPrefix(prefix string) []string {
	var keys []string
	c := newCursor(&t.layer, t.base)
	for c.seek(prefix); c.valid(); c.next() {
		key := c.key()
		if !strings.HasPrefix(key, prefix) {
			break
		}
		keys = append(keys, key)
	}
	if err := c.err(); err != nil {
		t.fail(err)
	}
	return keys
}
