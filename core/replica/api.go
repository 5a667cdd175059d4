package replica

import (
	"errors"

	"github.com/openvstorage/arakoon-go/core"
)

// Result is what the state machine made of one update. Only the state machine
// and the host look inside.
type Result = any

// View is an immutable state of the state machine, for many readers at once; it
// is counted, see core.View.
type View = core.View

// StateMachine is what a Replica drives; the contract stands in core.
type StateMachine = core.StateMachine

// Errors of answers; test with errors.Is.
var (
	// ErrNotMaster: nothing happened, the update may be sent elsewhere.
	ErrNotMaster = errors.New("not the master")
	// ErrOutcomeUnknown: the update may be chosen yet, or never.
	ErrOutcomeUnknown = errors.New("mastership was lost while the update was under way: its outcome is unknown")
	// ErrBusy: the queue is full, nothing happened.
	ErrBusy = errors.New("too many requests are waiting")
	// ErrDiskFull: the node is short of disk space and takes only what needs none
	// (deletes, administration); nothing happened.
	ErrDiskFull = errors.New("the disk of the master is nearly full: only deletes are accepted until there is room")
	// ErrReadOnly: the configuration lets no client change anything; nothing happened.
	ErrReadOnly = errors.New("this node is read-only")
	// ErrNoView: this node has no state to read from: it is being rebuilt, or its
	// state differs from the others'.
	ErrNoView = errors.New("this node has no state that may be read")
)

// Answer ends a request: of Submit (Result or Err), of Read and ReadLocal (View or
// Err), or of administration (Err). The receiver releases the View.
type Answer struct {
	Tag    any // as given with the request
	Result Result
	View   View
	// Progress is a step of a long request, which an Answer without one ends.
	Progress *Progress
	// Instance in which the update was applied, or up to which View has applied.
	Instance core.Instance
	Err      error
}

// Progress says that Step of Steps is done.
type Progress struct{ Step, Steps int }

// Output is what the host does after it has drained its inputs, in this order.
type Output struct {
	Send    []core.Envelope // to the peers; consecutive ones to a seat share a frame
	Jobs    []*Job          // to run, each on a goroutine of its kind, then Finish
	Answers []Answer
	Wake    core.Instant // Flush again at this instant at the latest
	// Fatal asks the host to stop externalizing and exit: a sync failed, or own
	// state is wrong. Everything else in this Output is void.
	Fatal error
}

// JobKind says on which goroutine a Job runs. Jobs of a kind run in order; at
// most one is out at a time, except JobRead and looks at the free space (JobUpkeep).
type JobKind uint8

// The kinds of jobs.
const (
	JobSync       JobKind = iota // append and sync the log
	JobApply                     // apply a run of instances
	JobRead                      // read the log for a peer
	JobCheckpoint                // a slice of a checkpoint, or of looking after the tree
	JobUpkeep                    // compress, remove or prepare a piece of the log
	JobExport                    // read a chunk of a snapshot for a peer
	JobImport                    // take a chunk of a snapshot in
	jobKinds
)

// JobKinds is how many kinds there are.
const JobKinds = int(jobKinds)

var jobNames = [...]string{"sync", "apply", "read", "checkpoint", "upkeep", "export", "import"}

func (k JobKind) String() string { return jobNames[k] }

// Job is work that may take time. Run touches nothing that the Replica's owner
// touches meanwhile; its result comes back through Finish.
type Job struct {
	Kind JobKind
	run  func()
	// finish takes the result in, on the owner's side.
	finish func(now core.Instant)
}

// Run does the work. A crash of the node may end it after any disk operation.
func (j *Job) Run() { j.run() }
