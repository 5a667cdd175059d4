package core

// onDeliver is where foreign messages enter: identities first, then the table,
// then one handler per kind.
func (n *Node) onDeliver(env *Envelope) {
	if env.To != n.cfg.Self || int(env.From) >= len(n.cfg.Seats) || env.From == n.cfg.Self || env.Msg == nil {
		n.refuse("wrong seat")
		return
	}
	if !env.ToInc.IsZero() && env.ToInc != n.cfg.Incarnation {
		n.refuse("addressed to an earlier incarnation")
		n.answerIdentity(env)
		return
	}
	switch m := env.Msg.(type) {
	case *Probe:
		n.lrn.peers[env.From].incarnation = env.FromInc
		n.answerIdentity(env)
	case *Identity:
		n.onIdentity(env, m)
	case *Fetch:
		if n.sameCluster(env) {
			n.onFetch(env, m)
		}
	case *SnapshotFetch, *SnapshotChunk:
		if n.sameCluster(env) {
			n.relay(env)
		}
	default:
		if n.fromMember(env) && n.expected(env) {
			n.onMemberMessage(env)
		}
	}
}

func (n *Node) sameCluster(env *Envelope) bool {
	if n.id.genesis == nil || env.Cluster != n.id.genesis.Cluster {
		n.refuse("another cluster incarnation")
		return false
	}
	return true
}

// fromMember checks that the sender is the very disk that fills its seat, and
// that it speaks to this very disk. Others hear who this node is.
func (n *Node) fromMember(env *Envelope) bool {
	if n.id.genesis != nil && env.Cluster == n.id.genesis.Cluster && env.ToInc == n.cfg.Incarnation {
		if v := n.voter(env.From); v != nil && v.Incarnation == env.FromInc && !env.FromInc.IsZero() {
			return true
		}
	}
	n.refuse("sender is no member")
	n.answerIdentity(env)
	return false
}

func (n *Node) voter(seat Seat) *Voter {
	for k := range n.id.genesis.Voters {
		if v := &n.id.genesis.Voters[k]; v.Seat == seat {
			return v
		}
	}
	return nil
}

// expects says in which roles a message to a proposer means anything; messages
// to acceptors and learners mean the same in every role of a member. A cell
// that is missing is "ignored", with a count.
var expects = map[MessageKind][]Role{
	KindAskYes:         {RoleAsking},
	KindPromise:        {RoleCandidate},
	KindAccepted:       {RoleMaster},
	KindChosen:         {RoleMaster},
	KindHeartbeatReply: {RoleMaster},
}

// expected checks the role and, for messages about a ballot, who owns it.
func (n *Node) expected(env *Envelope) bool {
	if roles, limited := expects[env.Msg.Kind()]; limited {
		ok := false
		for _, r := range roles {
			ok = ok || r == n.pro.role
		}
		if !ok {
			return false // late answers to an earlier role are everyday life
		}
	}
	owner, mine := ballotOf(env.Msg)
	switch {
	case owner.IsZero():
		return true
	case mine && owner.Member != n.id.member, !mine && owner.Member != n.voter(env.From).Member:
		n.refuse("ballot of somebody else")
		return false
	default:
		return true
	}
}

// ballotOf returns the ballot that a message is about, and whether it answers
// one of the addressee's own.
func ballotOf(msg Message) (b Ballot, mine bool) {
	switch m := msg.(type) {
	case *Ask:
		return m.B, false
	case *Prepare:
		return m.B, false
	case *Accept:
		return m.B, false
	case *Heartbeat:
		return m.B, false
	case *Release:
		return m.B, false
	case *StandNow:
		return m.B, false
	case *AskYes:
		return m.B, true
	case *Promise:
		return m.B, true
	case *Behind:
		return m.B, true
	case *Nack:
		return m.B, true
	case *Accepted:
		return m.B, true
	case *Chosen:
		return m.B, true
	case *HeartbeatReply:
		return m.B, true
	default:
		return Ballot{}, false
	}
}

func (n *Node) onMemberMessage(env *Envelope) {
	from := env.From
	switch m := env.Msg.(type) {
	case *Ask:
		n.onAsk(from, m)
	case *Prepare:
		n.heardProposer(m.B)
		n.onPrepare(from, m)
	case *Accept:
		n.heardProposer(m.B)
		n.onAccept(from, m)
	case *Heartbeat:
		n.heardProposer(m.B)
		n.onHeartbeat(from, m)
	case *AskYes:
		n.onAskYes(from, m)
	case *Promise:
		n.onPromise(from, m)
	case *Behind:
		n.onBehind(from, m)
	case *Nack:
		n.onNack(from, m)
	case *Accepted:
		if m.B == n.pro.ballot {
			n.onAccepted(from, m)
		}
	case *Chosen:
		if m.B == n.pro.ballot && m.Commit > n.lrn.commit {
			n.onHigherCommit(from, m.Commit)
		}
	case *HeartbeatReply:
		if m.B == n.pro.ballot {
			n.onHeartbeatReply(from, m)
		}
	case *Entries:
		n.onEntries(from, m)
	case *SnapshotOffer:
		n.onSnapshotOffer(from, m)
	case *Release:
		n.onRelease(from, m)
	case *StandNow:
		n.onStandNow(from, m)
	default:
		assertf("no handler for message %T", m)
	}
}

// envelope addresses a message to a seat: to the incarnation that the genesis
// lists there, else to the one that the seat last said it is.
func (n *Node) envelope(to Seat, msg Message) Envelope {
	env := Envelope{From: n.cfg.Self, To: to, FromInc: n.cfg.Incarnation, ToInc: n.lrn.peers[to].incarnation, Msg: msg}
	if n.id.genesis != nil {
		env.Cluster = n.id.genesis.Cluster
		if v := n.voter(to); v != nil && msg != nil && msg.Kind() > KindIdentity && !v.Incarnation.IsZero() {
			env.ToInc = v.Incarnation
		}
	}
	if msg != nil && msg.Kind() == KindProbe {
		env.ToInc = Incarnation{} // "who are you?" is asked of whoever is there
	}
	return env
}

// send lets a message leave at once.
func (n *Node) send(to Seat, msg Message) {
	n.eff.Send = append(n.eff.Send, n.envelope(to, msg))
}

// sendAfterSync lets a message leave when everything appended so far is durable.
func (n *Node) sendAfterSync(to Seat, msg Message) {
	n.eff.SendAfterSync = append(n.eff.SendAfterSync, n.envelope(to, msg))
}

// broadcast sends to every other voter at once.
func (n *Node) broadcast(msg Message) {
	for _, seat := range n.id.others {
		n.send(seat, msg)
	}
}
