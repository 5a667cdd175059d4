package replica

import (
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

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
	Waiting     string // why this node doesn't vote or lead yet, and who is missing
	Incarnation core.Incarnation
	Cluster     core.Incarnation
	Voter       bool
	// Counters since the start.
	Elections, Batches, Syncs, Updates uint64
	// ReplayFrom and ReplayThrough are what this start had to execute again.
	ReplayFrom, ReplayThrough core.Instance
	Checkpoint, Older         core.Instance // of the two checkpoints on disk
	Frozen                    core.Instance // being written
	Slices                    uint64        // of checkpoints and looking after the tree
	Full                      bool          // apply waits for the running checkpoint
	Log                       tlog.Stats
	Kept                      core.Instance // the log is needed from here on
	UpkeepError               string
	DiskFree                  uint64 // bytes; 0: not known
	DiskLow, DiskFull         bool   // growth is refused; a write found no room
	Verdict                   core.Verdict
	Diverged                  uint64 // how often this node was found to differ
	Rebuilding                bool
	Install                   InstallStatus
	Exports                   int    // snapshots that peers are reading
	ChunksSent                uint64 // of snapshots
	Collapsing                bool
	Protocol                  ProtocolStatus
	// Refused counts foreign bytes and identities by reason.
	Refused map[string]uint64
}

// InstallStatus is how far the installing of a snapshot is.
type InstallStatus struct {
	Running  bool
	From     string
	Instance core.Instance
	Chunks   uint64 // taken in since the start
	Done     uint64 // snapshots installed since the start
	Error    string // why the last try ended
}

// Status describes the replica at now.
func (r *Replica) Status(now core.Instant) Status {
	n := r.node
	s := Status{Name: r.cfg.nodeName(), Role: n.Role(), Ballot: n.Ballot(), Promised: n.Promised(),
		Commit: n.Commit(), Applied: r.applier.applied, Last: n.Last(), InFlight: n.InFlight(),
		Queued: len(r.queue.requests), Incarnation: r.cfg.Core.Incarnation, Cluster: n.Cluster(), Voter: n.Voter(),
		Elections: r.counts.elections, Batches: r.counts.batches, Syncs: r.counts.syncs, Updates: r.counts.updates,
		Waiting: r.waitingFor(), Refused: map[string]uint64{}}
	r.stateStatus(now, &s)
	if m := n.Master(); m != core.NoSeat {
		s.Master = r.cfg.Core.Seats[m].Name
	}
	if left := n.LeaseEnd().Sub(now); left > 0 {
		s.Serving, s.LeaseLeft = true, left
	}
	for reason, count := range n.Refused() { // a copy; order doesn't matter
		s.Refused[reason] = count
	}
	return s
}

// stateStatus fills in what stands below the node: store, log, disk.
func (r *Replica) stateStatus(now core.Instant, s *Status) {
	s.ReplayFrom, s.ReplayThrough = r.replay.from, r.replay.through
	s.Checkpoint, s.Older = r.sm.Checkpoints()
	s.Frozen, s.Slices, s.Full = r.ckpt.frozen, r.ckpt.slices, r.full
	s.Log, s.Kept, s.UpkeepError = r.log.Stats(), r.kept(now), r.upkeep.error
	s.DiskFree, s.DiskLow, s.DiskFull = r.space.free, r.space.low, r.space.full
	s.Verdict, s.Diverged, s.Rebuilding = r.verdict, r.counts.diverged, r.rebuilding
	in := &r.inst
	s.Install = InstallStatus{Running: in.phase != installIdle, Instance: in.instance, Chunks: in.chunks, Done: in.done, Error: in.error}
	if s.Install.Running {
		s.Install.From = r.cfg.Core.Seats[in.from].Name
	}
	s.Protocol = r.protocolStatus()
	s.Exports, s.ChunksSent, s.Collapsing = len(r.exports), r.counts.chunks, r.admin.collapse != nil
}

// waitingFor says in a sentence why this node can't take part fully.
func (r *Replica) waitingFor() string {
	missing := strings.Join(r.node.Missing(), ", ")
	switch {
	case r.verdict == core.VerdictDiverged || r.resetting != "":
		return "its state differs from the others': it is set aside, and a snapshot will replace it"
	case r.verdict == core.VerdictUnverified:
		return "the nodes' states differ and no majority agrees: nobody serves"
	case r.rebuilding:
		return "the store is behind the log's beginning: a snapshot must come"
	case len(r.node.Damaged()) > 0:
		return "the log is damaged: this node votes for nothing until it is repaired"
	case r.node.Role() == core.RoleBlank && missing != "":
		return "first boot: waiting to hear from " + missing
	case r.node.Role() == core.RoleBlank:
		return "first boot: waiting for the first voter to found the cluster"
	case r.node.Role() == core.RoleLearner:
		return "this directory is not a voter's (a wiped or new disk): it learns, and does not vote"
	case missing != "":
		return "first boot: waiting for the word of " + missing
	default:
		return ""
	}
}
