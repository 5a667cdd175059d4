package spec

// What only runs have: a restart that finds more of the log than was synced, a master's
// ballot taken up, leaving a ballot, a snapshot from a peer.

// kept returns how many of the writes that no sync covered a restart has found: the
// fewest with which its disk is what it gives back; -1 if none fits.
func (s *State) kept(a *Args) int {
	n := &s.nodes[a.N]
	disk := node{dpro: n.dpro, dlongest: n.dlongest, dlog: n.dlog.clone()}
	for k := 0; ; k++ {
		if disk.dpro == a.Pro && disk.dlongest == a.Period && s.gaveBack(n, &disk.dlog, a) {
			return k
		}
		if k == len(n.pend) {
			return -1
		}
		disk.durable(&n.pend[k])
	}
}

// gaveBack: above its commit index a restart gives back what the disk holds. Below the
// commit index of its last life it may also be what was chosen there, caught up.
func (s *State) gaveBack(n *node, disk *log, a *Args) bool {
	for k, e := range a.Restored {
		i := a.I + 1 + Inst(k)
		if e != disk.at(i) && (i > n.reach || !s.chose(i, e)) {
			return false
		}
	}
	for i := a.I + 1 + Inst(len(a.Restored)); i <= disk.last(); i++ {
		if disk.at(i).B != 0 {
			return false
		}
	}
	return true
}

// chose: the entry is the value chosen at i, in a ballot that proposed it.
func (s *State) chose(i Inst, e Entry) bool {
	return s.slot(i).chosen == e.V && s.proposed(e.B, i, e.V)
}

var restartGuards = []guard{
	{name: "commit", holds: func(s *State, a *Args) bool {
		return a.Damaged || s.nodes[a.N].snap <= a.I && s.chosenThrough(a.I)
	}},
	{name: "disk", holds: func(s *State, a *Args) bool {
		return a.Damaged || s.nodes[a.N].mute || s.kept(a) >= 0
	}},
}

// restartEffect begins a life with what the disk gives back. What a disk holds it may
// tell at any time, in answer to a message that comes again: so its promise and its
// votes count as sent. A crash may have kept the writes and lost the answers.
func restartEffect(s *State, a *Args) {
	old := &s.nodes[a.N]
	n := node{pro: a.Pro, dpro: a.Pro, longest: a.Period, dlongest: a.Period, com: a.I,
		snap: min(old.snap, a.I), reach: max(old.reach, a.I), mute: old.mute}
	n.log = log{base: a.I, e: append([]Entry(nil), a.Restored...)}
	n.dlog = n.log.clone()
	if a.Period > 0 && a.Pro != 0 {
		n.grant, n.rem, n.quiet = a.Pro, a.Now+a.Period+2*drift(a.Period), true
	}
	*old = n
	if !n.mute {
		s.mayRepeat(a)
	}
}

func (s *State) mayRepeat(a *Args) {
	if t := s.find(a.Pro); t != nil && len(t.prepares) > 0 {
		com := t.prepares[len(t.prepares)-1]
		s.leaves(a.N, &reply{kind: replyPromise, b: a.Pro, i: a.I, log: s.suffix(a.N, com)})
	}
	for k, e := range a.Restored {
		s.vote(a.N, e.B, a.I+1+Inst(k))
	}
}

var followGuards = []guard{
	{name: "elected", holds: elected},
	{name: "higher", holds: higher},
	{name: "written", holds: written},
	{name: "voter", holds: mayVote},
}

// written: what a node claims to write has a place in the log that no sync has reached.
func written(s *State, a *Args) bool { return a.Pos > s.nodes[a.N].synced }

func elected(s *State, a *Args) bool {
	t := s.find(a.B)
	return t != nil && t.elected
}

// followEffect: an acceptor takes up the ballot of a master that it hears, with or
// without an entry (Accept does both at once).
func followEffect(s *State, a *Args) {
	s.writePro(a, a.B)
	s.nodes[a.N].leave()
}

var stepDownGuards = []guard{
	{name: "stands", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph != Follower }},
	{name: "ballot", holds: leadsIn},
}

func stepDownEffect(s *State, a *Args) { s.nodes[a.N].leave() }

var installGuards = []guard{
	{name: "idle", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph == Follower }},
	{name: "chosen", holds: func(s *State, a *Args) bool { return s.chosenThrough(a.I) }},
}

// chosenThrough: some node has known that everything through i is chosen. A snapshot
// is durable before the node that installs it counts it.
func (s *State) chosenThrough(i Inst) bool {
	for k := range s.nodes {
		if s.nodes[k].reach >= i {
			return true
		}
	}
	return false
}

// installEffect: a snapshot is durable before it counts; own entries above it stay.
func installEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.snap = max(n.snap, a.I)
	if a.I > n.com {
		s.moveTo(n, a.I)
	}
}

// Take is CatchUp in a run, one entry at a time, and perhaps from a peer's earlier life:
// chosen entries never change.
var takeGuards = []guard{
	{name: "idle", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph != Master }},
	{name: "next", holds: func(s *State, a *Args) bool { return a.I == s.nodes[a.N].com+1 }},
	{name: "chosen", holds: func(s *State, a *Args) bool { return s.chose(a.I, Entry{a.B, a.V}) }},
}

func takeEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	if n.log.at(a.I).B < a.B {
		s.writeEntry(a, a.I, Entry{a.B, a.V})
	}
	s.moveTo(n, a.I)
}
