package disk

import (
	"fmt"
	"slices"
)

// SyncFault is how a sync of a file goes wrong. What it covers are the file's
// pending operations; the caller says which of the covered writes never reach
// the platter. A sync of a directory knows one way only: SyncFails.
type SyncFault uint8

// The ways. FS1 to FS5 are the modes that real file systems were seen to have;
// FS5 is no way of one sync: see FailWriteback.
const (
	// SyncFails: error; all that it covered stays pending, and may be synced later.
	SyncFails SyncFault = iota
	// SyncKeeps (FS1): error; reads go on to show the new bytes, whose pages count as
	// clean now: the next sync succeeds, and makes none of the lost ones durable.
	SyncKeeps
	// SyncReverts (FS2): error; the file is as its durable image again.
	SyncReverts
	// SyncLate (FS3): success, although some writes are lost as in SyncKeeps; the
	// file's next sync gives the error.
	SyncLate
	// SyncFalseAlarm (FS4): error, although everything is durable.
	SyncFalseAlarm
	// SyncLies: success, and nobody ever hears that writes landed elsewhere or
	// nowhere: see LieOnSync.
	SyncLies
	syncFaultEnd
)

var syncFaultNames = [...]string{"fails", "keeps", "reverts", "late", "false-alarm", "lies"}

// String names the fault, for traces.
func (f SyncFault) String() string { return syncFaultNames[f] }

// FailSyncAs lets the n-th next sync (1: the next) of a file or directory go wrong
// in that way; lost chooses among the writes that it covers, in the order of
// issue, those that never reach the platter, and is asked by SyncKeeps and
// SyncLate only. n = 0 disarms it.
func (m *Mem) FailSyncAs(n int, f SyncFault, lost func(Op) bool) {
	if f >= syncFaultEnd {
		panic(fmt.Sprintf("disk: sync fault %d", f))
	}
	m.faults.syncIn, m.faults.syncAs, m.faults.syncLost = n, f, lost
}

// FailSync lets the n-th next sync (1: the next) of a file or directory fail
// with ErrSync; what it covered stays visible and pending. 0 disarms it.
func (m *Mem) FailSync(n int) { m.FailSyncAs(n, SyncFails, nil) }

// FailWriteback lets the background writing of the chosen pending writes fail:
// reads go on to show their bytes, no later sync makes them durable. The handles
// that are open now hear of it at their next Sync; a handle opened later never
// does (FS5: the error went to somebody else).
func (m *Mem) FailWriteback(lost func(Op) bool) {
	hit := map[*inode]bool{}
	m.lose(func(op *pendingOp) bool {
		if op.Kind != OpWrite || !lost(op.Op) {
			return false
		}
		hit[op.node] = true
		return true
	})
	for n := range hit { // counts: the order can't matter
		n.errors++
	}
}

// Stale returns the writes that reads show although they are neither durable nor
// pending: what a failed sync or writeback left in memory. In the order of issue.
func (m *Mem) Stale() []Op {
	ops := make([]Op, len(m.stale))
	for i, op := range m.stale {
		ops[i] = op.Op
	}
	return ops
}

// Owing reports whether a sync to come is going to fail: it was told to, or a file still
// has to tell of an earlier one that only seemed to succeed.
func (m *Mem) Owing() bool {
	owing := m.faults.syncIn > 0
	for _, d := range m.dirs { // any: the order can't matter
		for _, n := range d.visible {
			owing = owing || n.late
		}
	}
	return owing
}

// Evict drops the chosen stale writes from memory: reads then show what their
// sectors durably hold. A sector that has a pending write stays, since its page
// is dirty. It returns how many went.
func (m *Mem) Evict(chosen func(Op) bool) int {
	dirty := map[sectorKey]bool{}
	for _, op := range m.pending {
		if op.Kind == OpWrite {
			dirty[sectorKey{op.node, op.Off / SectorSize}] = true
		}
	}
	gone := map[sectorKey]bool{} // a page goes as a whole
	for _, op := range m.stale {
		if k := op.sector(); !dirty[k] && !gone[k] && chosen(op.Op) {
			gone[k] = true
			op.node.reread(k.sector)
		}
	}
	before := len(m.stale)
	m.stale = slices.DeleteFunc(m.stale, func(op *pendingOp) bool { return gone[op.sector()] })
	return before - len(m.stale)
}

// rewritten forgets the stale writes within a range that is written again.
func (m *Mem) rewritten(n *inode, from, to int64) {
	if len(m.stale) == 0 {
		return
	}
	m.stale = slices.DeleteFunc(m.stale, func(op *pendingOp) bool {
		return op.node == n && op.Off >= from && op.Off+int64(op.Len) <= to
	})
}

func (op *pendingOp) sector() sectorKey { return sectorKey{op.node, op.Off / SectorSize} }

// reread makes the visible bytes of a sector what is durable: zeros behind the end.
func (n *inode) reread(sector int64) {
	from := sector * SectorSize
	to := min(from+SectorSize, n.visible.size)
	if from >= to {
		return
	}
	held := make([]byte, to-from)
	n.durable.readAt(held, from)
	n.visible.writeAt(held, from)
}

// lose takes the chosen pending writes away from all later syncs.
func (m *Mem) lose(chosen func(*pendingOp) bool) {
	m.pending = slices.DeleteFunc(m.pending, func(op *pendingOp) bool {
		if !chosen(op) {
			return false
		}
		m.stale = append(m.stale, op)
		return true
	})
}

// syncAs carries out the file's sync as the fault says.
func (f *memFile) syncAs(fault SyncFault, lost func(Op) bool) error {
	covered := func(op *pendingOp) bool { return op.node == f.n && op.dir == nil }
	err := fmt.Errorf("%w: %s", ErrSync, f.path)
	switch fault {
	case SyncFails:
		return err
	case SyncKeeps, SyncLate:
		f.m.lose(func(op *pendingOp) bool { return covered(op) && op.Kind == OpWrite && lost != nil && lost(op.Op) })
		f.m.settle(covered)
		if fault == SyncLate {
			f.n.late = true
			return nil
		}
		return err
	case SyncReverts:
		f.m.pending = slices.DeleteFunc(f.m.pending, covered)
		f.m.stale = slices.DeleteFunc(f.m.stale, covered)
		f.n.durable.resize(f.n.durableSize)
		f.n.visible = f.n.durable.share()
		return err
	case SyncFalseAlarm:
		f.m.settle(covered)
		return err
	case SyncLies:
		f.m.goAstray(covered, f.m.faults.lands)
		return nil
	case syncFaultEnd:
	}
	panic(fmt.Sprintf("disk: sync fault %d", fault))
}

// owes reports, once, that an earlier error is this handle's to tell.
func (f *memFile) owes() bool {
	told := f.errors == f.n.errors && !f.n.late
	f.errors, f.n.late = f.n.errors, false
	return !told
}
