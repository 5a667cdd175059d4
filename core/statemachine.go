package core

import "errors"

// StateMachine is what a Replica drives: the store of one node, in memory tables
// over checkpoints on disk. It stands here, and not beside the Replica, so that
// a store needs to know no more than this package.
//
// Admit may be called by anybody at any time. Apply runs inside one job at a
// time, a Slice and an Import inside one job each, all of them beside the
// others; everything else is called by the owner of the Replica, and where it
// says so, only while Apply, or nothing at all, runs.
type StateMachine interface {
	// Bind ties the state to the log directory of that incarnation: a new state takes
	// it, and one that belongs to another is refused. Called once, before all else.
	Bind(incarnation Incarnation) error
	// Grows says whether an update may need room on the disk: a node that is short
	// of it refuses those, and lets deletes pass.
	Grows(update []byte) bool
	// Admit says whether an update may enter the log: it looks at the update and at
	// fixed limits, not at the state. What passed can't stop a node later.
	Admit(update []byte) error
	// Apply executes instance i, the one after Applied: one result per update of a
	// batch, none for control entries. It is total; an error says that the own
	// state can't be read any more, and this node must not go on with it.
	Apply(i Instance, v Value) ([]any, error)
	// Applied returns the last instance that was applied. Not during Apply.
	Applied() Instance
	// View returns the state after the last Apply, counted once for the caller.
	// Not during Apply, unless by the job that applied.
	View() View
	// Setting returns the newest locality setting that was applied (the Setting of
	// its Value); nil: none.
	Setting() []byte

	// Full says that there is no room in memory before the running checkpoint has come
	// further: apply waits, and a master admits nothing more. Not during Apply.
	Full() bool
	// Dirty says that something was applied since the last freeze point. Not during
	// Apply.
	Dirty() bool
	// Frozen returns the instance of the frozen state that waits to be written or
	// is being written; 0: none. Not during Apply.
	Frozen() Instance
	// Freeze freezes what there is, for a clean stop or an operator: it is no freeze
	// point, and changes no digest. Not during Apply. False if a frozen state is
	// there already, or both checkpoints are of the present state.
	Freeze() bool
	// Need is an upper bound of what the running and the next checkpoint may add to
	// the disk, in bytes. Not during Apply.
	Need() int64
	// NextSlice hands out the next piece of background work: of the checkpoint of
	// the frozen state, or of looking after the file. Nil: nothing to do. A frozen
	// state is begun only if log says that its entries are durable there. One slice
	// is out at a time, until FinishSlice takes it back, both also during Apply: what
	// Apply and views read changes its place, not its content. An error other than
	// disk.ErrFull means that the file must not be used any more.
	NextSlice(log bool) Slice
	FinishSlice(s Slice) error
	// Checkpoints returns the instances of the newest durable checkpoint and of the
	// one before, either of which a restart may find.
	Checkpoints() (newest, older Instance)
	// Installed says that the newest checkpoint came by a snapshot, not from the log.
	Installed() bool
	// Marks returns the digests that are new since the last call. Not during Apply.
	Marks() []Mark

	// Export reads the newest checkpoint for a peer; nil: there is none.
	Export() Export
	// Import begins to install a snapshot; manifest is an Export's.
	Import(manifest []byte) (Import, error)
	// Adopt goes on from the state that a finished Import has put in place. Not
	// while anything runs.
	Adopt(i Import) error
	// Reset throws the state away: it is kept aside on the disk under a name that
	// ends in label, and the state machine is as new. Not while anything runs.
	Reset(label string) error
	// Close gives up the files. Not while anything runs.
	Close() error
}

// View is an immutable state for readers on any goroutine. It is counted: whoever
// has one releases it once.
type View interface {
	// Retain adds one to the count; false if it was zero, so that the view is gone.
	Retain() bool
	Release()
}

// Slice is a bounded piece of work for any goroutine. A crash may end it after
// any disk operation.
type Slice interface{ Run() }

// Export is a checkpoint that is read in chunks, in the order of the keys.
type Export interface {
	Instance() Instance
	Manifest() []byte
	// Read returns the chunk of about max bytes whose entries come after the key
	// (begin: the first), and its last key; on any goroutine, one at a time.
	Read(after []byte, begin bool, max int) (chunk, last []byte, done bool, err error)
	Close()
}

// ErrSnapshot says that a snapshot is not what its manifest announces.
var ErrSnapshot = errors.New("the snapshot is not what was announced")

// Import is a snapshot that is being installed beside the present state.
type Import interface {
	Instance() Instance
	// After returns the last key taken in; begin: none yet.
	After() (last []byte, begin bool)
	// Add takes in the next chunk; in a job. Foreign bytes that are wrong give an
	// error, and change nothing.
	Add(chunk []byte) error
	// Finish verifies the whole against the manifest and puts it in place, durably;
	// in a job. After it the snapshot is what a restart finds. After ErrSnapshot and
	// disk.ErrFull it is not in place; after any other error nobody can tell, and the
	// node must stop.
	Finish() error
	// Abort throws away what was taken in.
	Abort()
}
