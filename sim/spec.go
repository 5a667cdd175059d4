package sim

import "github.com/openvstorage/arakoon-go/core"

// SpecTrace is what a run looks like to the spec: the spec actions of all nodes in
// their true order, with what nodes found on their disks at starts, what they served
// and which checkpoints became durable. It decides nothing.
type SpecTrace struct {
	w      *World
	Events []SpecEvent
	snaps  [MaxNodes]core.Instance // newest checkpoint noted, by seat
}

// SpecSort says what a SpecEvent is of.
type SpecSort uint8

// The sorts of events of a SpecTrace.
const (
	SpecAction     SpecSort = iota // of the core
	SpecRead                       // a read under a lease showed the state after Event.Instance
	SpecCheckpoint                 // the store durably is the state after Event.Instance
)

// SpecEvent is one line in the making.
type SpecEvent struct {
	At    int64 // true time, ns since the run began
	Seat  core.Seat
	Life  uint32
	Sort  SpecSort
	Event core.Event
}

// RecordSpec lets the run keep its spec actions. To be called before Run.
func (w *World) RecordSpec() *SpecTrace {
	w.spec = &SpecTrace{w: w}
	return w.spec
}

func (t *SpecTrace) note(n *node, sort SpecSort, e core.Event) {
	if t != nil {
		t.Events = append(t.Events, SpecEvent{t.w.now, n.seat, n.life, sort, e})
	}
}

// started takes in what a node that starts has found on its disk.
func (t *SpecTrace) started(n *node) {
	if t == nil {
		return
	}
	for _, e := range n.replica.Restarted() {
		t.note(n, SpecAction, e)
	}
}

// checkpointed takes in that a job has changed a node's store.
func (t *SpecTrace) checkpointed(n *node) {
	if t == nil || n.replica == nil {
		return
	}
	newest, _ := n.machine.Checkpoints()
	if newest > t.snaps[n.seat] {
		t.snaps[n.seat] = newest
		t.note(n, SpecCheckpoint, core.Event{Instance: newest})
	}
}

// Voters returns the seats that vote in this run.
func (t *SpecTrace) Voters() core.SeatSet { return t.w.opts.voters() }

// Nodes returns how many seats there are.
func (t *SpecTrace) Nodes() int { return t.w.opts.Nodes }

// Period returns the lease period of all nodes, ns.
func (t *SpecTrace) Period() int64 { return int64(t.w.opts.Lease) }
