package core

import "time"

// Who may lead, and who should (DESIGN 4.8): witnesses and learners never stand;
// a forced master leaves everybody else out; preferred nodes take mastership
// back when they are ready, and go first when nobody leads.

// lets reports whether the configuration lets a seat lead.
func (c *Config) lets(s Seat) bool {
	return c.Masters == 0 || c.Masters.Has(s)
}

// stableFor is how long a preferred node must have been ready before it asks for
// mastership.
func (c *Config) stableFor() time.Duration {
	if c.StableFor > 0 {
		return c.StableFor
	}
	return 2 * c.LeasePeriod
}

// standers are those of the voters that may ever lead.
func (c *Config) standers(voters SeatSet) SeatSet {
	var s SeatSet
	for k, seat := range c.Seats {
		if voters.Has(Seat(k)) && !seat.Witness && c.lets(Seat(k)) {
			s = s.With(Seat(k))
		}
	}
	return s
}

func (n *Node) standers() SeatSet { return n.cfg.standers(n.id.voters) }

// onlyStander reports whether nobody but this node may ever lead: it needn't keep
// away for anybody.
func (n *Node) onlyStander() bool { return n.standers() == SeatSet(0).With(n.cfg.Self) }

// able reports whether this node could lead, time and grants apart.
func (n *Node) able() bool {
	return n.standers().Has(n.cfg.Self) && n.id.member != 0 && n.id.allAdopted() && len(n.acc.unknown) == 0 &&
		!n.lrn.installing && !n.lrn.rebuilding && n.Verdict() != VerdictDiverged
}

// fitness is what a follower knows about its own readiness to lead.
type fitness struct {
	since Instant // ready without a break since; Never: it isn't
	// shy: dropped by an operator's hand, a preferred node doesn't ask for
	// mastership until it has led again or is restarted.
	shy bool
}

// reckonFit looks, at a heartbeat, whether this node could take over: it may
// lead, and holds and has applied what is chosen, but for a window. alone says
// that it heard no master for a while before.
func (n *Node) reckonFit(commit Instance, alone bool) bool {
	fit := n.able() && n.lrn.commit+n.alpha() >= commit && n.lrn.applied+2*n.alpha() >= n.lrn.commit
	switch {
	case !fit:
		n.els.fit.since = Never
	case alone || n.els.fit.since == Never:
		n.els.fit.since = n.now
	}
	return fit
}

// wants reports whether this node asks for mastership in its heartbeat answers.
func (n *Node) wants() bool {
	f := &n.els.fit
	if !n.cfg.Preferred.Has(n.cfg.Self) || f.shy || f.since == Never {
		return false
	}
	return n.now >= f.since.Add(n.cfg.stableFor())
}

// considerWish is the master's answer to a preferred node that wants to lead. A
// preferred master keeps its place; so two of them don't hand it to and fro. Both
// must agree that the seat is preferred, or different configurations would.
func (n *Node) considerWish(from Seat) {
	if n.cfg.Preferred.Has(n.cfg.Self) || !n.cfg.Preferred.Has(from) {
		return
	}
	if n.now >= n.pro.hand.notBefore && n.cannotHandOver(from) == "" {
		n.beginHandOver(from, 0)
		n.pro.hand.wish = true
	}
}

// courtesy is how much longer a node waits before it stands so that a preferred
// one may go first; none is owed to the master whose lease just ran out.
func (n *Node) courtesy() time.Duration {
	if n.cfg.Preferred.Has(n.cfg.Self) {
		return 0
	}
	others := n.cfg.Preferred & n.standers()
	if n.pro.master != NoSeat {
		others &^= SeatSet(0).With(n.pro.master)
	}
	if others == 0 {
		return 0
	}
	return n.cfg.LeasePeriod / 4
}
