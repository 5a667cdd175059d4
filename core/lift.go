package core

// When a master leaves its ballot (DESIGN 4.4, spec TLogLive): because more is
// chosen than it knows, because a quorum may have promised more, because it
// gets nothing done, or because it is told to.

// lift is a master's wait before it raises its ballot over a promise it heard of.
type lift struct {
	over Ballot  // the highest promise heard of; zero: none
	at   Instant // nothing of over's owner heard until then: raise
}

// onHigherCommit: somebody holds a longer chosen prefix. The master leaves its
// ballot at once and for good, catches up, and only then stands again. It stays if
// that peer tells in vain and what it tells of was proposed again in this ballot.
func (n *Node) onHigherCommit(from Seat, commit Instance) {
	if n.tellsInVain(from) && commit < n.pro.barrier {
		return
	}
	n.leaveForHigher()
	n.heardCommit(from, commit)
	n.standWhenCaughtUp()
}

// leaveForHigher leaves the ballot but lets its clients wait for a higher one.
func (n *Node) leaveForHigher() {
	n.leaveBallot()
	n.pro.leftUntil = n.now.Add(n.cfg.LeasePeriod)
}

// onHigherPromise: an acceptor promised over this master's ballot. Raising at
// once would let two live masters overtake each other for ever; so wait one
// time-out in which that ballot's owner proposes nothing.
func (n *Node) onHigherPromise(promised Ballot) {
	if !n.pro.ballot.Less(promised) {
		return
	}
	if n.pro.lift.over.Less(promised) {
		n.pro.lift = lift{over: promised, at: n.now.Add(n.cfg.LeasePeriod * 2 / 5)}
	}
}

// heardProposer notes that the owner of ballot b is alive and proposing in it.
func (n *Node) heardProposer(b Ballot) {
	if n.pro.role == RoleMaster && !n.pro.lift.over.IsZero() && !b.Less(n.pro.lift.over) {
		n.pro.lift.at = n.now.Add(n.cfg.LeasePeriod * 2 / 5)
	}
}

// raise stands above the promise that is in the way; the grantees of this
// master let it.
func (n *Node) raise() {
	n.els.heard = max(n.els.heard, n.pro.lift.over.Round)
	n.leaveForHigher()
	n.standAfter(n.now, n.jitter())
	if n.mayStand() {
		n.startAsking()
	}
}

// giveUp ends mastership because it leads nowhere. For two lease periods this
// node neither asks nor stands, or its old grants would elect it again for ever
// while a healthy peer waits.
func (n *Node) giveUp() {
	n.stepDown()
	if n.lse.grant.Member == n.id.member {
		n.lse.grantEnd = 0 // its lease is revoked, the grant to itself is void
		n.trace(Event{Action: ActDrop, Ballot: n.lse.grant})
	}
	n.els.abstainTo = n.now.Add(2 * n.cfg.LeasePeriod)
	n.standAfter(n.now, n.jitter())
}

func (n *Node) onDropMaster() {
	if n.pro.role == RoleMaster {
		n.els.fit.shy = true
		n.giveUp()
	}
}

// tickMaster does what is due, and looks whether this master still gets
// anything done: a lease, and its oldest proposal chosen within one period.
func (n *Node) tickMaster() {
	switch {
	case n.now >= n.lse.mustBy, n.stalled():
		n.giveUp()
		return
	case !n.pro.lift.over.IsZero() && n.now >= n.pro.lift.at:
		n.raise()
		return
	}
	if n.lrn.commit >= n.pro.barrier {
		n.pro.left = n.pro.left[:0] // their instances are chosen: apply answers
	}
	if n.tickHandOver() {
		return
	}
	n.tickDoubt()
	if n.now >= n.lse.nextAt {
		n.heartbeat()
	}
	if n.now >= n.pro.noticeAt {
		n.noticeCommit()
	}
}

func (n *Node) stalled() bool {
	return len(n.pro.props) > 0 && n.now >= n.pro.props[0].since.Add(n.cfg.LeasePeriod)
}

func (n *Node) masterWake() Instant {
	wake := min(n.lse.nextAt, n.pro.noticeAt, n.lse.mustBy)
	if len(n.pro.props) > 0 {
		wake = min(wake, n.pro.props[0].since.Add(n.cfg.LeasePeriod))
	}
	if !n.pro.lift.over.IsZero() {
		wake = min(wake, n.pro.lift.at)
	}
	if n.pro.hand.on {
		wake = min(wake, n.pro.hand.until, n.pro.hand.pushAt)
	}
	return wake
}
