package tree

import (
	"errors"
	"fmt"
	"path"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Options are fixed for the life of a Tree.
type Options struct {
	Cache *Cache // nil: a cache of 4 MiB of its own
	// VacuumPages is how many pages must be free, beside a quarter of the file, before
	// it is made smaller; 0: DefaultVacuumPages.
	VacuumPages int
}

// Tree is an open store file. One goroutine at a time, its owner, uses it, except
// for Root.
type Tree struct {
	file  disk.File
	f     *pages
	slots [2]metaPage
	lists *lists
	// highest is the number of the newest checkpoint that was ever begun.
	highest uint64
	size    int64 // of the file
	vacuum  uint64

	current atomic.Pointer[Root]
	roots   []*Root // that may still be read
	running *Checkpoint
	void    error

	resume string // where moving pages down goes on
	idle   int    // checkpoints without changes that led to nothing
	// shortest is how short the file was since the last changes.
	shortest length
}

// Open opens the store file. It gives disk.ErrNotExist if there is none, and
// refuses damaged, foreign and newer files: ErrDamaged, ErrForeign, ErrNewer.
func Open(d disk.Disk, p string, o Options) (*Tree, error) {
	file, err := d.Open(p)
	if err != nil {
		return nil, fmt.Errorf("tree: %s: %w", p, err)
	}
	t, err := open(file, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", p, err), file.Close())
	}
	// The process that put the file in place may have ended between the rename and
	// the sync of the directory: what rests on the file must not outlive its name.
	if err := d.SyncDir(path.Dir(p)); err != nil {
		return nil, errors.Join(fmt.Errorf("tree: %s: %w", p, syncError{err}), file.Close())
	}
	return t, nil
}

func open(file disk.File, o Options) (*Tree, error) {
	m, err := readMetas(file)
	if err != nil {
		return nil, err
	}
	if o.Cache == nil {
		o.Cache = NewCache(defaultSize)
	}
	if o.VacuumPages == 0 {
		o.VacuumPages = DefaultVacuumPages
	}
	t := &Tree{file: file, slots: m.slots, size: m.size, highest: m.highest, vacuum: uint64(o.VacuumPages), f: &pages{file: file, cache: o.Cache, tree: o.Cache.newTree()}}
	if t.lists, err = t.f.readLists(t.newest()); err != nil {
		return nil, err
	}
	t.shortest = length{t.newest().pages, t.size}
	t.become()
	return t, nil
}

// Create makes an empty store file, durably, and opens it. An existing one is
// replaced.
func Create(d disk.Disk, p string, m Meta, o Options) (*Tree, error) {
	b, err := Build(d, p, o)
	if err != nil {
		return nil, err
	}
	if err := b.Finish(m, 0, Digest{}); err != nil {
		return nil, errors.Join(err, b.Abort())
	}
	return Open(d, p, o)
}

// place makes a finished file the one at p, durably.
func place(d disk.Disk, temp, p string) error {
	if err := d.Rename(temp, p); err != nil {
		return fmt.Errorf("tree: %s: %w", p, err)
	}
	if err := d.SyncDir(path.Dir(p)); err != nil {
		return fmt.Errorf("tree: %s: %w", p, syncError{err})
	}
	return nil
}

func (t *Tree) newest() *metaPage { return &t.slots[newestOf(&t.slots)] }

// become publishes the newest meta as the current root.
func (t *Tree) become() {
	old := t.current.Load()
	r := newRoot(t.f, *t.newest())
	t.roots = append(t.roots, r)
	t.current.Store(r)
	if old != nil {
		old.Release()
	}
}

// Meta returns what the newest checkpoint is of.
func (t *Tree) Meta() Meta { return t.newest().Meta }

// OlderApplied returns the instance of the checkpoint in the other meta slot, 0 if
// that slot is bad. After a power loss the next Open may find that one, so the log
// is kept back to it.
func (t *Tree) OlderApplied() core.Instance { return t.slots[1-newestOf(&t.slots)].Applied }

// Root returns the newest checkpoint's content, retained once for the caller, who
// releases it. Any goroutine may ask.
func (t *Tree) Root() *Root {
	for {
		if r := t.current.Load(); r.Retain() {
			return r
		}
	}
}

// reusable is the checkpoint through which what was freed may be used again: both
// slots hold later ones, and no root older than it is read.
func (t *Tree) reusable() uint64 {
	at := min(t.slots[0].ckpt, t.slots[1].ckpt)
	live := t.roots[:0]
	for _, r := range t.roots {
		if r.counts.Load() > 0 {
			live = append(live, r)
			at = min(at, r.meta.ckpt)
		}
	}
	clear(t.roots[len(live):])
	t.roots = live
	return at
}

// Begin starts a checkpoint of the newest one with changes on top; nil changes
// nothing. The owner then lets its slices run (Checkpoint.Run) until Done, on any
// goroutine, and takes it with Finish. One at a time: a second one panics.
func (t *Tree) Begin(m Meta, changes Changes) *Checkpoint {
	c := t.begin(m)
	c.busy = true
	if changes != nil {
		c.m.cleared, c.m.edits, c.total = changes.Cleared(), changes.Edits(), uint64(changes.Len())
	}
	return c
}

func (t *Tree) begin(m Meta) *Checkpoint {
	if t.running != nil || t.void != nil {
		assertf("a checkpoint is begun beside another, or in a tree that is void: %v", t.void)
	}
	c := &Checkpoint{t: t, slot: 1 - newestOf(&t.slots), ripe: t.reusable()}
	c.meta = metaPage{Meta: m, ckpt: t.highest + 1}
	t.highest++
	c.w = writer{f: t.f, ckpt: c.meta.ckpt, space: &c.lists.space}
	c.m = merge{f: t.f, w: &c.w, lists: &c.lists, page: make([]byte, PageSize)}
	c.m.out.w = &c.w
	t.running = c
	return c
}

// BeginUpkeep starts a checkpoint of the same state without changes, which only
// frees and moves pages. It is worth it while Stats().Upkeep.
func (t *Tree) BeginUpkeep() *Checkpoint {
	c := t.begin(t.Meta())
	if t.wasteful() {
		used := uint64(t.lists.space.end) - t.lists.space.count - t.lists.space.waits
		c.m.move = &mover{above: uint32(used + used/16 + t.vacuum/16), budget: moveBudget, from: t.resume}
	}
	return c
}

// wasteful says that much of the file is free.
func (t *Tree) wasteful() bool {
	free := t.lists.space.count + t.lists.space.waits
	return free > t.vacuum && free > uint64(t.lists.space.end)/4
}

// Finish takes a checkpoint that is Done, or whose Run gave an error, which it
// returns. A done one becomes the newest root. After disk.ErrFull the tree is as
// it was before Begin, which may be called again; after any other error the tree is
// void: nothing may be concluded from what it holds, and the caller stops.
func (t *Tree) Finish(c *Checkpoint) error {
	if t.running != c || c.err == nil && !c.done {
		assertf("a checkpoint comes back that isn't out, or isn't done")
	}
	if c.err != nil {
		return t.giveUp(c)
	}
	t.running = nil
	t.lists = &c.lists
	t.slots[c.slot], t.size = c.meta, c.size
	t.noteIdle(c)
	t.become()
	return nil
}

// giveUp drops a checkpoint after an error. After a full disk the pages that were
// written behind the end are given back.
func (t *Tree) giveUp(c *Checkpoint) error {
	if t.running = nil; c.isFull() {
		end := max(int64(t.slots[0].pages), int64(t.slots[1].pages)) * PageSize
		err := t.file.Truncate(end)
		if err == nil {
			t.size = end
			return c.err
		}
		c.err = fmt.Errorf("tree: the store file can't be cut: %w", syncError{err})
	}
	t.void = c.err
	return c.err
}

// noteIdle counts the checkpoints without changes that led to nothing, so that they
// end. What such a checkpoint moves or cuts off, the next may take again, if only for
// its own lists: so one that moved pages counts only if the rest of the tree is still
// to be looked at, and one that cut the file only if it was never as short since the
// last changes.
func (t *Tree) noteIdle(c *Checkpoint) {
	underWay := false
	if v := c.m.move; v != nil {
		underWay = v.budget < moveBudget && v.resume != ""
		t.resume = v.resume
	}
	now := lengthOf(c)
	if c.busy {
		t.idle, t.shortest = 0, now
		return
	}
	shorter := now.pages < t.shortest.pages || now.bytes < t.shortest.bytes
	t.shortest = length{min(t.shortest.pages, now.pages), min(t.shortest.bytes, now.bytes)}
	if c.freed > 0 || underWay || shorter {
		t.idle = 0
		return
	}
	t.idle++
}

// length is how long a file is: by its newest meta page, and on disk.
type length struct {
	pages uint32
	bytes int64
}

func lengthOf(c *Checkpoint) length { return length{c.meta.pages, c.size} }

// Abandon drops a checkpoint that isn't Done, with no slice running. The tree is
// as it was before Begin.
func (t *Tree) Abandon(c *Checkpoint) {
	if t.running != c || c.done {
		assertf("a checkpoint is abandoned that isn't out, or is done")
	}
	t.running = nil
}

// Stats describes an open tree.
type Stats struct {
	FileBytes   int64  // as long as the file is now
	Pages       uint64 // of the newest checkpoint, free ones included
	FreePages   uint64 // free, whether they may be used again yet or not
	ToFree      uint64 // unlinked subtrees that wait to be walked
	VacuumPages uint64 // by how much a running vacuum wants to shrink the file; 0: none
	Height      int    // levels, 0 for an empty tree
	Keys        uint64
	Checkpoint  uint64 // number of the newest checkpoint
	Upkeep      bool   // a checkpoint without changes would free or move pages
}

// maxIdle is how many checkpoints without changes may lead to nothing: what was
// freed becomes available two checkpoints later.
const maxIdle = 3

// Stats returns the figures of the newest checkpoint. Owner only.
func (t *Tree) Stats() Stats {
	m, s := t.newest(), &t.lists.space
	st := Stats{FileBytes: t.size, Pages: uint64(m.pages), FreePages: s.count + s.waits,
		ToFree: uint64(len(t.lists.toFree)), Height: m.height, Keys: m.root.keys, Checkpoint: m.ckpt}
	if t.wasteful() {
		st.VacuumPages = st.FreePages
	}
	st.Upkeep = st.ToFree > 0 || (st.VacuumPages > 0 || t.size > int64(m.pages)*PageSize) && t.idle < maxIdle
	return st
}

// Close closes the file. No slice may be running; roots can't be read any more.
func (t *Tree) Close() error { return t.file.Close() }
