package core

import "fmt"

// Hand-over: a master lets another node lead, without anybody waiting for a
// lease to run out (DESIGN 4.7, spec Release). The order is the safety argument:
// admit nothing more; the successor holds everything that is chosen; the lease
// is void for all readers and the ballot left for good; only then may a grant of
// this ballot be dropped anywhere, this node included.
//
//	master      admits nothing, pushes ──Release(b), StandNow(b)──> follower
//	            (its own grant is void)
//	successor   drops b's grant ──Prepare(b')──> Promise ──barrier──> serves
//
// Between the last update of b and the first of b' lie three syncs one after the
// other (the successor's promise, a voter's promise, the barrier) and no timer.

// handOver is a hand-over under way: on its way out, the master still leads.
type handOver struct {
	on     bool
	to     Seat // NoSeat: whoever is ready first
	ticket Ticket
	wish   bool    // of the preferred node itself, not of an operator
	until  Instant // given up then: a master that can't hand over goes on
	pushAt Instant // of the next heartbeat, which makes laggards visible
	// notBefore is when a preferred node may be given another chance.
	notBefore Instant
}

// heir is what a master knows of a voter that might take over from it.
type heir struct {
	granted Instant  // when the newest round that it granted left; 0: none in this ballot
	through Instance // held there in this ballot, or chosen
	fit     bool     // it said that it could lead
}

// heirHolds notes how far a voter's log reaches.
func (n *Node) heirHolds(seat Seat, through Instance) {
	h := &n.pro.heirs[seat]
	h.through = max(h.through, through)
}

// onHandOver gives mastership to another node, or says why not.
func (n *Node) onHandOver(in HandOver) {
	reason := n.cannotHandOver(in.To)
	if reason != "" {
		n.outcome(in.Ticket, reason)
		return
	}
	n.beginHandOver(in.To, in.Ticket)
}

// cannotHandOver says why mastership can't go to that seat (NoSeat: to any) now.
func (n *Node) cannotHandOver(to Seat) string {
	switch {
	case n.pro.role != RoleMaster:
		return ReasonNotMaster
	case n.pro.hand.on:
		return "a hand-over is under way already"
	case to != NoSeat:
		return n.unfit(to)
	}
	reasons := ""
	for _, seat := range n.id.others {
		why := n.unfit(seat)
		if why == "" {
			return ""
		}
		reasons += "; " + why
	}
	if reasons == "" {
		return ReasonOnlyVoter
	}
	return "nobody can take over: " + reasons[2:]
}

// unfit says why a seat can't take over now; "" if it can. A master that hears
// nothing of a voter for half a period must not stop work in the hope of it.
func (n *Node) unfit(to Seat) string {
	if int(to) >= len(n.cfg.Seats) {
		return "there is no such node"
	}
	name := n.cfg.Seats[to].Name
	switch h := &n.pro.heirs[to]; {
	case to == n.cfg.Self:
		return name + " is the master already"
	case !n.id.voters.Has(to):
		return name + " is no voter"
	case n.cfg.Seats[to].Witness:
		return name + " is a witness"
	case !n.cfg.lets(to):
		return "the configuration does not let " + name + " be master"
	case h.granted == 0 || h.granted.Add(n.cfg.LeasePeriod/2) < n.now:
		return name + " is not heard of"
	case !h.fit:
		return name + " is not ready to lead"
	case h.through+n.alpha() < n.lrn.commit:
		return fmt.Sprintf("%s is behind: it holds %d of %d", name, h.through, n.lrn.commit)
	default:
		return ""
	}
}

func (n *Node) beginHandOver(to Seat, t Ticket) {
	n.pro.hand = handOver{on: true, to: to, ticket: t, until: n.now.Add(n.cfg.LeasePeriod / 2), pushAt: n.now}
}

// tickHandOver lets go as soon as everything proposed is chosen and the successor
// holds it; it reports whether this node left its ballot.
func (n *Node) tickHandOver() bool {
	h := &n.pro.hand
	if !h.on {
		return false
	}
	if to := n.successor(); to != NoSeat {
		n.handTo(to)
		return true
	}
	if n.now >= h.until {
		n.endHandOver("no other node was ready to take over in time; this one goes on")
		h.notBefore = n.now.Add(n.cfg.stableFor())
	} else if n.now >= h.pushAt {
		h.pushAt = n.now.Add(n.cfg.LeasePeriod / 20)
		n.heartbeat() // its answer says what the peer holds, and it gets the rest
	}
	return false
}

// endHandOver ends a hand-over that came to nothing.
func (n *Node) endHandOver(reason string) {
	if h := &n.pro.hand; h.on {
		h.on = false
		n.handOverEnded(h.ticket, reason)
	}
}

// handOverEnded tells whoever asked; nobody did if a preferred node wished it.
func (n *Node) handOverEnded(t Ticket, reason string) {
	if t != 0 {
		n.outcome(t, reason)
	}
}

// successor is the seat that may take over at once: NoSeat while something is in
// flight, or nobody holds everything. Preferred ones come first.
func (n *Node) successor() Seat {
	if len(n.pro.props) > 0 || len(n.pro.again) > 0 || n.lrn.commit < n.pro.barrier {
		return NoSeat
	}
	best := NoSeat
	for _, seat := range n.id.others {
		if n.pro.hand.to != NoSeat && seat != n.pro.hand.to || n.unfit(seat) != "" {
			continue
		}
		if n.pro.heirs[seat].through < n.lrn.commit {
			continue
		}
		if best == NoSeat || n.cfg.Preferred.Has(seat) && !n.cfg.Preferred.Has(best) {
			best = seat
		}
	}
	return best
}

// handTo ends this node's mastership in favour of a seat that holds everything.
func (n *Node) handTo(to Seat) {
	b, commit, h := n.pro.ballot, n.lrn.commit, n.pro.hand
	n.noticeCommit()
	n.pro.hand = handOver{}
	n.stepDown()
	n.trace(Event{Action: ActHandOver, Ballot: b, Instance: commit, From: to})
	n.dropGrant(b)
	n.bye = farewell{ballot: b, commit: commit, to: to, until: n.now.Add(n.cfg.LeasePeriod / 4)}
	n.sayFarewell()
	// One period: if nobody has led by then, nobody else will.
	n.els.abstainTo = n.now.Add(n.cfg.LeasePeriod)
	n.standAfter(n.els.abstainTo, n.jitter())
	n.els.fit.shy = !h.wish
	n.handOverEnded(h.ticket, "")
}

// farewell is what a master that handed over has to say: said again until this
// node hears of a higher ballot, or the others stand by themselves.
type farewell struct {
	ballot Ballot // zero: nothing to say
	commit Instance
	to     Seat
	at     Instant // of the next repetition
	until  Instant
}

func (n *Node) sayFarewell() {
	n.broadcast(&Release{B: n.bye.ballot})
	n.send(n.bye.to, &StandNow{B: n.bye.ballot, Commit: n.bye.commit})
	n.bye.at = n.now.Add(n.cfg.LeasePeriod / 20)
}

func (n *Node) tickFarewell() {
	switch {
	case n.bye.ballot.IsZero():
	case n.bye.ballot.Less(n.acc.promised) || n.now >= n.bye.until:
		n.bye = farewell{}
	case n.now >= n.bye.at:
		n.sayFarewell()
	}
}

func (n *Node) farewellWake() Instant {
	if n.bye.ballot.IsZero() {
		return Never
	}
	return n.bye.at
}

// dropGrant lets go of what this node granted in ballot b, whose master has left
// it for good, and notes never to grant in it again. Any other grant stays: a
// late Release must not take the successor's away (LSMUT_dropany).
func (n *Node) dropGrant(b Ballot) {
	if n.lse.released.Less(b) {
		n.lse.released = b
	}
	if n.lse.grant == b {
		n.lse.grantEnd = 0
	}
	n.lse.endQuarantine(b)
	n.trace(Event{Action: ActRelease, Ballot: b})
}

// onRelease is an acceptor's side of a hand-over (spec: Drop). Whoever is not the
// successor leaves it a quarter of a period, then stands as well.
func (n *Node) onRelease(from Seat, m *Release) {
	n.dropGrant(m.B)
	if m.B != n.acc.promised || n.pro.role != RoleFollower {
		return
	}
	if n.pro.master == from {
		n.pro.master = NoSeat
	}
	n.standAfter(n.now, n.cfg.LeasePeriod/4+n.jitter())
}

// onStandNow is the successor's side. It doesn't ask first: the master of the
// very ballot that this node follows has just said that nobody leads in it, so
// nobody can be disturbed. If it promised a higher ballot since, the word is old.
func (n *Node) onStandNow(from Seat, m *StandNow) {
	n.onRelease(from, &Release{B: m.B}) // also if that one is late or lost
	if m.B != n.acc.promised {
		n.refuse("no successor of that ballot")
		return
	}
	n.learnCommit(from, m.B, m.Commit)
	if n.pro.role != RoleFollower || !n.able() {
		n.refuse("no successor of that ballot")
		return
	}
	n.els.abstainTo = n.now
	if n.lrn.commit < m.Commit {
		n.standWhenCaughtUp()
		return
	}
	n.els.clear()
	n.els.ask = n.nextBallot()
	n.startCandidacy()
}
