package replica

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Config is what Open needs. Core.Incarnation and Core.NewCluster are filled in
// by Open, from the directory and from Rand.
type Config struct {
	Core         core.Config
	Dir          string // of the TLog, on the Disk
	SegmentBytes int64  // a segment is rolled at this size; 0: 64 MiB
	MaxEntries   int    // or at this many entries; 0: no such rule
	Rand         func([]byte)
}

// Replica is a Node with its TLog and its state machine: the one effect loop,
// shared by both hosts. It has one owner, who calls everything but Reads.
//
// The host's loop, the same in production and in the simulator:
//
//	for each input taken: r.Deliver | r.Submit | r.Read | r.Finish | r.DropMaster
//	                      (each with a clock sample taken after the input)
//	then                  out := r.Flush(now); carry out in order
type Replica struct {
	reads ReadView
}

// Request is one client's update. Update is encoded once and never changed.
type Request struct {
	Update []byte
	Tag    any
}

// Status is a snapshot for people and tools.
type Status struct {
	Name        string
	Role        core.Role
	Serving     bool   // master, past its barrier, lease held
	Master      string // as far as known; "" if none
	Ballot      core.Ballot
	Promised    core.Ballot
	Commit      core.Instance
	Applied     core.Instance
	Last        core.Instance // last accepted
	InFlight    int
	Queued      int
	LeaseLeft   time.Duration
	Waiting     string // at first boot: who is missing; blank: why it does not vote
	Incarnation core.Incarnation
	Cluster     core.Incarnation
	Voter       bool
	// Counters since the start.
	Elections, Batches, Syncs, Updates, Drops uint64
	// Refused counts foreign bytes and identities by reason.
	Refused map[string]uint64
}

// Open recovers the log in cfg.Dir, restores the node and starts nothing: the
// first Flush says what to do. It reads and writes d before it returns.
func Open(cfg Config, d disk.Disk, sm StateMachine, now core.Instant) (*Replica, error) {
	panic("being written")
}

// Reads is the published pair, for readers on any goroutine.
func (r *Replica) Reads() *ReadView { return &r.reads }

// Deliver takes in a message that arrived from a peer.
func (r *Replica) Deliver(now core.Instant, env core.Envelope) { panic("being written") }

// Submit takes in a client's update; its Answer comes out of a Flush.
func (r *Replica) Submit(now core.Instant, req Request) { panic("being written") }

// Read takes in a linearizable read for which Reads().Serve had no lease; it is
// answered with a view when there is one, or with ErrNotMaster.
func (r *Replica) Read(now core.Instant, tag any) { panic("being written") }

// Finish takes in the result of a job that has run.
func (r *Replica) Finish(now core.Instant, j *Job) { panic("being written") }

// DropMaster makes a master step down and not stand for two lease periods.
func (r *Replica) DropMaster(now core.Instant) { panic("being written") }

// Flush lets time pass and returns what is to be done. The Output is valid
// until the next call.
func (r *Replica) Flush(now core.Instant) *Output { panic("being written") }

// Status describes the replica at now.
func (r *Replica) Status(now core.Instant) Status { panic("being written") }
