package kvstore

import "github.com/openvstorage/arakoon-go/kvstore/tree"

// treeCursor is a place in the tree; c is nil without one. key holds until it
// moves.
type treeCursor struct {
	c   *tree.Cursor
	ok  bool
	key []byte

	copies slab
}

func (t *treeCursor) load(ok bool) {
	if t.ok = ok; ok {
		t.key = t.c.Key()
	}
}

func (t *treeCursor) seek(key string) {
	if t.c != nil {
		t.load(t.c.SeekGE(key))
	}
}

func (t *treeCursor) seekBelow(key string, at bool) {
	if t.c == nil {
		return
	}
	if at {
		key += "\x00" // the first key above it
	}
	t.load(t.c.SeekLT(key))
}

func (t *treeCursor) last() {
	if t.c != nil {
		t.load(t.c.Last())
	}
}

func (t *treeCursor) step(down bool) {
	if down {
		t.load(t.c.Prev())
	} else {
		t.load(t.c.Next())
	}
}

// value returns a copy of the value, and false if it can't be read.
func (t *treeCursor) value() ([]byte, bool) {
	v := t.c.Value()
	if v == nil && t.c.Err() != nil {
		return nil, false
	}
	return t.copies.value(v), true
}
