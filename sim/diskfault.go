package sim

import (
	"strings"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// failSync lets the next sync of the node's disk go wrong, in the way that the
// disk of this node has in this run.
func (n *node) failSync() {
	w := n.w
	n.mayStop = true
	n.badSyncs++
	id := Identity{A: n.id(), N: n.badSyncs}
	way := disk.SyncFault(w.choose(Identity{A: n.id()}, DecideSyncFault, Odds{PPM: 900_000, Ways: int(disk.SyncFalseAlarm)}))
	if way == disk.SyncLate && !n.oneSegment() {
		way = disk.SyncKeeps
	}
	w.counts[FaultSyncFails+Fault(way)]++
	w.line(n.id(), "its next sync goes wrong: %v", way)
	n.late = n.late || way == disk.SyncLate
	n.disk.FailSyncAs(1, way, func(op disk.Op) bool {
		id.M++
		return w.choose(id, DecideSyncLost, Odds{700_000, 1}) != 0 && (way != disk.SyncLate || strings.HasSuffix(op.Path, ".tlog"))
	})
	if way == disk.SyncKeeps {
		n.evictLater(id)
	}
}

// oneSegment says that the log never rolls. A sync that lies is a loss of
// acknowledged bytes, which a node can make good only if its memory still has
// them and the next sync, of the same file, tells it to start anew. So such
// faults happen only there, and power and memory last until the new start.
func (n *node) oneSegment() bool { return n.w.opts.MaxEntries == 0 && n.w.opts.Segment == 0 }

// eat lets the system fail to write back what a process left that crashed.
func (n *node) eat(id Identity) {
	w := n.w
	odds := Odds{w.opts.Eaten, 1}
	if len(n.disk.Pending()) == 0 || w.choose(id, DecideEaten, odds) == 0 {
		return
	}
	w.counts[FaultEaten]++
	w.line(n.id(), "what it left in memory can't be written back")
	each := id
	n.disk.FailWriteback(func(disk.Op) bool {
		each.M++
		return w.choose(each, DecideEaten, Odds{700_000, 1}) != 0
	})
	n.evictLater(id)
}

// evictLater lets memory drop, at some time, what will never be durable.
func (n *node) evictLater(id Identity) {
	w := n.w
	c := w.choose(id, DecideEvict, Odds{w.opts.Evict, len(w.laws.fault) - 1})
	if c == 0 {
		return
	}
	d := n.disk
	w.push(event{at: w.now + w.laws.fault[c], kind: evScript, run: func() {
		gone := 0
		if d == n.disk && !n.late && !n.doubtful() {
			gone = d.Evict(func(disk.Op) bool {
				id.M++
				return w.choose(id, DecideEvict, Odds{500_000, 1}) != 0
			})
		}
		if gone > 0 {
			w.counts[FaultEvict]++
			w.line(n.id(), "memory drops %d writes that never became durable", gone)
		}
	}})
}

// fullness is how much room a full disk still has, in bytes.
var fullness = [...]int64{0, 100, 512, 4096, 4097, 8192, 20_000, 60_000}

// fill takes all room from the disk, or nearly all, for a while. The node must live
// with it, and go on by itself afterwards.
func (n *node) fill(span int64) {
	w := n.w
	n.fills++
	left := fullness[w.choose(Identity{A: n.id(), N: n.fills}, DecideFull, Always(len(fullness)-1))]
	n.noRoom = max(n.noRoom, w.now+span)
	n.disk.SetCapacity(n.disk.Used() + left + 1)
	d := n.disk
	w.push(event{at: w.now + span, kind: evScript, run: func() {
		if n.noRoom <= w.now {
			d.SetCapacity(0)
		}
	}})
}
