package tree

import "sync/atomic"

// Cache holds pages in memory. Trees may share one; many goroutines may use it.
//
// It is one arena without pointers, so the collector never looks at it, and one
// word per page that says what is in it: 8 neighbours form a set, a page may lie in
// any of the set that its number hashes to. A reader pins a page by a
// compare-and-swap on its word; only a page without pins is replaced, after a
// second chance (CLOCK) if it was used since the hand came by. Nobody ever waits:
// whoever finds no room reads into memory of its own.
type Cache struct {
	arena []byte
	words []atomic.Uint64
	// what is in the page, besides its number. Written by whoever has locked the word,
	// read by whoever has pinned it.
	ckpts  []uint64
	crcs   []uint32
	hands  []atomic.Uint32 // one per set
	trees  atomic.Uint32
	counts [16]cacheCounter
}

// cacheCounter has a cache line of its own.
type cacheCounter struct {
	hits, misses atomic.Uint64
	_            [48]byte
}

// A word, from its lowest bit: 16 pins, 32 page number (0: empty), 14 tree, used,
// locked.
const (
	cacheWays   = 8
	pinMask     = 1<<16 - 1
	tagMask     = (1<<46 - 1) << 16
	usedBit     = 1 << 62
	lockedBit   = 1 << 63
	treeIDs     = 1 << 14
	defaultSize = 4 << 20
)

// CacheStats counts what a Cache did since it was made.
type CacheStats struct {
	Hits, Misses uint64
	Bytes        int64 // size of the arena
}

// NewCache returns a cache whose arena has about that many bytes, at least 32 KiB.
func NewCache(bytes int64) *Cache {
	sets := max(bytes/(cacheWays*PageSize), 1)
	slots := sets * cacheWays
	return &Cache{
		arena: make([]byte, slots*PageSize), words: make([]atomic.Uint64, slots),
		ckpts: make([]uint64, slots), crcs: make([]uint32, slots), hands: make([]atomic.Uint32, sets),
	}
}

// Stats returns what the cache did so far. Any goroutine may ask.
func (c *Cache) Stats() CacheStats {
	s := CacheStats{Bytes: int64(len(c.arena))}
	for i := range c.counts {
		s.Hits += c.counts[i].hits.Load()
		s.Misses += c.counts[i].misses.Load()
	}
	return s
}

// newTree returns an id that tells the pages of one tree from those of others.
func (c *Cache) newTree() uint64 { return uint64(c.trees.Add(1)) % treeIDs }

// pin is a page that stays where it is until unpin.
type pin struct {
	buf  []byte
	slot int // negative: memory of its own
}

func tagOf(tree uint64, page uint32) uint64 { return (tree<<32 | uint64(page)) << 16 }

func (c *Cache) setOf(tag uint64) int {
	h := tag * 0x9e3779b97f4a7c15 >> 32
	return int(h * uint64(len(c.hands)) >> 32)
}

func (c *Cache) slotBytes(i int) []byte { return c.arena[i*PageSize : (i+1)*PageSize : (i+1)*PageSize] }

// get pins the page, if it is there.
func (c *Cache) get(tree uint64, r ref) (pin, bool) {
	tag := tagOf(tree, r.page)
	set := c.setOf(tag)
	for i := set * cacheWays; i < (set+1)*cacheWays; i++ {
		if c.tryPin(i, tag) {
			if c.ckpts[i] == r.ckpt && c.crcs[i] == r.crc {
				c.counts[set&15].hits.Add(1)
				return pin{c.slotBytes(i), i}, true
			}
			c.words[i].Add(^uint64(0)) // an older page of that number
		}
	}
	c.counts[set&15].misses.Add(1)
	return pin{}, false
}

// tryPin pins slot i if it holds the page with that tag.
func (c *Cache) tryPin(i int, tag uint64) bool {
	for {
		w := c.words[i].Load()
		if w&(tagMask|lockedBit) != tag || w&pinMask == pinMask {
			return false
		}
		if c.words[i].CompareAndSwap(w, (w+1)|usedBit) {
			return true
		}
	}
}

// unpin lets go of a page.
func (c *Cache) unpin(p pin) {
	if p.slot >= 0 {
		c.words[p.slot].Add(^uint64(0))
	}
}

// lock takes a slot for the page out of use and returns it; negative if all are
// pinned. A slot with an older page of the same number is the first choice.
func (c *Cache) lock(tree uint64, r ref) int {
	tag := tagOf(tree, r.page)
	set := c.setOf(tag)
	for i := set * cacheWays; i < (set+1)*cacheWays; i++ {
		w := c.words[i].Load()
		if w&(tagMask|lockedBit|pinMask) == tag && c.words[i].CompareAndSwap(w, lockedBit) {
			return i
		}
	}
	for range 2 * cacheWays {
		i := set*cacheWays + int(c.hands[set].Add(1))%cacheWays
		w := c.words[i].Load()
		switch {
		case w&(lockedBit|pinMask) != 0:
		case w&usedBit != 0:
			c.words[i].CompareAndSwap(w, w&^usedBit)
		case c.words[i].CompareAndSwap(w, lockedBit):
			return i
		}
	}
	return -1
}

// publish makes a locked slot's page available, pinned that many times.
func (c *Cache) publish(i int, tree uint64, r ref, pins uint64) {
	c.ckpts[i], c.crcs[i] = r.ckpt, r.crc
	c.words[i].Store(tagOf(tree, r.page) | pins)
}

// drop gives a locked slot back empty.
func (c *Cache) drop(i int) { c.words[i].Store(0) }

// offer copies a page that was just written into the cache, if there is room.
func (c *Cache) offer(tree uint64, r ref, buf []byte) {
	if i := c.lock(tree, r); i >= 0 {
		copy(c.slotBytes(i), buf)
		c.publish(i, tree, r, 0)
	}
}
