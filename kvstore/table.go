package kvstore

import (
	"strings"

	"github.com/tidwall/btree"
)

// tableDegree is the degree of a memory table's tree. Every update after a
// published view copies its path, so small nodes win: 16 was a fifth faster than
// 64 in the whole system.
const tableDegree = 16

// cell is what a memory table says of a key. It never changes once the update
// that made it is done.
type cell struct {
	value   []byte
	deleted bool // a tombstone: the key is visible below, and removed here
	below   bool // the key is visible below, under what this table has cleared
}

// tombstone is the only one: it is the same for all keys.
var tombstone = &cell{deleted: true, below: true}

// clearing says that a table has removed all keys with a prefix that were below
// it, at once.
type clearing struct {
	below int // how many were visible
}

type (
	cells    = btree.Map[string, *cell]
	prefixes = btree.Map[string, clearing]
)

// layer is a memory table: what was written over the state below it. Cells count
// before what is cleared, and that before what is below.
//
// The cleared prefixes are disjoint: none has another as its prefix. So the
// greatest one that is not above a key is the only one that can cover it.
type layer struct {
	cells   cells
	cleared prefixes
	delta   int // keys visible here, minus keys visible below
	over    int // cells whose key is visible below, tombstones among them
	deleted int // tombstones
}

func newLayer() layer {
	return layer{cells: *btree.NewMap[string, *cell](tableDegree), cleared: *btree.NewMap[string, clearing](tableDegree)}
}

// empty reports whether the layer says nothing.
func (l *layer) empty() bool { return l.cells.Len() == 0 && l.cleared.Len() == 0 }

// share returns a layer with the same content, of which l's later changes show
// nothing. It costs nothing now, and a copied path per change later.
func (l *layer) share() layer {
	s := *l
	s.cells, s.cleared = *l.cells.Copy(), prefixes{}
	if l.cleared.Len() > 0 {
		s.cleared = *l.cleared.Copy()
	}
	return s
}

// covers reports whether what is below key is cleared.
func (l *layer) covers(key string) bool {
	if l.cleared.Len() == 0 {
		return false
	}
	_, ok := l.covering(key)
	return ok
}

// covering returns the cleared prefix that key has.
func (l *layer) covering(key string) (prefix string, ok bool) {
	l.cleared.Descend(key, func(p string, _ clearing) bool {
		prefix, ok = p, strings.HasPrefix(key, p)
		return false
	})
	return prefix, ok
}

// put stores a cell, or none for nil, as it is, and returns the one before.
func (l *layer) put(key string, c *cell) *cell {
	var before *cell
	if c == nil {
		before, _ = l.cells.Delete(key)
	} else {
		before, _ = l.cells.Set(key, c)
	}
	l.note(c, 1)
	l.note(before, -1)
	return before
}

// note counts a cell that came (by 1) or went (by -1).
func (l *layer) note(c *cell, by int) {
	switch {
	case c == nil:
	case c.deleted:
		l.delta, l.over, l.deleted = l.delta-by, l.over+by, l.deleted+by
	case c.below:
		l.over += by
	default:
		l.delta += by
	}
}

// tally counts cells: all of them, those whose key is visible below, and the
// tombstones among those.
type tally struct{ cells, over, deleted int }

// gain is by how much the cells change the number of keys that are visible: those
// that are new, less those removed.
func (t tally) gain() int { return t.cells - t.over - t.deleted }

// tally counts the cells with the prefix. It looks into them only if they differ.
func (l *layer) tally(prefix string) tally {
	all := tally{l.cells.Len(), l.over, l.deleted}
	if onlyPrefix(&l.cells, prefix) {
		return all
	}
	var t tally
	if l.over == 0 || l.over == all.cells && l.deleted == 0 {
		ascendPrefix(&l.cells, prefix, func(string, *cell) { t.cells++ })
		t.over = min(t.cells, l.over)
		return t
	}
	ascendPrefix(&l.cells, prefix, func(_ string, c *cell) {
		t.cells++
		if c.below {
			t.over++
		}
		if c.deleted {
			t.deleted++
		}
	})
	return t
}

// clearedBelow counts the keys below that the layer has cleared under prefix.
func (l *layer) clearedBelow(prefix string) int {
	sum := 0
	ascendPrefix(&l.cleared, prefix, func(_ string, c clearing) { sum += c.below })
	return sum
}

// clearings returns how many cleared prefixes begin with prefix.
func (l *layer) clearings(prefix string) (n int) {
	ascendPrefix(&l.cleared, prefix, func(string, clearing) { n++ })
	return n
}

// leaves returns how many of the keys with the prefix that are visible below the
// layer has not cleared.
func (l *layer) leaves(prefix string, below int) int {
	if l.cleared.Len() == 0 {
		return below
	}
	if l.covers(prefix) {
		return 0
	}
	return below - l.clearedBelow(prefix)
}

// count returns how many keys with the prefix are visible here, if below are
// visible below.
func (l *layer) count(prefix string, below int) int {
	return l.leaves(prefix, below) + l.tally(prefix).gain()
}

// clear removes all keys with the prefix, of which below were visible below: not
// key by key, except those that the table itself holds. It returns their number.
func (l *layer) clear(prefix string, below int) int {
	left, t := l.leaves(prefix, below), l.tally(prefix)
	if left > 0 {
		dropPrefix(&l.cleared, prefix, l.clearings(prefix))
		l.cleared.Set(prefix, clearing{below: below})
	}
	dropPrefix(&l.cells, prefix, t.cells)
	count := left + t.gain()
	l.delta, l.over, l.deleted = l.delta-count, l.over-t.over, l.deleted-t.deleted
	return count
}

// onlyPrefix reports whether all keys of m have the prefix.
func onlyPrefix[V any](m *btree.Map[string, V], prefix string) bool {
	first, _, some := m.Min()
	if !some {
		return true
	}
	last, _, _ := m.Max()
	return strings.HasPrefix(first, prefix) && strings.HasPrefix(last, prefix)
}

// ascendPrefix calls fn with what m holds for keys with the prefix.
func ascendPrefix[V any](m *btree.Map[string, V], prefix string, fn func(string, V)) {
	m.Ascend(prefix, func(key string, v V) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		fn(key, v)
		return true
	})
}

// dropPrefix removes the n keys with the prefix, one by one if they are few, else
// by making the map anew without them: it loads keys in order ten times as fast
// as it removes them.
func dropPrefix[V any](m *btree.Map[string, V], prefix string, n int) {
	if n < 100 || n < m.Len()/10 {
		keys := make([]string, 0, n)
		ascendPrefix(m, prefix, func(key string, _ V) { keys = append(keys, key) })
		for _, key := range keys {
			m.Delete(key)
		}
		return
	}
	rest := btree.NewMap[string, V](tableDegree)
	load := func(key string, v V) bool {
		rest.Load(key, v)
		return true
	}
	m.Scan(func(key string, v V) bool { return key < prefix && load(key, v) })
	if end, some := prefixEnd(prefix); some {
		m.Ascend(end, load)
	}
	*m = *rest
}
