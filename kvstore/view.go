package kvstore

import (
	"fmt"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// View is the state after one instance. It never changes; any number of
// goroutines may read it, as long as one of them has it retained. The values it
// gives are shared: nobody changes them.
//
// A read that meets a damaged page gives an error, never less than there is.
type View struct {
	table   *layer
	base    *base
	applied core.Instance
	chain   Chain
	count   atomic.Int64
	failed  *atomic.Uint64 // reads that met an error, of all views of the store
}

// Retain implements core.View.
func (v *View) Retain() bool {
	for {
		n := v.count.Load()
		if n == 0 {
			return false
		}
		if v.count.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release implements core.View. The last one lets go of the tree's pages.
func (v *View) Release() {
	switch n := v.count.Add(-1); {
	case n == 0:
		v.base.release()
	case n < 0:
		panic("kvstore: view released once too often")
	}
}

// Applied is the instance after which this is the state.
func (v *View) Applied() core.Instance { return v.applied }

// Chain is the apply chain after that instance.
func (v *View) Chain() Chain { return v.chain }

// KeyCount is the number of keys.
func (v *View) KeyCount() int { return v.base.keys() + v.table.delta }

// Get returns the value of key.
func (v *View) Get(key string) (value []byte, found bool, err error) {
	if c, ok := v.table.cells.Get(key); ok {
		return c.value, !c.deleted, nil
	}
	if v.table.covers(key) {
		return nil, false, nil
	}
	value, found, err = v.base.get(key)
	return value, found, v.note(err)
}

// Exists reports whether key has a value.
func (v *View) Exists(key string) (bool, error) {
	if c, ok := v.table.cells.Get(key); ok {
		return !c.deleted, nil
	}
	if v.table.covers(key) {
		return false, nil
	}
	found, err := v.base.has(key)
	return found, v.note(err)
}

// note counts an error.
func (v *View) note(err error) error {
	if err != nil {
		v.failed.Add(1)
	}
	return err
}

// Ascend calls fn with the lowest limit entries within the bounds, ascending;
// limit < 0: with all of them. After an error fn saw the entries before it.
func (v *View) Ascend(first, last command.Bound, limit int, fn func(key string, value []byte)) error {
	return v.note(ascend(v.table, v.base, first, last, limit, fn))
}

// Descend calls fn with the highest limit entries within the bounds, descending;
// limit < 0: with all of them. After an error fn saw the entries before it.
func (v *View) Descend(high, low command.Bound, limit int, fn func(key string, value []byte)) error {
	return v.note(descend(v.table, v.base, high, low, limit, fn))
}

// Scan reads all entries and returns their number and content digest. It takes as
// long as there are entries: checkpoints have both for nothing (Stats).
func (v *View) Scan() (keys uint64, content Digest, err error) {
	var scratch []byte
	err = v.Ascend(command.Open(), command.Open(), -1, func(key string, value []byte) {
		var d Digest
		d, scratch = tree.EntryDigest(scratch, key, value)
		content = content.Add(d)
		keys++
	})
	return keys, content, err
}

// Content is Scan's digest: it reads all entries. If it can't, it is zero.
func (v *View) Content() Digest {
	_, content, err := v.Scan()
	if err != nil {
		return Digest{}
	}
	return content
}

// Check reads all entries, and holds their number and order against what is known
// of them.
func (v *View) Check() error {
	count, last, wrong := 0, "", ""
	err := v.Ascend(command.Open(), command.Open(), -1, func(key string, _ []byte) {
		if count > 0 && key <= last && wrong == "" {
			wrong = fmt.Sprintf("key %q comes after %q", key, last)
		}
		count, last = count+1, key
	})
	switch {
	case err != nil:
		return err
	case wrong != "":
		return fmt.Errorf("kvstore: %s", wrong)
	case count != v.KeyCount():
		return fmt.Errorf("kvstore: %d entries, %d expected", count, v.KeyCount())
	}
	return nil
}
