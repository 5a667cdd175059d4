package core

// State transfer: what a node does that lacks chosen entries which its peers'
// logs hold no more (DESIGN 4.5). Core decides whom to ask and when a snapshot
// counts; the bytes pass by it, from host to host.

// SnapshotSource asks the host to install a snapshot from a seat, which offered
// one at Instance (0: its newest). The host answers with Installing, then with
// Installed.
type SnapshotSource struct {
	From     Seat
	Instance Instance
}

// onSnapshotOffer: a peer's log begins above what this node asked for. Never for
// a master or a candidate: what they count must be their own.
func (n *Node) onSnapshotOffer(from Seat, m *SnapshotOffer) {
	n.lrn.peers[from].commit = max(n.lrn.peers[from].commit, m.Commit)
	if n.lrn.installing || n.pro.role >= RoleAsking || m.Instance <= n.lrn.applied {
		return
	}
	n.lrn.fetchUntil = n.now.Add(fetchWait)
	n.eff.Install = append(n.eff.Install, SnapshotSource{From: from, Instance: m.Instance})
}

// onInstalling notes that the host is installing a snapshot, or gave it up. As
// long as it does, this node fetches nothing and doesn't stand; it may have stood up
// in the very Step that took the offer.
func (n *Node) onInstalling(on bool) {
	n.lrn.installing = on
	if on {
		n.withdraw()
	} else {
		n.lrn.fetchUntil = n.now.Add(fetchWait)
	}
}

// withdraw leaves the ballot that this node leads or stands in, if any.
func (n *Node) withdraw() {
	switch {
	case n.pro.role == RoleMaster:
		n.giveUp()
	case n.pro.role >= RoleAsking:
		n.abandon(n.jitter())
	}
}

// onRebuild: the state machine was thrown away, and the log begins too late to
// replay it. Until a snapshot is installed this node votes, promises and grants,
// for its log is right, but neither stands nor serves.
func (n *Node) onRebuild() {
	n.withdraw()
	n.forgetMarks()
	n.lrn.rebuilding, n.lrn.applied = true, 0
	n.lrn.fetchUntil = n.now
}

// onInstalled: the state machine is now what every node had after instance
// Through, durably (spec: InstallSnapshot). Own entries above it stay.
func (n *Node) onInstalled(in Installed) {
	if n.pro.role >= RoleAsking {
		assertf("%v installs a snapshot", n.pro.role)
	}
	if in.Through < n.lrn.applied {
		assertf("snapshot of instance %d under applied %d", in.Through, n.lrn.applied)
	}
	n.lrn.installing, n.lrn.rebuilding = false, false
	n.lrn.applied = in.Through
	n.forgetMarks()
	n.tookSetting(in.Setting)
	more := in.Through > n.lrn.commit
	if more {
		n.passCommit(in.Through)
	}
	n.save()
	n.trace(Event{Action: ActInstall, Instance: in.Through})
	if more {
		n.everybodyAdopted()
		n.unpark(n.acc.promised)
	}
	n.lrn.fetchUntil = n.now // a learner, whom nobody tells, asks on
	n.fetchMore(n.lrn.source)
}

// relay hands a snapshot message to the host.
func (n *Node) relay(env *Envelope) { n.eff.Relay = append(n.eff.Relay, *env) }

// Address returns an envelope from this node to a seat, for the host's snapshot
// messages.
func (n *Node) Address(to Seat, msg Message) Envelope { return n.envelope(to, msg) }
