package core

import "time"

// Event is one spec action that a node took (tla/README.md names them), with
// the node's abstract state after it. Times and bytes stay out.
type Event struct {
	Action   Action
	Ballot   Ballot
	Instance Instance      // by action: proposed, accepted, committed through, …
	Digest   uint64        // of the value, where there is one
	From     Seat          // the other node, where there is one
	Round    uint64        // of a lease
	Quorum   SeatSet       // whose promises made a master
	Period   time.Duration // of a lease; after a restart the longest one granted
	// State after the action.
	Promised Ballot
	Commit   Instance
	Role     Role
	// State after the whole Step: the newest append asked for, and the newest that
	// is known to be durable. What the Step claims leaves when Position is.
	Position, Durable Position
}

// Action names an action of the spec.
type Action uint8

// The actions. String gives the spec's name.
const (
	ActStart Action = 1 + iota
	ActPromise
	ActMaster
	ActPropose
	ActAccept
	ActSync
	ActCommit
	ActLearn
	ActCatchUp
	ActLeaseReq
	ActGrant
	ActHold
	ActStepDown
	ActGenesis
	ActAdopt
	ActRestart
	ActInstall
	ActRelease
	ActHandOver
	ActSetting
	ActFollow // a promise raised by the word of a ballot's master, or by what was chosen in it
	ActTake   // one chosen entry of a catch-up
	ActHeld   // after a restart: one entry above the commit index
	ActDrop   // a master that gave up drops the grant to itself
)

var actionNames = [...]string{"", "Start", "Promise", "Master", "Propose", "Accept", "Sync", "Commit",
	"Learn", "CatchUp", "LeaseReq", "Grant", "Hold", "StepDown", "Genesis", "Adopt", "Restart",
	"Install", "Release", "HandOver", "Setting", "Follow", "Take", "Held", "Drop"}

func (a Action) String() string { return actionNames[a] }

// Role is what a node does at the moment. An acceptor doesn't care.
type Role uint8

// The roles.
const (
	RoleBlank     Role = iota // no genesis yet: only says who it is
	RoleLearner               // stores what is chosen, votes for nothing
	RoleFollower              // votes, waits
	RoleAsking                // asks whether a ballot would be promised
	RoleCandidate             // has promised itself, gathers promises
	RoleMaster                // proposes; serves after its barrier
)

var roleNames = [...]string{"blank", "learner", "follower", "asking", "candidate", "master"}

func (r Role) String() string { return roleNames[r] }

// Restarted tells, for a node that has not stepped yet, what its TLog gave back.
func (n *Node) Restarted() []Event {
	e := Event{Promised: n.acc.promised, Commit: n.lrn.commit, Role: n.pro.role, Period: n.lse.longest}
	e.Action, e.Round = ActRestart, uint64(n.lse.longest) // 0: never granted
	events := []Event{e}
	e.Round, e.Period = 0, 0
	for k, h := range n.acc.held {
		e.Action, e.Ballot, e.Instance, e.Digest = ActHeld, h.ballot, n.acc.base+Instance(k)+1, h.value.Digest()
		events = append(events, e)
	}
	return events
}

// trace adds an event with the node's state after the action. Values are hashed
// by the caller only when tracing is wanted.
func (n *Node) trace(e Event) {
	e.Promised, e.Commit, e.Role = n.acc.promised, n.lrn.commit, n.pro.role
	n.eff.Trace = append(n.eff.Trace, e)
}

// placeTrace gives this Step's events their place in the log.
func (n *Node) placeTrace() {
	for k := range n.eff.Trace {
		n.eff.Trace[k].Position, n.eff.Trace[k].Durable = n.log.position, n.log.reached
	}
}
