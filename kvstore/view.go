package kvstore

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// View is the state after one instance. It never changes; any number of
// goroutines may read it. The values it gives are shared: nobody changes them.
type View struct {
	tree    *tree
	applied core.Instance
	chain   Chain
	content Digest
}

// Applied is the instance after which this is the state.
func (v *View) Applied() core.Instance { return v.applied }

// Chain is the apply chain after that instance.
func (v *View) Chain() Chain { return v.chain }

// Content is the content digest: equal contents have equal digests.
func (v *View) Content() Digest { return v.content }

// KeyCount is the number of keys.
func (v *View) KeyCount() int { return v.tree.Len() }

// Get returns the value of key.
func (v *View) Get(key string) ([]byte, bool) {
	c, ok := v.tree.Get(key)
	if !ok {
		return nil, false
	}
	return c.value, true
}

// Exists reports whether key has a value.
func (v *View) Exists(key string) bool {
	_, ok := v.tree.Get(key)
	return ok
}

// Ascend calls fn with the lowest limit entries within the bounds, ascending;
// limit < 0: with all of them.
func (v *View) Ascend(first, last command.Bound, limit int, fn func(key string, value []byte)) {
	ascend(v.tree, first, last, limit, func(key string, c *cell) { fn(key, c.value) })
}

// Descend calls fn with the highest limit entries within the bounds, descending;
// limit < 0: with all of them.
func (v *View) Descend(high, low command.Bound, limit int, fn func(key string, value []byte)) {
	descend(v.tree, high, low, limit, func(key string, c *cell) { fn(key, c.value) })
}

// Check recomputes the content digest from the entries.
func (v *View) Check() error {
	var sum Digest
	var scratch []byte
	count := 0
	v.tree.Scan(func(key string, c *cell) bool {
		var d Digest
		d, scratch = entryDigest(scratch, key, c.value)
		sum = sum.add(d)
		count++
		return true
	})
	if sum != v.content || count != v.tree.Len() {
		return fmt.Errorf("kvstore: %d entries with content %v, expected %d with %v",
			count, sum, v.tree.Len(), v.content)
	}
	return nil
}

// ascend walks up from first and stops behind last or after limit entries.
func ascend(t *tree, first, last command.Bound, limit int, fn func(string, *cell)) {
	if limit == 0 {
		return
	}
	t.Ascend(first.Key, func(key string, c *cell) bool {
		if !last.Below(key) {
			return false
		}
		if !first.Above(key) {
			return true
		}
		fn(key, c)
		limit--
		return limit != 0
	})
}

// descend walks down from high and stops below low or after limit entries.
func descend(t *tree, high, low command.Bound, limit int, fn func(string, *cell)) {
	if limit == 0 {
		return
	}
	visit := func(key string, c *cell) bool {
		if !low.Above(key) {
			return false
		}
		if !high.Below(key) {
			return true
		}
		fn(key, c)
		limit--
		return limit != 0
	}
	if high.Some {
		t.Descend(high.Key, visit)
	} else {
		t.Reverse(visit)
	}
}
