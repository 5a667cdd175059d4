package core

import (
	"fmt"
	"time"
)

// Node is one member of the cluster: acceptor, proposer and learner in one. It
// is a value machine: Step is its only door, and it does no I/O, reads no clock
// and rolls no dice but its own.
type Node struct {
	cfg Config
	rng rng

	id  identity
	acc acceptor
	pro proposer
	lrn learner
	els election
	lse lease
	loc locality
	mrk marks
	bye farewell

	log  logTracker
	eff  Effects
	now  Instant
	drop map[string]uint64 // refused foreign input by reason; only printed
}

// New restores a node from what its TLog gave back. now is the start of the
// process on its clock; the restart quarantine counts from it.
func New(cfg Config, r Restored, now Instant) (*Node, error) {
	if cfg.Alpha == 0 {
		cfg.Alpha = DefaultAlpha
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, rng: newRNG(cfg.Seed), now: now, drop: map[string]uint64{}}
	if err := n.restoreIdentity(r); err != nil {
		return nil, err
	}
	n.acc.restore(r)
	n.log.restore(r)
	n.lrn = learner{commit: r.Commit, applied: r.Applied, peers: make([]peer, len(cfg.Seats)), source: NoSeat, fetchUntil: Never}
	n.pro.role = n.restingRole()
	n.pro.master = NoSeat
	n.lse.start(now, r)
	n.els.clear()
	n.els.fit.since = Never
	n.els.askEvery = cfg.LeasePeriod / 10
	n.standAfter(max(now, n.lse.freeAt(n.id.member)), n.jitter())
	n.eff.Commit = r.Commit
	n.check()
	return n, nil
}

// restingRole is the role of a node that is not standing for anything.
func (n *Node) restingRole() Role {
	switch {
	case n.id.genesis == nil:
		return RoleBlank
	case n.id.member == 0:
		return RoleLearner
	default:
		return RoleFollower
	}
}

// Step takes one input at the instant now, which the host sampled after it took
// the input from its queue, and returns what to do. The Effects are valid until
// the next Step.
func (n *Node) Step(now Instant, in Input) *Effects {
	if now < n.now {
		assertf("time went back from %d to %d", n.now, now)
	}
	n.now = now
	n.eff.reset()
	switch in := in.(type) {
	case Deliver:
		n.onDeliver(&in.Envelope)
	case Propose:
		n.onPropose(in)
	case Tick:
	case Durable:
		n.onDurable(in.Through)
	case Applied:
		n.onApplied(in.Through)
	case DropMaster:
		n.onDropMaster()
	case BootstrapWithout:
		n.onBootstrapWithout(in.Names)
	default:
		n.onAdmin(in)
	}
	n.onTimers()
	n.finish()
	return &n.eff
}

// onAdmin takes the inputs that are rare: of operators, and about the state
// machine as a whole.
func (n *Node) onAdmin(in Input) {
	switch in := in.(type) {
	case HandOver:
		n.onHandOver(in)
	case Waive:
		n.onWaive(in)
	case Marks:
		n.onMarks(in.Marks)
	case Installing:
		n.onInstalling(in.On)
	case Installed:
		n.onInstalled(in)
	case Rebuild:
		n.onRebuild()
	case Freeze:
		n.onFreeze()
	default:
		assertf("no handler for input %T", in)
	}
}

// finish completes the effects: what is to be appended gets its position.
func (n *Node) finish() {
	if len(n.eff.Append) > 0 || n.eff.Save {
		n.log.appended(n.acc.promised, n.lse.longest)
	}
	n.eff.Position = n.log.position
	n.placeTrace()
	n.eff.State = HardState{Promised: n.acc.promised, Commit: n.lrn.commit, LongestLease: n.lse.longest}
	n.eff.Commit = n.lrn.commit
	n.eff.Wake = n.nextWake()
	n.check()
}

func (e *Effects) reset() {
	e.Append, e.Save = e.Append[:0], false
	e.Send, e.SendAfterSync = e.Send[:0], e.SendAfterSync[:0]
	e.Failed, e.Proposed, e.Feed = e.Failed[:0], e.Proposed[:0], e.Feed[:0]
	e.Install, e.Relay, e.Outcomes = e.Install[:0], e.Relay[:0], e.Outcomes[:0]
	e.Trace = e.Trace[:0]
}

// onTimers does everything that is due. Each timer is looked at on every Step,
// so a late Tick delays nothing that another input could have started.
func (n *Node) onTimers() {
	n.tickIdentity()
	n.tickLearner()
	switch n.pro.role {
	case RoleBlank, RoleLearner:
	case RoleFollower:
		n.tickFollower()
	case RoleAsking, RoleCandidate:
		n.tickElection()
	case RoleMaster:
		n.tickMaster()
		return
	}
	if len(n.pro.left) > 0 && n.now >= n.pro.leftUntil {
		n.failLeft()
	}
}

// nextWake is the earliest timer that is still to come.
func (n *Node) nextWake() Instant {
	wake := min(n.id.probeAt, n.lrn.fetchUntil)
	if len(n.pro.left) > 0 && n.pro.role != RoleMaster {
		wake = min(wake, n.pro.leftUntil)
	}
	switch n.pro.role {
	case RoleBlank, RoleLearner:
	case RoleFollower:
		wake = min(wake, n.followerWake())
	case RoleAsking, RoleCandidate:
		wake = min(wake, n.els.retryAt, n.els.giveUpAt)
	case RoleMaster:
		wake = min(wake, n.masterWake())
	}
	if wake <= n.now { // whatever is due was just tried
		wake = n.now.Add(time.Millisecond)
	}
	return wake
}

// onDurable takes in that the log survived up to a position.
func (n *Node) onDurable(through Position) {
	if through > n.log.position {
		assertf("durable through %d, only %d appended", through, n.log.position)
	}
	n.log.durableThrough(through)
	n.trace(Event{Action: ActSync})
	n.identityDurable()
	switch n.pro.role {
	case RoleCandidate:
		n.countOwnPromise()
	case RoleMaster:
		n.countOwnVotes()
		n.checkLease()
	case RoleBlank, RoleLearner, RoleFollower, RoleAsking:
	}
}

func (n *Node) onApplied(through Instance) {
	if through > n.lrn.commit || through < n.lrn.applied {
		assertf("applied %d, was %d, commit index %d", through, n.lrn.applied, n.lrn.commit)
	}
	n.lrn.applied = through
}

// jitter is a random time of up to an eighth of the lease period: without it
// two candidates could meet for ever (M103).
func (n *Node) jitter() time.Duration {
	return time.Duration(n.rng.below(uint64(n.cfg.LeasePeriod/8) + 1))
}

func (n *Node) append(r Record) { n.eff.Append = append(n.eff.Append, r) }

// save asks for a batch whose header carries the present hard state.
func (n *Node) save() { n.eff.Save = true }

func (n *Node) refuse(reason string) { n.drop[reason]++ }

// check holds the node against its own invariants on the way out of each Step.
func (n *Node) check() {
	n.acc.check(n.lrn.commit)
	n.pro.check(n.lrn.commit)
	if n.lrn.applied > n.lrn.commit {
		assertf("applied %d beyond the commit index %d", n.lrn.applied, n.lrn.commit)
	}
	if n.pro.role >= RoleCandidate && n.acc.promised != n.pro.ballot {
		assertf("%v in ballot %v, promised %v", n.pro.role, n.pro.ballot, n.acc.promised)
	}
	if n.log.durable.promised.Less(Ballot{}) || n.acc.promised.Less(n.log.durable.promised) {
		assertf("promised %v, on disk %v", n.acc.promised, n.log.durable.promised)
	}
	if n.pro.role > RoleLearner && n.id.member == 0 {
		assertf("%v without a member id", n.pro.role)
	}
}

func assertf(format string, args ...any) {
	panic("core: own state is broken: " + fmt.Sprintf(format, args...))
}
