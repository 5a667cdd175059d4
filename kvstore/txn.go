package kvstore

import (
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// txn executes one top-level update on the table. A sequence or a user function
// runs atomically: everything it writes is recorded and undone if it fails.
//
// Steps of a sequence see the table as it is, with the writes of earlier steps in
// it. DeletePrefix and AssertRange don't: they look at the base, which is the
// state before the sequence without what its DeletePrefixes removed. own holds
// what is needed to see the base through the sequence's other writes.
type txn struct {
	table     active
	functions command.Functions
	atomic    bool
	undo      []write
	own       map[string]bool // key that a step wrote -> is it visible in the base
}

// write is what the table held for a key before it was written, nil if nothing;
// or, with whole, the whole table before a prefix was cleared.
type write struct {
	key    string
	before *cell
	whole  *layer
}

// run executes a top-level update.
func (t *txn) run(u command.Update) command.Result {
	switch u.(type) {
	case command.Sequence, command.UserFunction:
	default:
		return t.execute(u)
	}
	t.atomic = true
	entries, bytes := t.table.entries, t.table.bytes
	result := t.execute(u)
	if result.Code != command.CodeOK {
		t.rollback()
		t.table.entries, t.table.bytes = entries, bytes
	}
	t.atomic = false
	clear(t.undo) // lets go of the old cells
	t.undo = t.undo[:0]
	if cap(t.undo) > maxScratch {
		t.undo = nil
	}
	t.own = nil
	return result
}

// rollback restores the table, last write first.
func (t *txn) rollback() {
	for _, w := range slices.Backward(t.undo) {
		if w.whole != nil {
			t.table.layer = *w.whole
		} else {
			t.table.put(w.key, w.before)
		}
	}
}

// set stores a value.
func (t *txn) set(key string, value []byte) {
	before, visible := t.table.set(key, value)
	t.wrote(key, before, visible)
}

// remove removes a key and reports whether it was there.
func (t *txn) remove(key string) bool {
	before, visible := t.table.remove(key)
	t.wrote(key, before, visible)
	return visible
}

// wrote notes a step's own write.
func (t *txn) wrote(key string, before *cell, visible bool) {
	if !t.atomic {
		return
	}
	t.undo = append(t.undo, write{key: key, before: before})
	if t.own == nil {
		t.own = make(map[string]bool)
	}
	if _, again := t.own[key]; !again {
		t.own[key] = visible
	}
}

// deletePrefix removes the keys of the base that have the prefix and returns
// their number. Keys that the sequence wrote stay as it left them.
func (t *txn) deletePrefix(prefix string) int {
	if !t.atomic {
		return t.table.clearPrefix(prefix)
	}
	before := t.table.share()
	t.undo = append(t.undo, write{whole: &before})
	kept, hidden := t.ownWith(prefix)
	count := t.table.clearPrefix(prefix) - len(kept) + hidden
	for key, c := range kept { // in any order: each key is put back on its own
		t.table.put(key, &cell{value: c.value})
	}
	return count
}

// ownWith returns the cells of the keys with the prefix that the sequence wrote
// and left visible, and the number of those that were visible in the base, which
// they are no longer.
func (t *txn) ownWith(prefix string) (kept map[string]*cell, inBase int) {
	for key, visible := range t.own { // in any order: each key is looked at on its own
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if visible {
			inBase++
			t.own[key] = false
		}
		if c, ok := t.table.cells.Get(key); ok && !c.deleted {
			if kept == nil {
				kept = make(map[string]*cell)
			}
			kept[key] = c
		}
	}
	return kept, inBase
}

// baseKeys returns the keys of the base that have the prefix, ascending.
func (t *txn) baseKeys(prefix string) []string {
	keys := t.table.withPrefix(prefix)
	if len(t.own) == 0 {
		return keys
	}
	keys = slices.DeleteFunc(keys, func(key string) bool {
		_, own := t.own[key]
		return own
	})
	for key, visible := range t.own { // in any order: sorted below
		if visible && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
