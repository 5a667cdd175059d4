package kvstore

import (
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// walkKeys calls fn at each entry within the bounds, in the cursor's direction,
// until limit of them were seen (limit < 0: all) or fn gives false.
func walkKeys(c *cursor, inside func(key string) bool, limit int, fn func(key string) bool) error {
	for c.valid() && limit != 0 {
		key := c.key()
		if !inside(key) || !fn(key) {
			break
		}
		if limit--; limit != 0 {
			c.next()
		}
	}
	return c.err()
}

// startUp goes to the first key inside the lower bound.
func startUp(c *cursor, first command.Bound) {
	c.seek(first.Key)
	if c.valid() && !first.Above(c.key()) {
		c.next()
	}
}

// startDown goes to the last key inside the upper bound.
func startDown(c *cursor, high command.Bound) {
	if high.Some {
		c.seekBelow(high.Key, high.Inclusive)
	} else {
		c.last()
	}
}

// ascend walks up from first and stops behind last or after limit entries.
func ascend(l *layer, b *base, first, last command.Bound, limit int, fn func(string, []byte)) error {
	if limit == 0 {
		return nil
	}
	c := newCursor(l, b)
	startUp(&c, first)
	return walkKeys(&c, last.Below, limit, withValue(&c, fn))
}

// descend walks down from high and stops below low or after limit entries.
func descend(l *layer, b *base, high, low command.Bound, limit int, fn func(string, []byte)) error {
	if limit == 0 {
		return nil
	}
	c := newCursor(l, b)
	startDown(&c, high)
	return walkKeys(&c, low.Above, limit, withValue(&c, fn))
}

// withValue gives fn the value, too, and ends the walk if it can't be read.
func withValue(c *cursor, fn func(string, []byte)) func(string) bool {
	return func(key string) bool {
		value, ok := c.value()
		if ok {
			fn(key, value)
		}
		return ok
	}
}

// ascendKeys walks up as ascend, without reading values.
func ascendKeys(l *layer, b *base, first, last command.Bound, limit int, fn func(string)) error {
	if limit == 0 {
		return nil
	}
	c := newCursor(l, b)
	startUp(&c, first)
	return walkKeys(&c, last.Below, limit, func(key string) bool { fn(key); return true })
}
