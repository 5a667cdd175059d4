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

// gain is by how much the cells with the prefix change the number of keys that
// are visible: those that are new, less those removed.
func (l *layer) gain(prefix string) int {
	sum := 0
	plain, hidden := l.over == 0, l.over == l.cells.Len() && l.deleted == 0
	if hidden {
		return 0
	}
	ascendPrefix(&l.cells, prefix, func(_ string, c *cell) {
		switch {
		case plain: // all are new: no need to look
			sum++
		case c.deleted:
			sum--
		case !c.below:
			sum++
		}
	})
	return sum
}

// clearedBelow counts the keys below that the layer has cleared under prefix.
func (l *layer) clearedBelow(prefix string) int {
	sum := 0
	ascendPrefix(&l.cleared, prefix, func(_ string, c clearing) { sum += c.below })
	return sum
}

// within reports whether all that the layer says is of keys with the prefix: then
// its totals are those of the prefix.
func (l *layer) within(prefix string) bool {
	return onlyPrefix(&l.cells, prefix) && onlyPrefix(&l.cleared, prefix)
}

// count returns how many keys with the prefix are visible here, if below are
// visible below.
func (l *layer) count(prefix string, below int) int {
	if l.empty() {
		return below
	}
	if l.within(prefix) {
		return below + l.delta
	}
	if l.covers(prefix) {
		below = 0
	} else {
		below -= l.clearedBelow(prefix)
	}
	return below + l.gain(prefix)
}

// clear removes all keys with the prefix, of which below were visible below: not
// key by key, except those that the table itself holds. It returns their number.
func (l *layer) clear(prefix string, below int) int {
	count := l.count(prefix, below)
	delta := l.delta - count
	if !l.covers(prefix) && below > l.clearedBelow(prefix) {
		dropPrefix(&l.cleared, prefix)
		l.cleared.Set(prefix, clearing{below: below})
	}
	if onlyPrefix(&l.cells, prefix) {
		l.cells, l.over, l.deleted = *btree.NewMap[string, *cell](tableDegree), 0, 0
	} else {
		ascendPrefix(&l.cells, prefix, func(_ string, c *cell) { l.note(c, -1) })
		dropPrefix(&l.cells, prefix)
	}
	l.delta = delta
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

// dropPrefix removes the keys with the prefix, one by one if they are few, else
// by making the map anew without them: it loads keys in order ten times as fast
// as it removes them.
func dropPrefix[V any](m *btree.Map[string, V], prefix string) {
	var keys []string
	ascendPrefix(m, prefix, func(key string, _ V) { keys = append(keys, key) })
	if len(keys) < 100 || len(keys) < m.Len()/10 {
		for _, key := range keys {
			m.Delete(key)
		}
		return
	}
	rest := btree.NewMap[string, V](tableDegree)
	m.Scan(func(key string, v V) bool {
		if !strings.HasPrefix(key, prefix) {
			rest.Load(key, v)
		}
		return true
	})
	*m = *rest
}
