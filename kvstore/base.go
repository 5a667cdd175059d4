package kvstore

import (
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// base is what lies below the active table: the frozen table, if there is one,
// over the tree of the newest checkpoint. It never changes; when a checkpoint is
// done, a base with the same content takes its place.
type base struct {
	frozen *frozen    // nil: none
	root   *tree.Root // nil: a store in memory only
	file   *file
}

// frozen is a memory table that a checkpoint writes, with what else is in the
// state at its instance.
type frozen struct {
	layer
	applied core.Instance
	meta    meta

	held, heldSize uint64 // entries and bytes written to it

	written atomic.Uint32 // how far its checkpoint is, of tableParts
}

// file is an open tree, and how many views are on it: one that was replaced by a
// snapshot is closed when none is left.
type file struct {
	tree  *tree.Tree
	views atomic.Int64
}

// retain adds a user to the base; false if it is no longer the newest, and gone.
func (b *base) retain() bool {
	if b.root == nil {
		return true
	}
	b.file.views.Add(1)
	if b.root.Retain() {
		return true
	}
	b.file.views.Add(-1)
	return false
}

func (b *base) release() {
	if b.root == nil {
		return
	}
	b.root.Release()
	b.file.views.Add(-1)
}

// basePair is where a base is published: the job that applies freezes, the owner
// puts trees in place, both by compare-and-swap.
type basePair struct{ p atomic.Pointer[base] }

// acquire returns the present base, retained.
func (p *basePair) acquire() *base {
	for {
		if b := p.p.Load(); b.retain() {
			return b
		}
	}
}

// keys returns how many keys are visible.
func (b *base) keys() int {
	n := 0
	if b.root != nil {
		n = int(b.root.Keys())
	}
	if b.frozen != nil {
		n += b.frozen.delta
	}
	return n
}

// get returns the value of a key.
func (b *base) get(key string) (value []byte, found bool, err error) {
	if f := b.frozen; f != nil {
		if c, ok := f.cells.Get(key); ok {
			return c.value, !c.deleted, nil
		}
		if f.covers(key) {
			return nil, false, nil
		}
	}
	if b.root == nil {
		return nil, false, nil
	}
	return b.root.Get(key)
}

// has reports whether a key is visible.
func (b *base) has(key string) (bool, error) {
	if f := b.frozen; f != nil {
		if c, ok := f.cells.Get(key); ok {
			return !c.deleted, nil
		}
		if f.covers(key) {
			return false, nil
		}
	}
	if b.root == nil {
		return false, nil
	}
	return b.root.Has(key)
}

// count returns how many keys with the prefix are visible.
func (b *base) count(prefix string) (int, error) {
	n := 0
	if b.root != nil {
		end, some := prefixEnd(prefix)
		keys, err := b.root.Count(prefix, tree.Bound{Key: end, Some: some})
		if err != nil {
			return 0, err
		}
		n = int(keys)
	}
	if b.frozen != nil {
		n = b.frozen.count(prefix, n)
	}
	return n, nil
}

// prefixEnd returns the first key above all that have the prefix; none if there
// is no such key.
func prefixEnd(prefix string) (end string, some bool) {
	n := len(prefix)
	for n > 0 && prefix[n-1] == 0xff {
		n--
	}
	if n == 0 {
		return "", false
	}
	return prefix[:n-1] + string([]byte{prefix[n-1] + 1}), true
}
