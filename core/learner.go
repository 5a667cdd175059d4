package core

import (
	"bytes"
	"time"
)

// learner knows what is chosen: the commit index, and whom to ask for what this
// node lacks. A higher number that it heard is only a hint what to fetch.
type learner struct {
	commit  Instance
	applied Instance
	peers   []peer

	source     Seat     // whom to fetch from first
	fetchUntil Instant  // an answer is awaited until then; Never: none asked
	wanted     Instance // fetch through here

	installing bool // the host installs a snapshot
	rebuilding bool // the state machine is lost: a snapshot must come
}

// peer is what this node knows of another seat.
type peer struct {
	incarnation Incarnation // as it last said itself; zero: unknown
	commit      Instance    // heard
	owes        Instant     // asked since then for what it said it holds, and nothing came; 0: not so
}

// fetchWait is how long an answer to a Fetch is awaited.
const fetchWait = 200 * time.Millisecond

// commitThrough moves the commit index by one held instance, or several, which
// hold what is chosen.
func (n *Node) commitThrough(i Instance) {
	for k := n.lrn.commit + 1; k <= i; k++ {
		if e := n.acc.at(k); e != nil {
			n.noteChosen(e.value)
		}
	}
	n.passCommit(i)
}

// passCommit moves the commit index, whatever is held below it.
func (n *Node) passCommit(i Instance) {
	n.lrn.commit = i
	n.acc.advance(i)
	for k := range n.lrn.peers {
		if p := &n.lrn.peers[k]; p.commit <= i {
			p.owes = 0
		}
	}
}

// tellsInVain reports whether a peer says that more is chosen and has given none of
// it for half a lease period: its small messages pass and its large ones don't, or
// its disk is read no more. What such a peer says keeps nobody from leading; a
// quorum that promises without it knows all that is chosen.
func (n *Node) tellsInVain(seat Seat) bool {
	owes := n.lrn.peers[seat].owes
	return owes != 0 && n.now >= owes.Add(n.cfg.LeasePeriod/2)
}

// learnCommit moves a follower over entries that it accepted in the very ballot
// of the master that reports the commit (spec: LearnCommit): an older entry may
// hold another value.
func (n *Node) learnCommit(from Seat, b Ballot, commit Instance) {
	moved := false
	for n.lrn.commit < commit {
		e := n.acc.at(n.lrn.commit + 1)
		if e == nil || e.ballot != b {
			break
		}
		n.commitThrough(n.lrn.commit + 1)
		moved = true
	}
	if moved {
		n.trace(Event{Action: ActLearn, Ballot: b, Instance: n.lrn.commit, From: from})
	}
	n.heardCommit(from, commit)
}

// heardCommit notes what a peer says it holds, and fetches if that is more.
func (n *Node) heardCommit(from Seat, commit Instance) {
	n.lrn.peers[from].commit = max(n.lrn.peers[from].commit, commit)
	n.lrn.wanted = max(n.lrn.wanted, commit)
	if commit > n.lrn.commit && n.lrn.fetchUntil == Never && n.pro.role != RoleMaster {
		n.fetch(from)
	}
}

func (n *Node) fetch(from Seat) {
	if from == NoSeat || n.lrn.installing {
		return
	}
	n.lrn.source = from
	n.lrn.fetchUntil = n.now.Add(fetchWait)
	if p := &n.lrn.peers[from]; p.commit > n.lrn.commit && p.owes == 0 {
		p.owes = n.now
	}
	n.send(from, &Fetch{From: n.lrn.commit + 1, Through: n.lrn.wanted})
}

// tickLearner asks the next peer when one did not answer: any of them in turn, for
// who is heard to hold more may be deaf to this node, and others hold it too
// without having said so. A learner has no master that would tell it, so it asks
// in turn.
func (n *Node) tickLearner() {
	if n.lrn.fetchUntil == Never || n.now < n.lrn.fetchUntil {
		return
	}
	n.lrn.fetchUntil = Never
	if n.lrn.installing {
		return
	}
	if n.lrn.rebuilding {
		n.lrn.source = n.nextSource(n.lrn.commit)
		n.lrn.fetchUntil = n.now.Add(n.cfg.LeasePeriod / 5)
		if n.lrn.source != NoSeat {
			n.eff.Install = append(n.eff.Install, SnapshotSource{From: n.lrn.source})
		}
		return
	}
	if n.pro.role == RoleLearner {
		n.lrn.wanted = n.lrn.commit + 1
		n.fetch(n.nextSource(0))
		n.lrn.fetchUntil = n.now.Add(n.cfg.LeasePeriod / 5)
		return
	}
	if n.lrn.wanted > n.lrn.commit && n.pro.role != RoleMaster {
		n.fetch(n.nextSource(0))
	}
}

// poll asks a peer, another one each time, whether more is chosen. A voter that
// may not lead hears of it from nobody when no master speaks to it: others ask
// whether they may stand, and are told.
func (n *Node) poll() {
	n.standAfter(n.now, n.cfg.LeasePeriod/5)
	if n.lrn.installing || n.lrn.rebuilding || n.lrn.fetchUntil != Never {
		return
	}
	n.lrn.source = n.nextSource(0)
	if n.lrn.source != NoSeat {
		n.send(n.lrn.source, &Fetch{From: n.lrn.commit + 1, Through: n.lrn.commit + 1})
	}
}

// nextSource is the next voter after the last source that is heard to hold
// instance i; any next voter if none is.
func (n *Node) nextSource(i Instance) Seat {
	seats := Seat(len(n.lrn.peers))
	next := NoSeat
	for k := Seat(1); k <= seats; k++ {
		seat := (n.lrn.source%seats + k) % seats
		if seat == n.cfg.Self || !n.id.voters.Has(seat) {
			continue
		}
		if n.lrn.peers[seat].commit >= i {
			return seat
		}
		if next == NoSeat {
			next = seat
		}
	}
	return next
}

// onFetch lets the host send chosen entries; the bytes don't pass through core.
func (n *Node) onFetch(env *Envelope, m *Fetch) {
	through := min(m.Through, n.lrn.commit)
	for _, u := range n.acc.unknown {
		through = min(through, u.Instance-1)
	}
	if m.From == 0 || m.From > through {
		return
	}
	reply := n.envelope(env.From, nil)
	reply.ToInc = env.FromInc
	n.eff.Feed = append(n.eff.Feed, Feed{Envelope: reply, From: m.From, Through: through, Commit: n.lrn.commit})
}

// onEntries installs chosen entries (spec: CatchUp). Never on a master: what it
// reports as committed it must have counted in its own ballot. An entry of a
// higher ballot stays: it holds the same value.
func (n *Node) onEntries(from Seat, m *Entries) {
	if n.pro.role == RoleMaster || !consecutiveEntries(m.Entries) {
		n.refuse("entries for a master or with a hole")
		return
	}
	before := n.lrn.commit
	n.lrn.peers[from].owes = 0
	for k := range m.Entries {
		if !n.install(&m.Entries[k]) {
			break
		}
	}
	n.lrn.peers[from].commit = max(n.lrn.peers[from].commit, m.Commit)
	n.lrn.wanted = max(n.lrn.wanted, m.Commit)
	if n.lrn.commit == before {
		return
	}
	n.trace(Event{Action: ActCatchUp, Instance: n.lrn.commit, From: from})
	n.unpark(n.acc.promised)
	n.fetchMore(from)
}

// fetchMore goes on with the next chunk, or ends the catch-up; who wanted to
// stand may do so now.
func (n *Node) fetchMore(from Seat) {
	switch {
	case n.lrn.commit < n.lrn.wanted:
		n.fetch(from)
	case n.pro.role != RoleLearner:
		n.lrn.fetchUntil = Never
		if n.els.eager {
			n.els.eager = false
			n.els.standAt = min(n.els.standAt, n.now.Add(n.jitter()/8))
		}
	}
}

func consecutiveEntries(entries []Entry) bool {
	return len(entries) > 0 && consecutive(entries, entries[0].Instance)
}

// install takes in one chosen entry; false if it leaves a gap.
func (n *Node) install(e *Entry) bool {
	if e.Instance <= n.lrn.commit {
		return true
	}
	if e.Instance != n.lrn.commit+1 {
		return false
	}
	own := n.acc.at(e.Instance)
	if own != nil && !own.ballot.Less(e.Ballot) {
		if !bytes.Equal(own.value, e.Value) {
			n.refuse("chosen entry differs from one of a higher ballot")
			return false
		}
	} else {
		if n.acc.promised.Less(e.Ballot) && n.id.member != 0 {
			n.promise(e.Ballot) // what is chosen there was promised by a quorum
			n.trace(Event{Action: ActFollow, Ballot: e.Ballot, From: NoSeat})
		}
		n.append(Record{Kind: RecordAccepted, Instance: e.Instance, Ballot: e.Ballot, Bytes: e.Value})
	}
	n.noteChosen(e.Value)
	n.passCommit(e.Instance)
	n.trace(Event{Action: ActTake, Instance: e.Instance, Ballot: e.Ballot, Digest: e.Value.Digest()})
	return true
}
