package kvstore

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Stats describes a store, for people and metrics.
type Stats struct {
	Tree  tree.Stats // zero without a file
	Cache tree.CacheStats

	ActiveEntries, FrozenEntries int    // cells in memory
	ActiveBytes, FrozenBytes     uint64 // keys and values written to the tables, overwritten ones included
	SincePoint                   uint64 // entries since the last freeze point
	FailedReads                  uint64 // reads that met a page they couldn't read

	Checkpoints  int           // finished by this process
	PagesWritten int           // by all of them
	Checkpoint   core.Instance // of the newest one,
	Keys         uint64        // its keys
	Content      Digest        // and content digest
	Points       []core.Mark   // content marks of the last freeze points, ascending
}

// Stats returns the figures. Owner only, not during Apply.
func (s *Store) Stats() Stats {
	b, c, o := s.base.p.Load(), &s.counters, &s.owner
	st := Stats{ActiveEntries: s.txn.table.cells.Len(), ActiveBytes: c.heldSize, SincePoint: c.entries,
		FailedReads: s.failedReads.Load(), Checkpoints: o.done, PagesWritten: o.written, Points: o.points}
	if b.frozen != nil {
		st.FrozenEntries, st.FrozenBytes = b.frozen.cells.Len(), b.frozen.heldSize
	}
	if o.file != nil {
		st.Tree = o.file.tree.Stats()
		st.Checkpoint, st.Keys, st.Content = b.root.Meta().Applied, b.root.Keys(), b.root.Sum()
	}
	if s.opts.Cache != nil {
		st.Cache = s.opts.Cache.Stats()
	}
	return st
}

// Progress says what the running checkpoint does, and how many of how many entries
// it has written; "" if there is none. Owner only, while no slice is out.
func (s *Store) Progress() (what string, done, total uint64) {
	switch r := s.owner.running; {
	case r == nil:
		return "", 0, 0
	case r.frozen == nil:
		st := s.owner.file.tree.Stats()
		return "store upkeep", 0, st.ToFree + st.VacuumPages
	default:
		done, total = r.tree.Progress()
		return "checkpoint", done, total
	}
}

// Bounds of what a checkpoint adds to the file: every entry may cost a page of its
// own, but no page is written twice, so no more than there are; branch pages and
// the free list come on top.
const (
	pageBytes  = 4096
	needBranch = 16      // one branch page or page of a list for so many others, at least
	needFixed  = 1 << 20 // bytes
)

// Need implements core.StateMachine.
func (s *Store) Need() int64 {
	if s.owner.file == nil {
		return 0
	}
	have := s.owner.file.tree.Stats().FileBytes
	need := needOf(have, s.txn.table.cells.Len(), s.counters.heldSize)
	if f := s.base.p.Load().frozen; f != nil {
		need += needOf(have, f.cells.Len(), f.heldSize)
	}
	return need
}

// needOf bounds what the checkpoint of a table adds to a file of have bytes.
func needOf(have int64, entries int, size uint64) int64 {
	rewritten := min(int64(entries)*pageBytes, have)
	added := 2*int64(size) + int64(entries)*entryHeader
	sum := rewritten + added
	return sum + sum/needBranch + needFixed
}
