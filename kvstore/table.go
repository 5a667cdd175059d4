package kvstore

import (
	"strings"

	"github.com/tidwall/btree"
)

// tableDegree is the degree of the memory table's tree. Every update after a
// published view copies its path, so small nodes win: 16 was a fifth faster than
// 64 in the whole system.
const tableDegree = 16

// cell is the value of a key with the entry's share of the content digest. It
// never changes once it is in a table.
type cell struct {
	digest Digest
	value  []byte
}

// tree maps keys to cells. It has no locks; only copies of it are published.
type tree = btree.Map[string, *cell]

// table is the memory table with its content digest.
type table struct {
	tree    *tree
	shared  *tree // a copy of the tree as it is, once one was asked for
	content Digest
	scratch []byte
}

func newTable() *table { return &table{tree: btree.NewMap[string, *cell](tableDegree)} }

// newCell copies value, which may be a slice of a large batch.
func (t *table) newCell(key string, value []byte) *cell {
	c := &cell{value: make([]byte, len(value))}
	copy(c.value, value)
	c.digest, t.scratch = entryDigest(t.scratch, key, value)
	return c
}

// get returns the cell of key, nil if there is none.
func (t *table) get(key string) *cell {
	c, _ := t.tree.Get(key)
	return c
}

// put stores a cell, or removes the key if c is nil, and returns the cell that
// was there before, nil if none.
func (t *table) put(key string, c *cell) *cell {
	t.shared = nil
	var before *cell
	if c != nil {
		before, _ = t.tree.Set(key, c)
		t.content = t.content.add(c.digest)
	} else {
		before, _ = t.tree.Delete(key)
	}
	if before != nil {
		t.content = t.content.sub(before.digest)
	}
	return before
}

// share returns a tree with the present content that never changes.
func (t *table) share() *tree {
	if t.shared == nil {
		t.shared = t.tree.Copy()
	}
	return t.shared
}

// withPrefix returns the keys that have the prefix, ascending.
func (t *table) withPrefix(prefix string) []string {
	var keys []string
	t.tree.Ascend(prefix, func(key string, _ *cell) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		keys = append(keys, key)
		return true
	})
	return keys
}
