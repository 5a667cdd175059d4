package core

// acceptor is the memory of the cluster: what this node promised and accepted
// (Paxos Made Simple, 2.2, P1a and P2a). It doesn't care about roles.
type acceptor struct {
	promised Ballot
	// base is the commit index; held[k] is what is accepted for base+1+k. There
	// is no hole (the file has none either, DESIGN 4.5).
	base Instance
	held []heldEntry
	// parked are accepts beyond a gap: no vote, memory only, ascending.
	parked []Entry
	// unknown is what damage may have taken. Not empty: votes for nothing.
	unknown []Unknown
}

// heldEntry is an accepted entry and the append that made it durable.
type heldEntry struct {
	ballot   Ballot
	value    Value
	position Position
}

func (a *acceptor) restore(r Restored) {
	a.promised, a.base, a.unknown = r.Promised, r.Commit, r.Unknown
	for _, e := range r.Entries {
		if e.Instance != a.base+Instance(len(a.held))+1 {
			assertf("restored instance %d behind %d entries above %d", e.Instance, len(a.held), a.base)
		}
		a.held = append(a.held, heldEntry{ballot: e.Ballot, value: e.Value})
		if a.promised.Less(e.Ballot) { // caught up in a ballot never promised here
			a.promised = e.Ballot
		}
	}
}

// last is the highest instance that this node holds or knows chosen.
func (a *acceptor) last() Instance { return a.base + Instance(len(a.held)) }

// at returns what is held for instance i, nil if nothing above the commit index.
func (a *acceptor) at(i Instance) *heldEntry {
	if i <= a.base || i > a.last() {
		return nil
	}
	return &a.held[i-a.base-1]
}

// contiguous returns the end of the run of entries in ballot b that starts at
// from; from-1 if there is none.
func (a *acceptor) contiguous(b Ballot, from Instance) Instance {
	i := from
	for e := a.at(i); e != nil && e.ballot == b; e = a.at(i) {
		i++
	}
	return i - 1
}

// advance moves the commit index: entries up to i leave the acceptor's memory.
func (a *acceptor) advance(i Instance) {
	k := min(int(i-a.base), len(a.held))
	left := copy(a.held, a.held[k:])
	clear(a.held[left:])
	a.held = a.held[:left]
	a.base = i
}

func (a *acceptor) check(commit Instance) {
	if a.base != commit {
		assertf("acceptor at %d, commit index %d", a.base, commit)
	}
}

// suffix copies out what is held from instance from on.
func (a *acceptor) suffix(from Instance) []Entry {
	var entries []Entry
	for i := from; i <= a.last(); i++ {
		if e := a.at(i); e != nil {
			entries = append(entries, Entry{Instance: i, Ballot: e.ballot, Value: e.value})
		}
	}
	return entries
}

// hold accepts value v for instance i in ballot b: it replaces one entry and
// leaves later ones alone, for they may be chosen.
func (n *Node) hold(i Instance, b Ballot, v Value) {
	if n.acc.promised.Less(b) {
		assertf("accepting in %v, promised %v", b, n.acc.promised)
	}
	e := heldEntry{ballot: b, value: v, position: n.log.position + 1}
	switch old := n.acc.at(i); {
	case old != nil && b.Less(old.ballot):
		assertf("instance %d: ballot %v over %v", i, b, old.ballot)
	case old != nil:
		*old = e
	case i == n.acc.last()+1:
		n.acc.held = append(n.acc.held, e)
	default:
		assertf("instance %d would leave a hole behind %d", i, n.acc.last())
	}
	n.append(Record{Kind: RecordAccepted, Instance: i, Ballot: b, Bytes: v})
}

// promise raises the promised ballot. Whoever takes up another's ballot is no
// longer master (spec: StepDown).
func (n *Node) promise(b Ballot) {
	if !n.acc.promised.Less(b) {
		assertf("promising %v after %v", b, n.acc.promised)
	}
	if n.pro.role >= RoleAsking && b.Member != n.id.member {
		n.stepDown()
	}
	n.acc.promised = b
	n.save()
	n.acc.parked = n.acc.parked[:0]
}

// refusal says why the acceptor would not promise ballot b now; 0 if it would.
func (n *Node) refusal(b Ballot) Refusal {
	switch {
	case n.id.member == 0:
		return RefusedNotVoter
	case len(n.acc.unknown) > 0:
		return RefusedDamaged
	case b.Less(n.acc.promised):
		return RefusedPromised
	case n.lse.quarantined(n.now, b.Member):
		return RefusedQuarantine
	case n.lse.grantedToOther(n.now, b.Member):
		return RefusedGrant
	default:
		return 0
	}
}

// onAsk answers a candidate's question without any durable effect.
func (n *Node) onAsk(from Seat, m *Ask) {
	reason := n.refusal(m.B)
	switch {
	case reason != 0 || m.B == n.acc.promised:
		n.nack(from, m.B, max(reason, RefusedPromised))
	case n.lrn.commit >= m.From:
		n.sendAfterSync(from, &Behind{B: m.B, Commit: n.lrn.commit})
	default:
		n.send(from, &AskYes{B: m.B})
	}
}

// onPrepare is phase 1b (spec: Promise). The answer to a repeated Prepare waits
// for the same sync as the first.
func (n *Node) onPrepare(from Seat, m *Prepare) {
	if reason := n.refusal(m.B); reason != 0 {
		n.nack(from, m.B, reason)
		return
	}
	if n.lrn.commit >= m.From {
		n.sendAfterSync(from, &Behind{B: m.B, Commit: n.lrn.commit})
		return
	}
	if n.acc.promised.Less(m.B) {
		n.promise(m.B)
		n.trace(Event{Action: ActPromise, Ballot: m.B, From: from})
	}
	entries := n.acc.suffix(m.From)
	n.sendAfterSync(from, &Promise{B: m.B, From: m.From, Commit: n.lrn.commit, Entries: entries})
	n.standAfter(n.now, n.cfg.LeasePeriod/2+n.jitter())
}

// onAccept is phase 2b (spec: Accept, LearnCommit).
func (n *Node) onAccept(from Seat, m *Accept) {
	if !n.followBallot(from, m.B) {
		return
	}
	n.everybodyAdopted()
	if len(m.Values) > 0 {
		n.acceptValues(m)
		n.unpark(m.B)
		n.answerAccept(from, m)
	}
	n.learnCommit(from, m.B, m.Commit)
}

// followBallot takes up the ballot of a master's Accept or Heartbeat; false if
// it was refused.
func (n *Node) followBallot(from Seat, b Ballot) bool {
	if n.id.member == 0 || len(n.acc.unknown) > 0 {
		n.nack(from, b, n.refusal(b))
		return false
	}
	if b.Less(n.acc.promised) {
		n.nack(from, b, RefusedPromised)
		return false
	}
	if n.acc.promised.Less(b) {
		n.promise(b)
		n.trace(Event{Action: ActFollow, Ballot: b, From: from})
	}
	if n.pro.role == RoleAsking { // somebody leads already
		n.stepDown()
	}
	if n.pro.master != from { // a repeated one must not bring back a source that never answers
		n.lrn.source = from
	}
	n.pro.master = from
	return true
}

func (n *Node) acceptValues(m *Accept) {
	for k, v := range m.Values {
		i := m.From + Instance(k)
		switch e := n.acc.at(i); {
		case i <= n.lrn.commit || i > n.lrn.commit+n.reach(v.Kind()):
		case e != nil && e.ballot == m.B: // repeated
		case e == nil && i > n.acc.last()+1:
			n.park(Entry{Instance: i, Ballot: m.B, Value: v})
		default:
			n.hold(i, m.B, v)
			n.trace(Event{Action: ActAccept, Ballot: m.B, Instance: i, Digest: v.Digest()})
		}
	}
}

// park keeps an accept beyond a gap, at most a window of them.
func (n *Node) park(e Entry) {
	at := len(n.acc.parked)
	for k, p := range n.acc.parked {
		if p.Instance == e.Instance {
			n.acc.parked[k] = e
			return
		}
		if p.Instance > e.Instance {
			at = k
			break
		}
	}
	if len(n.acc.parked) >= int(2*n.alpha()) {
		return
	}
	n.acc.parked = append(n.acc.parked, Entry{})
	copy(n.acc.parked[at+1:], n.acc.parked[at:])
	n.acc.parked[at] = e
}

// unpark accepts what was parked and has no gap before it any more.
func (n *Node) unpark(b Ballot) {
	k := 0
	for ; k < len(n.acc.parked); k++ {
		p := n.acc.parked[k]
		if p.Instance > n.acc.last()+1 {
			break
		}
		if e := n.acc.at(p.Instance); p.Ballot == b && p.Instance > n.lrn.commit && (e == nil || e.ballot != b) {
			n.hold(p.Instance, b, p.Value)
			n.trace(Event{Action: ActAccept, Ballot: b, Instance: p.Instance, Digest: p.Value.Digest()})
		}
	}
	left := copy(n.acc.parked, n.acc.parked[k:])
	clear(n.acc.parked[left:])
	n.acc.parked = n.acc.parked[:left]
}

// answerAccept votes for what is held without a gap in ballot m.B; an Accept at
// or below the commit index is answered too, or a new master could wait for
// ever (LVMUT_ignorebehind).
func (n *Node) answerAccept(from Seat, m *Accept) {
	if m.From <= n.lrn.commit {
		n.send(from, &Chosen{B: m.B, Commit: n.lrn.commit})
	}
	start := max(m.First, n.lrn.commit+1)
	if through := n.acc.contiguous(m.B, start); through >= start {
		n.sendAfterSync(from, &Accepted{B: m.B, Through: through, Commit: n.lrn.commit})
	}
}

func (n *Node) nack(to Seat, b Ballot, reason Refusal) {
	n.sendAfterSync(to, &Nack{B: b, Reason: reason, Promised: n.acc.promised, Commit: n.lrn.commit})
}

// alpha is the cluster's window.
func (n *Node) alpha() Instance {
	if n.id.genesis == nil {
		return DefaultAlpha
	}
	return Instance(n.id.genesis.Alpha)
}
