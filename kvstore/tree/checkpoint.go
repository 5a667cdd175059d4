package tree

import (
	"fmt"
	"slices"
)

// slicePages is how many pages a slice writes before it syncs, about: 1 MiB.
const slicePages = 256

// sliceSteps bounds the subtrees that a slice looks at.
const sliceSteps = 64 << 10

// Checkpoint is a checkpoint that is being written.
type Checkpoint struct {
	t     *Tree
	meta  metaPage
	slot  int
	lists lists
	w     writer
	m     merge
	phase phase
	total uint64
	busy  bool // changes come with it
	freed int  // pages of unlinked subtrees
	ripe  uint64
	cut   uint32
	done  bool
	err   error
}

// phase is what the next slice goes on with.
type phase uint8

const (
	phaseMerge phase = iota
	phaseFree
	phaseFinish
)

// Run writes one slice: at most about 1 MiB of pages, synced. The last slices
// write branch pages, free list and meta. After an error call Finish.
func (c *Checkpoint) Run() error {
	if c.err == nil && !c.done {
		c.err = c.run()
	}
	return c.err
}

func (c *Checkpoint) run() error {
	switch c.phase {
	case phaseMerge:
		return c.merge()
	case phaseFree:
		return c.free()
	default:
		return c.finish()
	}
}

// merge goes on with the changes.
func (c *Checkpoint) merge() error {
	if !c.m.started {
		if err := c.m.begin(c.t.newest().root, c.t.newest().height); err != nil {
			return err
		}
	}
	for range sliceSteps {
		more, err := c.m.step()
		if err != nil {
			return err
		}
		if !more {
			c.phase = phaseFree
			break
		}
		if c.w.slice >= slicePages {
			break
		}
	}
	if c.w.slice >= slicePages {
		return c.w.sync()
	}
	return nil
}

// free writes what is left of the tree, and walks over unlinked subtrees.
func (c *Checkpoint) free() error {
	top, height, err := c.m.out.root()
	if err != nil {
		return err
	}
	if err := c.m.dropSep(top.sep); err != nil {
		return err
	}
	if err := c.m.dropSep(c.m.out.leaf.sep); err != nil {
		return err
	}
	c.meta.root, c.meta.height = top.ptr, height
	if c.freed, err = c.m.freeSome(freeBudget); err != nil {
		return err
	}
	c.phase = phaseFinish
	if c.w.slice >= slicePages {
		return c.w.sync()
	}
	return nil
}

// finish writes the lists and the meta page.
func (c *Checkpoint) finish() error {
	c.cut = c.lists.space.tail()
	if c.cut > 0 {
		c.w.taken = append(c.w.taken, extent{c.lists.space.end - c.cut, c.cut})
		c.lists.space.cut()
	}
	if err := c.writeLists(); err != nil {
		return err
	}
	c.meta.pages = c.lists.space.end
	if err := c.w.sync(); err != nil {
		return err
	}
	if err := c.writeMeta(); err != nil {
		return err
	}
	if c.cut > 0 { // reachable from neither meta, so it needn't be durable
		if err := c.t.file.Truncate(int64(c.meta.pages) * PageSize); err != nil {
			return fmt.Errorf("tree: the store file can't be cut: %w", syncError{err})
		}
	}
	c.done = true
	return nil
}

func (c *Checkpoint) writeMeta() error {
	c.w.written++
	if _, err := c.t.file.WriteAt(c.meta.encode(), int64(c.slot)*PageSize); err != nil {
		return fmt.Errorf("tree: the meta page can't be written: %w", syncError{err})
	}
	if err := c.w.sync(); err != nil {
		return err
	}
	if err := c.w.sync(); err != nil { // some failures show with the next sync only
		return err
	}
	// A write that fails here costs no more than a longer replay.
	_, _ = c.t.file.WriteAt(encodeWord(c.meta.ckpt), 2*PageSize)
	return nil
}

// writeLists writes what changed, or everything if that isn't much more.
func (c *Checkpoint) writeLists() error {
	w := &c.w
	w.taken = extents(w.taken)
	gone := extents(w.freed)
	change := len(w.taken) + len(gone) + 3*len(c.lists.toFree)
	all := len(c.lists.space.avail) + 2*len(c.lists.space.pending) + len(gone) + 3*len(c.lists.toFree) + 16
	whole := listPages(all)
	full := len(c.lists.chain) == 0 || whole <= listPages(change+1) || len(c.lists.chain) > 4+2*whole
	full = full || c.m.move != nil && slices.ContainsFunc(c.lists.chain, func(r ref) bool { return r.page >= c.m.move.above })
	need := change + 1
	if full {
		need = all
		for _, r := range c.lists.chain {
			gone = append(gone, extent{r.page, 1})
		}
		gone = extents(gone)
		c.lists.chain = nil
		need += len(gone)
	}
	n := listPages(need)
	pages := make([]uint32, n)
	for i := range pages {
		pages[i] = w.take()
	}
	w.taken = extents(w.taken)
	words := changeWords(c.ripe, w.taken, gone, c.lists.toFree)
	if full {
		words = c.lists.fullWords(c.meta.ckpt, gone)
	}
	if len(words) > n*chainWords {
		assertf("%d words of lists on %d pages", len(words), n)
	}
	w.freed = gone
	return c.writeGroup(pages, words, full)
}

// listPages is how many pages take that many words, and one more for each page.
func listPages(words int) int { return 1 + (words+16)/(chainWords-1) }

// writeGroup writes the pages from the last one, since each points to the next.
func (c *Checkpoint) writeGroup(pages []uint32, words []uint64, full bool) error {
	var next ref
	if len(c.lists.chain) > 0 {
		next = c.lists.chain[0]
	}
	chain := c.lists.chain
	for i := len(pages) - 1; i >= 0; i-- {
		part := words[min(i*chainWords, len(words)):min((i+1)*chainWords, len(words))]
		buf, err := c.w.room(pages[i], 1)
		if err != nil {
			return err
		}
		setHeader(buf, kindFree, 0, len(part), pages[i], c.meta.ckpt)
		next.put(buf[16:])
		if full {
			buf[32] = 1
		}
		for k, word := range part {
			le.PutUint64(buf[listHead+8*k:], word)
		}
		next = ref{page: pages[i], crc: checksum(buf), ckpt: c.meta.ckpt}
		chain = append([]ref{next}, chain...)
	}
	c.lists.chain, c.meta.lists = chain, next
	return nil
}

// Done reports whether the meta page is durable, so that Finish may take it.
func (c *Checkpoint) Done() bool { return c.done }

// Progress returns how many edits have been made, of how many.
func (c *Checkpoint) Progress() (done, total uint64) { return min(c.m.made, c.total), c.total }

// PagesWritten is the number of pages written so far, the meta page included.
func (c *Checkpoint) PagesWritten() int { return c.w.written }
