package replica

import (
	"errors"

	"github.com/openvstorage/arakoon-go/core"
)

// Result is what the state machine made of one update. Only the state machine
// and the host look inside.
type Result = any

// View is an immutable state of the state machine, for many readers at once.
type View = any

// StateMachine is what a Replica drives; core.StateMachine takes its place with
// the store on disk. Admit is called by the owner of the
// Replica; everything else inside one apply Job at a time, or by the owner while
// none is out.
type StateMachine interface {
	// Admit says whether an update may enter the log: it looks at the update and
	// at fixed limits, not at the state. What passed can't stop a node later.
	Admit(update []byte) error
	// Apply executes instance i, the one after Applied. It is total: one result
	// per update. A control entry has no updates.
	Apply(i core.Instance, updates [][]byte) []Result
	// View returns the state after the last Apply.
	View() View
	// Applied returns the last instance that was applied.
	Applied() core.Instance
}

// Errors of answers; test with errors.Is.
var (
	// ErrNotMaster: nothing happened, the update may be sent elsewhere.
	ErrNotMaster = errors.New("not the master")
	// ErrOutcomeUnknown: the update may be chosen yet, or never.
	ErrOutcomeUnknown = errors.New("mastership was lost while the update was under way: its outcome is unknown")
	// ErrBusy: the queue is full, nothing happened.
	ErrBusy = errors.New("too many requests are waiting")
)

// Answer ends a request: of Submit (Result or Err) or of Read and ReadLocal (View or
// Err).
type Answer struct {
	Tag    any // as given with the request
	Result Result
	View   View
	// Instance in which the update was applied, or up to which View has applied.
	Instance core.Instance
	Err      error
}

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
// most one is out at a time, except JobRead.
type JobKind uint8

// The kinds of jobs.
const (
	JobSync  JobKind = iota // append and sync the log
	JobApply                // apply a run of instances
	JobRead                 // read the log for a peer
)

var jobNames = [...]string{"sync", "apply", "read"}

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
