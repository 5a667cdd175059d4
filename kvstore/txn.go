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
	table     *table
	functions command.Functions
	atomic    bool
	undo      []write
	own       map[string]*cell // key that a step wrote -> its cell in the base, nil if none
}

// write is what a key held before it was written, nil if nothing.
type write struct {
	key    string
	before *cell
}

// run executes a top-level update.
func (t *txn) run(u command.Update) command.Result {
	switch u.(type) {
	case command.Sequence, command.UserFunction:
	default:
		return t.execute(u)
	}
	t.atomic = true
	result := t.execute(u)
	if result.Code != command.CodeOK {
		t.rollback()
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
		t.table.put(w.key, w.before)
	}
}

// set stores a value and returns the cell before, nil if none.
func (t *txn) set(key string, value []byte) *cell {
	return t.write(key, t.table.newCell(key, value))
}

// write stores a cell (nil: removes the key) as a step's own write.
func (t *txn) write(key string, c *cell) *cell {
	before := t.table.put(key, c)
	if t.atomic {
		t.undo = append(t.undo, write{key, before})
		if t.own == nil {
			t.own = make(map[string]*cell)
		}
		if _, again := t.own[key]; !again {
			t.own[key] = before
		}
	}
	return before
}

// deletePrefix removes the keys of the base that have the prefix and returns
// their number. Keys that the sequence wrote stay as it left them.
func (t *txn) deletePrefix(prefix string) int {
	count := 0
	for _, key := range t.table.withPrefix(prefix) {
		if _, own := t.own[key]; own {
			continue
		}
		before := t.table.put(key, nil)
		if t.atomic {
			t.undo = append(t.undo, write{key, before})
		}
		count++
	}
	for key, base := range t.own { // in any order: each key is marked on its own
		if base != nil && strings.HasPrefix(key, prefix) {
			t.own[key] = nil
			count++
		}
	}
	return count
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
	for key, base := range t.own { // in any order: sorted below
		if base != nil && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
