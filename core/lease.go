package core

import "time"

// lease holds both sides of a lease (spec TLogLease): what this node granted as
// an acceptor, and what it holds as a master. Only monotonic time counts, and
// no instant of another node is ever compared.
type lease struct {
	// As an acceptor.
	grant    Ballot  // the ballot granted last
	grantEnd Instant // honoured before this
	longest  time.Duration
	quietEnd Instant // the restart quarantine ends here
	quiet    Ballot  // it honours this ballot's owner, and nobody else
	released Ballot  // the highest that was handed over: never granted again

	// As a master.
	end    Instant // reads may be served before this
	round  uint64  // of the newest request
	rounds [leaseRounds]leaseRound
	nextAt Instant // of the next heartbeat
	mustBy Instant // without a lease by then the master gives up
}

// leaseRounds is how many rounds may be on their way at once; an answer to an
// older one is ignored.
const leaseRounds = 8

type leaseRound struct {
	round  uint64
	sentAt Instant
	grants SeatSet
}

// margin is what a grant adds to the carried period: either clock may err by
// one drift bound (TLC: exactly tight).
func margin(period time.Duration) time.Duration {
	return 2 * Drift(period)
}

// start begins the restart quarantine: what this node granted in its last life
// it has forgotten, but it granted in no ballot above the one durably promised,
// and never for longer than the longest period on disk.
func (l *lease) start(now Instant, r Restored) {
	l.longest = r.LongestLease
	l.nextAt, l.mustBy = Never, Never
	if l.longest > 0 {
		l.quietEnd = now.Add(l.longest + margin(l.longest))
		l.quiet = r.Promised
	}
}

func (l *lease) quarantined(now Instant, m MemberID) bool {
	return now < l.quietEnd && m != l.quiet.Member
}

// endQuarantine: the master of b has left it for good, and every lower ballot
// before it; so what the last life of this node may have granted it is void.
func (l *lease) endQuarantine(b Ballot) {
	if b.Member == l.quiet.Member && !b.Less(l.quiet) {
		l.quietEnd = 0
	}
}

func (l *lease) grantedToOther(now Instant, m MemberID) bool {
	return now < l.grantEnd && m != l.grant.Member
}

// freeAt is when nothing granted stands against member m any more.
func (l *lease) freeAt(m MemberID) Instant {
	var at Instant
	if m != l.quiet.Member {
		at = l.quietEnd
	}
	if m != l.grant.Member {
		at = max(at, l.grantEnd)
	}
	return at
}

// begin is called when a ballot is won: no lease yet, one must come in time.
func (l *lease) begin(now Instant, period time.Duration) {
	l.end, l.rounds, l.nextAt, l.mustBy = 0, [leaseRounds]leaseRound{}, now, now.Add(period)
}

// revoke ends this node's own lease, and with it the grant to itself.
func (l *lease) revoke() {
	l.end, l.rounds, l.nextAt, l.mustBy = 0, [leaseRounds]leaseRound{}, Never, Never
}

// heartbeat starts a round: the master's period counts from now, when the
// request leaves (spec: LeaseRequest).
func (n *Node) heartbeat() {
	n.lse.round++
	n.lse.rounds[n.lse.round%leaseRounds] = leaseRound{round: n.lse.round, sentAt: n.now}
	n.lse.nextAt = n.now.Add(n.cfg.LeasePeriod / 5)
	n.grantTo(n.pro.ballot, n.cfg.LeasePeriod)
	n.trace(Event{Action: ActLeaseReq, Ballot: n.pro.ballot, Round: n.lse.round, Period: n.cfg.LeasePeriod})
	n.broadcast(&Heartbeat{B: n.pro.ballot, Round: n.lse.round, Period: n.cfg.LeasePeriod,
		First: n.pro.first, Commit: n.lrn.commit, Last: n.lrn.commit + Instance(len(n.pro.props)),
		Marks: n.markReports()})
	n.pro.noticeAt = Never
	n.checkLease()
}

// grantTo honours ballot b's owner for the carried period and the margin, from
// now, when the request arrives. Whether it may be told is the caller's care:
// see claimable.
func (n *Node) grantTo(b Ballot, period time.Duration) {
	if period > n.lse.longest {
		n.lse.longest = period
		n.save()
	}
	end := n.now.Add(period + margin(period))
	if b.Member == n.lse.grant.Member {
		end = max(end, n.lse.grantEnd) // a late request shortens nothing
	}
	n.lse.grant, n.lse.grantEnd = b, end
}

// claimable reports whether the disk would tell a restarted node whom to honour
// for a grant in ballot b, and for how long.
func (n *Node) claimable(b Ballot, period time.Duration) bool {
	return n.log.durable.promised == b && n.log.durable.longest >= period
}

// onHeartbeat is an acceptor's side of a lease round (spec: LeaseGrant). The
// answer waits for no disk unless it would claim what is not durable.
func (n *Node) onHeartbeat(from Seat, m *Heartbeat) {
	if m.Period < MinLease || m.Period > MaxLease {
		n.refuse("lease period out of range")
		return
	}
	if !n.lse.released.Less(m.B) {
		n.refuse("heartbeat of a released ballot")
		return
	}
	if !n.followBallot(from, m.B) {
		return
	}
	alone := n.now >= n.lse.grantEnd
	n.grantTo(m.B, m.Period)
	n.trace(Event{Action: ActGrant, Ballot: m.B, Round: m.Round, From: from, Period: m.Period})
	n.standAfter(n.lse.grantEnd, n.jitter())
	n.learnCommit(from, m.B, m.Commit)
	fit := n.reckonFit(m.Commit, alone)
	n.onReports(from, m.Marks)
	reply := &HeartbeatReply{B: m.B, Round: m.Round, Granted: true, Promised: n.acc.promised, Marks: n.newestMarks(),
		Last: n.acc.contiguous(m.B, max(m.First, n.lrn.commit+1)), Commit: n.lrn.commit,
		Fit: fit, Wants: fit && n.wants()}
	if n.claimable(m.B, m.Period) {
		n.send(from, reply)
		return
	}
	n.sendAfterSync(from, reply)
}

// onHeartbeatReply takes a grant in, and sends again what the peer lacks.
func (n *Node) onHeartbeatReply(from Seat, m *HeartbeatReply) {
	r := &n.lse.rounds[m.Round%leaseRounds]
	if r.round != m.Round || m.Round == 0 {
		return
	}
	if m.Granted {
		r.grants = r.grants.With(from)
		n.pro.heirs[from].granted = max(n.pro.heirs[from].granted, r.sentAt)
		n.checkLease()
	}
	n.onPeerMarks(from, m.Marks)
	if n.pro.role != RoleMaster { // its state machine is the odd one
		return
	}
	if m.Commit > n.lrn.commit {
		n.onHigherCommit(from, m.Commit)
		return
	}
	n.heirHolds(from, max(m.Last, m.Commit))
	n.pro.heirs[from].fit = m.Fit
	if m.Wants {
		n.considerWish(from)
	}
	n.resend(from, max(m.Last, m.Commit), r.sentAt)
}

// checkLease takes the newest round that a quorum granted (spec: LeaseHold).
// Only answers to the same round count.
func (n *Node) checkLease() {
	for k := range n.lse.rounds {
		r := &n.lse.rounds[k]
		grants := r.grants
		if n.claimable(n.pro.ballot, n.cfg.LeasePeriod) {
			grants = grants.With(n.cfg.Self)
		}
		end := r.sentAt.Add(n.cfg.LeasePeriod)
		if r.round != 0 && end > n.lse.end && n.electorate().Met(grants) {
			n.lse.end, n.lse.mustBy = end, end
			n.trace(Event{Action: ActHold, Ballot: n.pro.ballot, Round: r.round})
		}
	}
}

// LeaseEnd is the instant before which reads of the applied state are
// linearizable: 0 unless this node is a master whose barrier is applied.
func (n *Node) LeaseEnd() Instant {
	if n.pro.role != RoleMaster || n.lrn.commit < n.pro.barrier || n.lrn.applied < n.pro.barrier || !n.trusted() {
		return 0
	}
	return n.lse.end
}
