package tlog

import "github.com/openvstorage/arakoon-go/core"

// cache keeps the newest entries in memory, per instance the one of the highest
// ballot: instance base+k is slots[head+k].
type cache struct {
	base  core.Instance
	slots []slot
	head  int
	bytes int64
	// evicted is the highest ballot that was ever dropped; all that was dropped
	// stood below below. A lower ballot that comes for an instance there, and that
	// isn't in the cache, may be lower than what the disk has.
	evicted core.Ballot
	below   core.Instance
}

// slot holds one entry; a slot without an entry (Instance 0) is a gap.
type slot struct {
	core.Entry
	pos core.Position // until this append is durable the entry stays
}

// slotBytes is what an entry costs beside its value, about.
const slotBytes = 64

// maxGap bounds how many empty slots one entry may cause.
const maxGap = 1 << 16

func (c *cache) len() int { return len(c.slots) - c.head }

// add puts an entry in, unless a higher ballot is there.
func (c *cache) add(e core.Entry, pos core.Position) {
	if c.unsure(e) {
		return // NextRead finds it among what waits, and then on disk
	}
	switch {
	case c.len() == 0:
		c.reset(e.Instance)
	case e.Instance > c.base+core.Instance(c.len())+maxGap:
		c.reset(e.Instance)
	case e.Instance < c.base:
		grown := make([]slot, int(c.base-e.Instance), int(c.base-e.Instance)+c.len())
		c.slots, c.head, c.base = append(grown, c.slots[c.head:]...), 0, e.Instance
	}
	for c.base+core.Instance(c.len()) <= e.Instance {
		c.push(slot{})
	}
	s := &c.slots[c.head+int(e.Instance-c.base)]
	if s.Instance != 0 && e.Ballot.Less(s.Ballot) {
		return
	}
	c.bytes += slot{Entry: e}.cost() - s.cost()
	*s = slot{e, pos}
}

// unsure reports whether e must stay out: it is too far below, or what left the
// cache may be higher.
func (c *cache) unsure(e core.Entry) bool {
	if _, ok := c.get(e.Instance); ok {
		return false
	}
	return e.Instance < c.base && c.base-e.Instance > maxGap || e.Instance < c.below && e.Ballot.Less(c.evicted)
}

// get returns the entry of an instance, if it is in the cache.
func (c *cache) get(i core.Instance) (core.Entry, bool) {
	if i < c.base || i >= c.base+core.Instance(c.len()) {
		return core.Entry{}, false
	}
	e := c.slots[c.head+int(i-c.base)].Entry
	return e, e.Instance != 0
}

// cost is what the cache counts for a slot.
func (s slot) cost() int64 {
	if s.Instance == 0 {
		return 0
	}
	return slotBytes + int64(len(s.Value))
}

func (c *cache) reset(base core.Instance) {
	for _, s := range c.slots[c.head:] {
		c.drop(s)
	}
	clear(c.slots)
	c.slots, c.head, c.base, c.bytes = c.slots[:0], 0, base, 0
}

func (c *cache) drop(s slot) {
	if c.evicted.Less(s.Ballot) {
		c.evicted = s.Ballot
	}
	c.below = max(c.below, s.Instance+1)
	c.bytes -= s.cost()
}

// push appends a slot; room at the front is used again once it is half of all.
func (c *cache) push(s slot) {
	if len(c.slots) == cap(c.slots) && c.head > len(c.slots)/2 {
		n := copy(c.slots, c.slots[c.head:])
		clear(c.slots[n:])
		c.slots, c.head = c.slots[:n], 0
	}
	c.slots = append(c.slots, s)
}

// trim drops the oldest entries beyond limit, but none that isn't durable yet.
func (c *cache) trim(limit int64, durable core.Position) {
	for c.len() > 1 && (c.bytes > limit || c.slots[c.head].Instance == 0) && c.slots[c.head].pos <= durable {
		c.drop(c.slots[c.head])
		c.slots[c.head] = slot{}
		c.head++
		c.base++
	}
}

// run returns consecutive entries; see Log.Cached.
func (c *cache) run(from, through core.Instance, maxBytes int) []core.Entry {
	if from < c.base || from >= c.base+core.Instance(c.len()) {
		return nil
	}
	var run []core.Entry
	bytes := 0
	for i := c.head + int(from-c.base); i < len(c.slots) && from <= through; i++ {
		s := &c.slots[i]
		bytes += len(s.Value)
		if s.Instance == 0 || len(run) > 0 && bytes > maxBytes {
			break
		}
		run = append(run, s.Entry)
		from++
	}
	return run
}

// dropBelow drops what became void: what comes again for it is void too.
func (c *cache) dropBelow(base core.Instance) {
	for c.len() > 0 && c.base < base {
		c.drop(c.slots[c.head])
		c.slots[c.head] = slot{}
		c.head++
		c.base++
	}
}
