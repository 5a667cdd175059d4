package kvstore

import (
	"errors"
	"fmt"

	"github.com/tidwall/btree"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// checkpoint is one that is being written.
type checkpoint struct {
	tree   *tree.Checkpoint
	frozen *frozen // nil: one of upkeep, which changes nothing but pages
}

// slice is a piece of the running checkpoint.
type slice struct {
	tree *tree.Checkpoint
	err  error // tree.Finish gives it
}

// Run implements core.Slice.
func (s *slice) Run() { s.err = s.tree.Run() }

// changes shows a frozen table to the tree.
type changes struct{ *layer }

// Cleared implements tree.Changes.
func (c changes) Cleared() []tree.Range {
	var ranges []tree.Range
	c.cleared.Scan(func(prefix string, _ clearing) bool {
		ranges = append(ranges, tree.Range{Lo: prefix, Hi: upTo(prefix)})
		return true
	})
	return ranges
}

// upTo is the upper bound of the keys with a prefix.
func upTo(prefix string) tree.Bound {
	end, some := prefixEnd(prefix)
	return tree.Bound{Key: end, Some: some}
}

// Edits implements tree.Changes.
func (c changes) Edits() tree.Edits { return &edits{iter: c.cells.Iter()} }

// Len implements tree.Changes.
func (c changes) Len() int { return c.cells.Len() }

// edits walks over the cells.
type edits struct {
	iter  btree.MapIter[string, *cell]
	ended bool
}

// Next implements tree.Edits.
func (e *edits) Next() (tree.Edit, bool) {
	if e.ended || !e.iter.Next() {
		e.ended = true
		return tree.Edit{}, false
	}
	c := e.iter.Value()
	return tree.Edit{Key: e.iter.Key(), Value: c.value, Deleted: c.deleted}, true
}

// Full implements core.StateMachine: the active table has grown further than the
// frozen one is written. From half of its freeze point on it may grow as the
// checkpoint proceeds, so that a checkpoint that is too slow slows updates down and
// doesn't stop them; it reaches the point when the frozen table is gone.
func (s *Store) Full() bool {
	f := s.base.p.Load().frozen
	if f == nil {
		return false
	}
	c, parts := &s.counters, tableParts/2+uint64(f.written.Load())*15/32
	return c.held*tableParts >= s.opts.FreezeEntries*parts || c.heldSize*tableParts >= s.opts.FreezeBytes*parts
}

// tableParts is into how many parts a table's growth and its writing are divided.
const tableParts = 1024

// Dirty implements core.StateMachine.
func (s *Store) Dirty() bool { return s.counters.entries > 0 }

// Frozen implements core.StateMachine.
func (s *Store) Frozen() core.Instance {
	if f := s.base.p.Load().frozen; f != nil {
		return f.applied
	}
	return 0
}

// Freeze implements core.StateMachine.
func (s *Store) Freeze() bool {
	b := s.base.p.Load()
	if b.root == nil || b.frozen != nil || s.broken != nil {
		return false
	}
	if newest, older := s.Checkpoints(); newest == s.applied && older == s.applied {
		return false
	}
	s.freeze(false)
	return true
}

// NextSlice implements core.StateMachine.
func (s *Store) NextSlice(log bool) core.Slice {
	o := &s.owner
	if o.file == nil || o.void != nil {
		return nil
	}
	if o.out {
		panic("kvstore: a slice is out already")
	}
	if len(o.retired) > 0 {
		s.closeRetired() // an error of a file that nobody needs any more
	}
	if o.running == nil {
		s.begin(log)
	}
	if o.running == nil {
		return nil
	}
	o.out = true
	return &slice{tree: o.running.tree}
}

// begin starts a checkpoint, of the frozen table or of the file's pages alone, if
// there is something to do.
func (s *Store) begin(log bool) {
	o := &s.owner
	f := s.base.p.Load().frozen
	switch {
	case f != nil && log:
		m := f.meta
		m.incarnation, m.marks = o.incarnation, o.points
		state := tree.Meta{Applied: f.applied, State: m.encode()}
		o.running = &checkpoint{tree: o.file.tree.Begin(state, changes{&f.layer}), frozen: f}
	case o.file.tree.Stats().Upkeep:
		o.running = &checkpoint{tree: o.file.tree.BeginUpkeep()}
	}
}

// FinishSlice implements core.StateMachine. After disk.ErrFull the frozen table is
// still there, and the next slice begins anew.
func (s *Store) FinishSlice(done core.Slice) error {
	o := &s.owner
	if !o.out {
		panic("kvstore: no slice is out")
	}
	o.out = false
	c := o.running
	if c.frozen != nil {
		made, all := c.tree.Progress()
		c.frozen.written.Store(uint32(made * tableParts / max(all, 1)))
	}
	if done.(*slice).err == nil && !c.tree.Done() {
		return nil
	}
	o.running = nil
	o.written += c.tree.PagesWritten()
	if err := o.file.tree.Finish(c.tree); err != nil {
		if !errors.Is(err, disk.ErrFull) {
			o.void = err
		}
		return s.explained(fmt.Errorf("kvstore: checkpoint of %s: %w", s.opts.Path, err))
	}
	s.install(c)
	return nil
}

// install puts the tree of a finished checkpoint into the base. It shows what the
// frozen table and the old tree showed.
func (s *Store) install(c *checkpoint) {
	o := &s.owner
	root := o.file.tree.Root()
	if c.frozen != nil {
		o.done++
		s.notePoint(c.frozen, root)
	}
	for {
		b := s.base.p.Load()
		next := &base{frozen: b.frozen, root: root, file: o.file}
		if c.frozen != nil {
			next.frozen = nil
		}
		if have, want := next.keys(), b.keys(); have != want {
			panic(fmt.Sprintf("kvstore: checkpoint of instance %d has %d keys, not %d", root.Meta().Applied, have, want))
		}
		if s.base.p.CompareAndSwap(b, next) {
			b.root.Release()
			return
		}
	}
}

// notePoint keeps the content mark of a freeze point.
func (s *Store) notePoint(f *frozen, root *tree.Root) {
	if !f.meta.point {
		return
	}
	o := &s.owner
	mark := core.Mark{Instance: f.applied, Kind: core.MarkContent, Sum: contentSum(root.Keys(), root.Sum())}
	o.points = withMark(o.points, mark)
	o.news = withMark(o.news, mark)
}

// Checkpoints implements core.StateMachine.
func (s *Store) Checkpoints() (newest, older core.Instance) {
	if s.owner.file == nil {
		return 0, 0
	}
	return s.owner.file.tree.Meta().Applied, s.owner.file.tree.OlderApplied()
}

// Installed implements core.StateMachine.
func (s *Store) Installed() bool { return s.owner.file != nil && s.owner.file.tree.Meta().Installed }

// Marks implements core.StateMachine.
func (s *Store) Marks() []core.Mark {
	marks := append(s.marks, s.owner.news...)
	s.marks, s.owner.news = nil, nil
	return marks
}
