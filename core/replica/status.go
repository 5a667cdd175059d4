package replica

import (
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
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
	// Refused counts foreign bytes and identities by reason.
	Refused map[string]uint64
}

// Status describes the replica at now.
func (r *Replica) Status(now core.Instant) Status {
	n := r.node
	s := Status{Name: r.cfg.nodeName(), Role: n.Role(), Ballot: n.Ballot(), Promised: n.Promised(),
		Commit: n.Commit(), Applied: r.applier.applied, Last: n.Last(), InFlight: n.InFlight(),
		Queued: len(r.queue.requests), Incarnation: r.cfg.Core.Incarnation, Cluster: n.Cluster(), Voter: n.Voter(),
		Elections: r.counts.elections, Batches: r.counts.batches, Syncs: r.counts.syncs, Updates: r.counts.updates,
		Waiting: r.waitingFor(), Refused: map[string]uint64{}}
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

// waitingFor says in a sentence why this node can't take part fully.
func (r *Replica) waitingFor() string {
	missing := strings.Join(r.node.Missing(), ", ")
	switch {
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
