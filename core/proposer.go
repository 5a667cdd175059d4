package core

// proposer is what a node does to get values chosen: as candidate it gathers
// promises, as master it proposes and counts votes.
type proposer struct {
	role   Role
	master Seat // as far as this node knows, NoSeat if nobody
	ballot Ballot

	// As a master.
	first   Instance   // the first instance that ballot proposes
	barrier Instance   // the control entry of this ballot; reads and updates wait for it
	props   []proposal // props[k] is instance commit+1+k in ballot
	again   []Value    // still to be proposed: re-proposals, then the barrier
	pace    pace
	// noticeAt is when the commit index goes out alone if nothing carries it.
	noticeAt Instant

	// left are tickets of a ballot that this node left to stand in a higher one:
	// their clients wait for its barrier, or until leftUntil (DESIGN 4.4).
	left      []Ticket
	leftUntil Instant

	lift lift

	heirs []heir   // by seat, while master: who could take over
	hand  handOver // under way
}

// proposal is one instance in flight.
type proposal struct {
	votes  SeatSet // durable in this ballot
	ticket Ticket
	since  Instant
}

func (p *proposer) check(commit Instance) {
	if p.role != RoleMaster {
		if len(p.props) > 0 {
			assertf("%v with %d proposals", p.role, len(p.props))
		}
		return
	}
	if p.first == 0 || p.first > commit+Instance(len(p.props))+1 {
		assertf("master in %v: first %d, commit %d, %d in flight", p.ballot, p.first, commit, len(p.props))
	}
}

// Room says how many values may be proposed now: 0 unless this node is a master
// past its barrier, not about to hand over, with less than a window in flight.
func (n *Node) Room() int {
	if n.pro.role != RoleMaster || n.lrn.commit < n.pro.barrier || n.pro.hand.on {
		return 0
	}
	if !n.trusted() {
		return 0
	}
	window := n.pro.pace.window()
	return max(0, min(window, int(n.alpha()))-len(n.pro.props))
}

// onPropose proposes a client's value in the next instance (spec: Propose).
func (n *Node) onPropose(in Propose) {
	if n.Room() == 0 {
		n.eff.Failed = append(n.eff.Failed, Failure{in.Ticket, NotMaster})
		return
	}
	i := n.proposeNext(in.Value, in.Ticket)
	n.eff.Proposed = append(n.eff.Proposed, Proposed{in.Ticket, i})
	n.broadcast(&Accept{B: n.pro.ballot, First: n.pro.first, Commit: n.lrn.commit, From: i, Values: []Value{in.Value}})
	n.pro.noticeAt = Never
}

// proposeNext accepts v for the next instance on this node; the caller sends it.
func (n *Node) proposeNext(v Value, t Ticket) Instance {
	i := n.lrn.commit + Instance(len(n.pro.props)) + 1
	n.hold(i, n.pro.ballot, v)
	if v.Kind() == KindLocality {
		n.loc.last = i
	}
	n.pro.props = append(n.pro.props, proposal{ticket: t, since: n.now})
	n.trace(Event{Action: ActPropose, Ballot: n.pro.ballot, Instance: i, Digest: v.Digest()})
	return i
}

// onFreeze proposes a freeze point, alone in its instance.
func (n *Node) onFreeze() {
	if n.Room() > 0 {
		n.proposeFreeze()
	}
}

func (n *Node) proposeFreeze() {
	v := CheckpointValue(uint64(n.lrn.commit) + uint64(len(n.pro.props)) + 1)
	i := n.proposeNext(v, 0)
	n.broadcast(&Accept{B: n.pro.ballot, First: n.pro.first, Commit: n.lrn.commit, From: i, Values: []Value{v}})
	n.pro.noticeAt = Never
}

// becomeMaster starts ballot's work once a quorum has promised it (spec:
// BecomeMaster): per instance the value of the highest reported ballot is
// proposed again, then the barrier.
func (n *Node) becomeMaster() {
	values := n.els.bestValues(n.lrn.commit)
	n.pro.role, n.pro.master = RoleMaster, n.cfg.Self
	n.pro.first = n.lrn.commit + 1
	n.pro.barrier = n.lrn.commit + Instance(len(values)) + 1
	n.pro.again = append(values, BarrierValue(n.pro.ballot))
	n.pro.pace = pace{}
	n.pro.heirs, n.pro.hand = make([]heir, len(n.cfg.Seats)), handOver{}
	n.els.fit = fitness{since: Never}
	n.pro.noticeAt = Never
	n.lse.begin(n.now, n.cfg.LeasePeriod)
	n.trace(Event{Action: ActMaster, Ballot: n.pro.ballot, Instance: n.pro.barrier, Quorum: n.els.yes})
	n.proposeAgain()
	n.heartbeat()
}

// proposeAgain proposes what the election left to do, within the window alpha.
func (n *Node) proposeAgain() {
	from := n.lrn.commit + Instance(len(n.pro.props)) + 1
	var values []Value
	for len(n.pro.again) > 0 && n.mayPropose() {
		v := n.pro.again[0]
		n.pro.again = n.pro.again[1:]
		n.proposeNext(v, 0)
		values = append(values, v)
	}
	if len(values) > 0 {
		n.broadcast(&Accept{B: n.pro.ballot, First: n.pro.first, Commit: n.lrn.commit, From: from, Values: values})
		n.pro.noticeAt = Never
	}
}

// onAccepted counts votes: for the instances above m.Commit only, since below
// it the sender says no more than "chosen".
func (n *Node) onAccepted(from Seat, m *Accepted) {
	if m.Commit > n.lrn.commit {
		n.onHigherCommit(from, m.Commit)
		return
	}
	n.heirHolds(from, max(m.Through, m.Commit))
	n.countVotes(from, max(m.Commit+1, n.pro.first), m.Through)
	n.advanceCommit()
}

func (n *Node) countVotes(seat Seat, from, through Instance) {
	base := n.lrn.commit + 1
	for i := max(from, base); i <= through && int(i-base) < len(n.pro.props); i++ {
		n.pro.props[i-base].votes = n.pro.props[i-base].votes.With(seat)
	}
}

// countOwnVotes counts this node for each instance that its own log holds durably.
func (n *Node) countOwnVotes() {
	for k := range n.pro.props {
		e := &n.acc.held[k]
		if !n.log.has(e.position) {
			break
		}
		if !n.pro.props[k].votes.Has(n.cfg.Self) {
			n.pro.pace.synced(n.now.Sub(n.pro.props[k].since))
		}
		n.pro.props[k].votes = n.pro.props[k].votes.With(n.cfg.Self)
	}
	n.advanceCommit()
}

// advanceCommit moves the commit index in order over what a quorum holds in
// this very ballot (spec: Commit).
func (n *Node) advanceCommit() {
	moved := false
	for len(n.pro.props) > 0 && n.quorum().Met(n.pro.props[0].votes) {
		n.pro.pace.chosen(n.now.Sub(n.pro.props[0].since))
		n.pro.props = append(n.pro.props[:0], n.pro.props[1:]...)
		n.commitThrough(n.lrn.commit + 1)
		n.trace(Event{Action: ActCommit, Ballot: n.pro.ballot, Instance: n.lrn.commit})
		moved = true
	}
	if !moved {
		return
	}
	if n.pro.noticeAt == Never {
		n.pro.noticeAt = n.now.Add(CommitNotice)
	}
	n.settled()
	n.proposeAgain()
}

// noticeCommit sends the commit index alone when nothing has carried it.
func (n *Node) noticeCommit() {
	n.pro.noticeAt = Never
	n.broadcast(&Accept{B: n.pro.ballot, First: n.pro.first, Commit: n.lrn.commit, From: n.lrn.commit + 1})
}

// resend sends a peer again what it didn't hold when it answered a heartbeat
// that left after the proposal did: at most a window.
func (n *Node) resend(to Seat, held Instance, asOf Instant) {
	from := max(held, n.lrn.commit) + 1
	base := n.lrn.commit + 1
	m := &Accept{B: n.pro.ballot, First: n.pro.first, Commit: n.lrn.commit, From: from}
	for i := from; int(i-base) < len(n.pro.props); i++ {
		if n.pro.props[i-base].since > asOf {
			break
		}
		m.Values = append(m.Values, n.acc.at(i).value)
	}
	if len(m.Values) > 0 {
		n.send(to, m)
	}
}

// stepDown leaves the ballot for good: the lease is void, waiting clients hear
// that the outcome is unknown.
func (n *Node) stepDown() {
	n.leaveBallot()
	n.failLeft()
	n.pro.role = n.restingRole()
}

// leaveBallot ends whatever this node does in its ballot; the tickets of the
// instances in flight stay in left.
func (n *Node) leaveBallot() {
	left := n.pro.role
	if left == RoleMaster {
		for _, p := range n.pro.props {
			if p.ticket != 0 {
				n.pro.left = append(n.pro.left, p.ticket)
			}
		}
	}
	if n.pro.master == n.cfg.Self {
		n.pro.master = NoSeat
	}
	n.pro.props, n.pro.again = n.pro.props[:0], nil
	n.pro.first, n.pro.barrier, n.pro.noticeAt = 0, 0, Never
	n.pro.lift = lift{}
	n.endHandOver("this node stopped leading before it could hand over")
	n.pro.heirs, n.pro.hand = nil, handOver{}
	n.unsettled()
	n.lse.revoke()
	n.els.clear()
	n.pro.role = n.restingRole()
	if left >= RoleCandidate {
		n.trace(Event{Action: ActStepDown, Ballot: n.pro.ballot})
	}
}

// failLeft tells the clients that waited for a higher ballot that none came.
func (n *Node) failLeft() {
	for _, t := range n.pro.left {
		n.eff.Failed = append(n.eff.Failed, Failure{t, OutcomeUnknown})
	}
	n.pro.left = n.pro.left[:0]
}

// electorate is the rule by which a ballot is elected and a lease granted; quorum
// (locality.go) the one by which an instance is chosen.
func (n *Node) electorate() Quorum { return n.id.electorate }
