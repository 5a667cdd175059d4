package sim

import (
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// Check K11: checkpoint and log leave no gap. What is removed may be gone for good
// before anything that was written after the last sync is there, so after a job that
// may have removed log, or made a checkpoint, a copy of the disk loses power and
// keeps of the pending operations only those on names; and another one keeps nothing,
// as for K10. Both must open, and what they hold must leave no gap.

// coverEvery is how many slices of checkpoints pass between two looks: a checkpoint
// removes nothing, so a slice can at most end what a removal relied on too early.
const coverEvery = 8

// changesCover says whether K11 looks after this job, the n-th of its kind: if it
// removed a file, if it may have put a snapshot in place, or by sample.
func (n *node) changesCover(kind replica.JobKind, nth uint32) bool {
	seen, now := n.covered, n.disk.Counters()
	switch kind {
	case replica.JobUpkeep:
		n.covered.Removed = now.Removed
		return now.Removed != seen.Removed && n.coverDue()
	case replica.JobImport:
		n.covered.Renamed = now.Renamed
		return now.Renamed != seen.Renamed
	case replica.JobCheckpoint:
		return nth%coverEvery == 0
	case replica.JobSync, replica.JobApply, replica.JobRead, replica.JobExport:
		return false
	default:
		panic("sim: job of kind " + kind.String())
	}
}

// coverPart is of how many bytes on a disk one in so many removals is looked at: a
// look costs what the disk holds.
const coverPart = 64 << 10

// coverDue counts a removal, and says whether it is one to look at.
func (n *node) coverDue() bool {
	if n.uncovered++; int64(n.uncovered) < n.disk.Used()/coverPart {
		return false
	}
	n.uncovered = 0
	return true
}

// covers judges what a power loss of the node would leave now if only names came
// through.
func (n *node) covers() *violation {
	if n.late || n.wire.failed || len(n.disk.Pending()) == 0 {
		return nil // not known what is durable; or nothing has changed that K10 doesn't see
	}
	d := n.disk.Clone()
	d.SetCapacity(0)
	d.PowerLoss(namesOnly)
	return n.judgeImage(d)
}

// namesOnly lets the names of files become what they are, and nothing else.
func namesOnly(op disk.Op) disk.Fate {
	switch op.Kind {
	case disk.OpRemove, disk.OpRename:
		return disk.Fate{Kind: disk.Kept}
	case disk.OpWrite, disk.OpSize, disk.OpCreate:
		return disk.Fate{Kind: disk.Lost}
	default:
		panic("sim: an operation of the disk that K11 does not know")
	}
}
