package core

// What a host may look at; none of it is needed to carry Effects out.

// Role returns what the node does at the moment.
func (n *Node) Role() Role { return n.pro.role }

// Ballot returns the ballot of a candidate or master.
func (n *Node) Ballot() Ballot { return n.pro.ballot }

// Promised returns the promised ballot, durable or not.
func (n *Node) Promised() Ballot { return n.acc.promised }

// Commit returns the commit index, Applied the applied instance, Last the
// highest accepted one.
func (n *Node) Commit() Instance { return n.lrn.commit }

// Applied returns the last instance that the state machine has executed.
func (n *Node) Applied() Instance { return n.lrn.applied }

// Last returns the highest instance that is held or known chosen.
func (n *Node) Last() Instance { return n.acc.last() }

// InFlight returns how many instances a master has proposed and not yet chosen.
func (n *Node) InFlight() int { return len(n.pro.props) }

// Voter reports whether this incarnation is a voter.
func (n *Node) Voter() bool { return n.id.member != 0 }

// Damaged lists what damage may have taken; not empty: votes for nothing.
func (n *Node) Damaged() []Unknown { return n.acc.unknown }

// Cluster returns the cluster's incarnation; zero while blank.
func (n *Node) Cluster() Incarnation {
	if n.id.genesis == nil {
		return Incarnation{}
	}
	return n.id.genesis.Cluster
}

// Genesis returns how the cluster began; nil while blank.
func (n *Node) Genesis() *Genesis { return n.id.genesis }

// Master returns the seat of the master as far as this node knows for sure that
// it may lead now: it holds a lease, or a grant of this node. NoSeat if nobody.
func (n *Node) Master() Seat {
	switch {
	case n.pro.role == RoleMaster:
		if n.now < n.lse.end {
			return n.cfg.Self
		}
		return NoSeat
	case n.now < n.lse.grantEnd && n.pro.master != NoSeat && n.lse.grant == n.acc.promised:
		return n.pro.master
	default:
		return NoSeat
	}
}

// Waits reports whether requests sent to this node now may be answered soon
// though it doesn't lead yet: it is raising its ballot for the clients it had.
func (n *Node) Waits() bool {
	return n.pro.role == RoleMaster || len(n.pro.left) > 0 && n.now < n.pro.leftUntil
}

// Refused returns how often foreign input was refused, by reason.
func (n *Node) Refused() map[string]uint64 { return n.drop }
