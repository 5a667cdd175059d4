package tree

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// How much a slice does before it syncs what it wrote, about.
const (
	slicePages  = 256      // written: 1 MiB
	sliceVisits = 4096     // pages read
	sliceSteps  = 64 << 10 // edits, and subtrees that were looked at
	maxTruncate = 64 << 20 // bytes cut off the file
)

// Checkpoint is a checkpoint that is being written. Its phases follow each other,
// and a slice can end anywhere in them but in the last.
type Checkpoint struct {
	t     *Tree
	meta  metaPage
	slot  int
	lists lists
	w     writer
	m     merge
	group listsWriter
	phase phase
	total uint64
	freed int    // pages of unlinked subtrees
	ripe  uint64 // what was freed through this checkpoint may be used
	cut   uint32
	size  int64 // of the file, once done
	busy  bool  // changes come with it
	done  bool
	err   error
}

// phase is what the next step goes on with.
type phase uint8

const (
	phasePrepare phase = iota // copy the lists
	phaseMerge                // make the changes
	phaseTop                  // write what is left of the new tree
	phaseFree                 // walk over unlinked subtrees
	phaseCompose              // decide what the lists say
	phaseLists                // write them
	phaseMeta                 // make it all durable
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
	c.m.visits = 0
	for n := 0; c.phase != phaseMeta && n < sliceSteps && c.w.slice < slicePages && c.m.visits < sliceVisits; n++ {
		over, err := c.step()
		if err != nil {
			return err
		}
		if over {
			c.phase++
		}
	}
	if c.w.slice > 0 || c.phase == phaseMeta {
		if err := c.w.sync(); err != nil {
			return err
		}
	}
	if c.phase == phaseMeta {
		return c.finish()
	}
	return nil
}

// step does a little of the phase. It reports true at the end of the phase.
func (c *Checkpoint) step() (bool, error) {
	switch c.phase {
	case phasePrepare:
		return true, c.prepare()
	case phaseMerge:
		return c.mergeStep()
	case phaseTop:
		return true, c.top()
	case phaseFree:
		return c.freeStep()
	case phaseCompose:
		c.compose()
		return true, nil
	case phaseLists:
		if len(c.group.pages) == 0 {
			c.meta.lists = c.group.next
			for _, r := range c.group.chain {
				c.lists.chain = append([]ref{r}, c.lists.chain...)
			}
			return true, nil
		}
		return false, c.writeGroupPage()
	case phaseMeta:
	}
	panic(fmt.Sprintf("tree: no step in phase %d", c.phase))
}

// prepare copies the lists. The owner leaves them alone meanwhile.
func (c *Checkpoint) prepare() error {
	c.lists = c.t.lists.clone()
	if !c.lists.space.ripen(c.ripe) {
		return fmt.Errorf("%w: the lists say that a page is free twice", ErrDamaged)
	}
	return nil
}

func (c *Checkpoint) mergeStep() (bool, error) {
	if !c.m.started {
		return false, c.m.begin(c.t.newest().root, c.t.newest().height)
	}
	if uint64(c.lists.space.end) > maxPages {
		return false, fmt.Errorf("tree: the store file has reached its limit of 16 TiB: %w", disk.ErrFull)
	}
	more, err := c.m.step()
	return !more, err
}

// maxPages is where the file stops to grow. A step needs less than what is left
// below 2^32.
const maxPages = 1<<32 - 1<<22

// top writes what is left of the new tree.
func (c *Checkpoint) top() error {
	top, height, err := c.m.out.root()
	if err != nil {
		return err
	}
	c.meta.root, c.meta.height = top.ptr, height
	if err := c.m.dropSep(top.sep); err != nil {
		return err
	}
	return c.m.dropSep(c.m.out.leaf.sep)
}

func (c *Checkpoint) freeStep() (bool, error) {
	if len(c.lists.toFree) == 0 || c.freed >= freeBudget {
		return true, nil
	}
	n, err := c.m.freeNext()
	c.freed += n
	return false, err
}

// finish makes the checkpoint durable, and shortens the file if it may be.
func (c *Checkpoint) finish() error {
	c.meta.pages = c.lists.space.end
	if err := c.writeMeta(); err != nil {
		return err
	}
	for _, e := range c.w.freed {
		c.lists.space.free(e, c.meta.ckpt)
	}
	if err := c.shorten(); err != nil {
		return fmt.Errorf("tree: the store file can't be cut: %w", syncError{err})
	}
	c.done = true
	return nil
}

func (c *Checkpoint) writeMeta() error {
	c.w.written++
	if _, err := c.t.file.WriteAt(c.meta.encode(), int64(c.slot)*PageSize); err != nil {
		return fmt.Errorf("tree: the meta page can't be written: %w", syncError{err})
	}
	for range 2 { // the second one tells of a failure that the first one hid
		if err := c.w.sync(); err != nil {
			return err
		}
	}
	// A write that fails here costs no more than a longer replay.
	_, _ = c.t.file.WriteAt(encodeWord(c.meta.ckpt), 2*PageSize)
	return nil
}

// shorten cuts off what lies behind the end that both metas know, a bounded piece at
// a time. Nobody needs it, so nothing depends on when that is durable.
func (c *Checkpoint) shorten() (err error) {
	if c.size, err = c.t.file.Size(); err != nil {
		return err
	}
	end := max(int64(c.meta.pages), int64(c.t.slots[1-c.slot].pages)) * PageSize
	if c.size <= end {
		return nil
	}
	c.size = max(end, c.size-maxTruncate)
	return c.t.file.Truncate(c.size)
}

// Done reports whether the meta page is durable, so that Finish may take it.
func (c *Checkpoint) Done() bool { return c.done }

// Progress returns how many edits have been made, of how many.
func (c *Checkpoint) Progress() (done, total uint64) { return min(c.m.made, c.total), c.total }

// PagesWritten is the number of pages written so far, the meta page included.
func (c *Checkpoint) PagesWritten() int { return c.w.written }

// isFull reports whether nothing but a full disk ended the checkpoint.
func (c *Checkpoint) isFull() bool { return errors.Is(c.err, disk.ErrFull) }
