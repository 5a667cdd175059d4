package spec

// Writing, syncing, replying: replies leave only after the writes before them are
// durable. A bounded model syncs everything at once, a run up to a position.

// write is one that no sync has covered yet.
type write struct {
	pos     Pos
	pro     Ballot // the promise after it
	longest int64
	i       Inst // 0: no entry
	e       Entry
}

type replyKind uint8

const (
	replyPrepare replyKind = iota
	replyPromise
	replyVote
	replyAck
)

// reply is a message that waits for a sync.
type reply struct {
	pos  Pos
	kind replyKind
	b    Ballot
	i    Inst   // commit index, or instance
	r    uint64 // lease round
	log  log
}

// split says whether a write and its sync are two steps on node n.
func (s *State) split(n int) bool {
	return s.cfg.Runs || s.cfg.SplitSync && s.cfg.Crashers.Has(n)
}

// diskPro and diskLog are what a crash of n would leave.
func (s *State) diskPro(n int) Ballot {
	if s.split(n) {
		return s.nodes[n].dpro
	}
	return s.nodes[n].pro
}

func (s *State) diskLog(n int) *log {
	if s.split(n) {
		return &s.nodes[n].dlog
	}
	return &s.nodes[n].log
}

// writePro promises ballot b.
func (s *State) writePro(a *Args, b Ballot) {
	n := &s.nodes[a.N]
	n.pro = b
	s.pend(a, write{})
}

// writeEntry accepts an entry.
func (s *State) writeEntry(a *Args, i Inst, e Entry) {
	s.nodes[a.N].log.set(i, e)
	s.pend(a, write{i: i, e: e})
}

func (s *State) pend(a *Args, w write) {
	if !s.split(a.N) {
		return
	}
	n := &s.nodes[a.N]
	w.pos, w.pro, w.longest = a.Pos, n.pro, n.longest
	n.pend = append(n.pend, w)
}

// reply lets a message go when what node a.N has written is durable.
func (s *State) reply(a *Args, r reply) {
	if !s.split(a.N) {
		s.leaves(a.N, &r)
		return
	}
	r.pos = a.Pos
	s.nodes[a.N].out = append(s.nodes[a.N].out, r)
}

// leaves adds a message of node n to those that were sent.
func (s *State) leaves(n int, r *reply) {
	switch r.kind {
	case replyPrepare:
		t := s.tenure(r.b)
		for _, com := range t.prepares {
			if com == r.i {
				return
			}
		}
		t.prepares = append(t.prepares, r.i)
	case replyPromise:
		t := s.tenure(r.b)
		if s.cfg.Runs { // the newest counts: a repeated answer is made anew
			t.forget(n)
		}
		t.promises = append(t.promises, promise{node: n, com: r.i, log: r.log})
	case replyVote:
		s.vote(n, r.b, r.i)
	case replyAck:
		s.ack(n, r.b, r.r)
	}
}

func (t *tenure) forget(n int) {
	kept := t.promises[:0]
	for _, p := range t.promises {
		if p.node != n {
			kept = append(kept, p)
		}
	}
	t.promises = kept
}

func (s *State) vote(n int, b Ballot, i Inst) {
	slot := s.slot(i)
	for k := range slot.p2b {
		if v := &slot.p2b[k]; v.b == b {
			v.set = v.set.With(n)
			return
		}
	}
	slot.p2b = append(slot.p2b, votes{b, Set(0).With(n)})
}

// Sync makes durable what node a.N has written, in a run through a.Pos.
func syncEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.synced = max(n.synced, a.Pos)
	k := 0
	for k < len(n.pend) && (!s.cfg.Runs || n.pend[k].pos <= a.Pos) {
		n.durable(&n.pend[k])
		k++
	}
	n.pend = n.pend[:copy(n.pend, n.pend[k:])]
	waits := n.out[:0]
	for k := range n.out {
		if s.cfg.Runs && n.out[k].pos > a.Pos {
			waits = append(waits, n.out[k])
			continue
		}
		s.leaves(a.N, &n.out[k])
	}
	n.out = waits
}

func (n *node) durable(w *write) {
	n.dpro, n.dlongest = max(n.dpro, w.pro), max(n.dlongest, w.longest)
	if w.i != 0 {
		n.dlog.set(w.i, w.e)
	}
}

// unsynced says whether a sync of node n would change anything.
func (s *State) unsynced(n int) bool {
	m := &s.nodes[n]
	if m.dpro != m.pro || len(m.out) > 0 {
		return true
	}
	for i := Inst(1); i <= max(m.log.last(), m.dlog.last()); i++ {
		if m.log.at(i) != m.dlog.at(i) {
			return true
		}
	}
	return false
}
