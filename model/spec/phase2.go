package spec

// Phase 2: proposing, accepting, committing, learning.

// next is the instance that a master proposes next.
func (s *State) next(n int) Inst { return 1 + max(s.nodes[n].com, s.nodes[n].top) }

var proposeGuards = []guard{
	{name: "master", holds: leads},
	{name: "ballot", holds: leadsIn, only: inRuns},
	{name: "bound", holds: func(s *State, a *Args) bool { return s.next(a.N) <= s.cfg.MaxInst }, only: inModels},
	{name: "window", holds: func(s *State, a *Args) bool { return s.next(a.N) <= s.nodes[a.N].com+s.cfg.Window }},
	{name: "next", holds: func(s *State, a *Args) bool { return s.next(a.N) == a.I }, only: inRuns},
	{name: "again", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		return len(n.due) == 0 || n.due[0] == a.V
	}, only: inRuns},
	{name: "written", holds: written, only: inRuns},
}

func proposeEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	if !s.cfg.Runs {
		s.propose(a, s.next(a.N), Noop+Value(s.cfg.number(n.mb)))
		return
	}
	if len(n.due) > 0 {
		n.due = n.due[1:]
	}
	s.propose(a, a.I, a.V)
}

// number is the spec's number of a ballot.
func (c *Config) number(b Ballot) int {
	if b == 0 {
		return 0
	}
	return int(b>>memberBits-1)*c.Standing + b.Owner() + 1
}

// propose: the Accept leaves at once, the own vote counts when it is durable.
func (s *State) propose(a *Args, i Inst, v Value) {
	n := &s.nodes[a.N]
	n.top = i
	s.writeEntry(a, i, Entry{n.mb, v})
	if !s.proposed(n.mb, i, v) {
		slot := s.slot(i)
		slot.p2a = append(slot.p2a, Entry{n.mb, v})
	}
	s.reply(a, reply{kind: replyVote, b: n.mb, i: i})
}

var acceptGuards = []guard{
	{name: "proposed", holds: func(s *State, a *Args) bool { return s.proposed(a.B, a.I, a.V) }, only: inRuns},
	{name: "other", holds: notOwner},
	{name: "ballot", holds: func(s *State, a *Args) bool { return a.B >= s.nodes[a.N].pro }},
	{name: "above", holds: func(s *State, a *Args) bool { return a.I > s.nodes[a.N].com }},
	{name: "once", holds: func(s *State, a *Args) bool { return s.nodes[a.N].log.at(a.I).B != a.B }},
	{name: "gap", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		for i := n.com + 1; s.cfg.HoleFree && i < a.I; i++ {
			if n.log.at(i).B == 0 {
				return false
			}
		}
		return true
	}},
	{name: "voter", holds: mayVote, only: inRuns},
	{name: "written", holds: written, only: inRuns},
}

func acceptEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	if a.B > n.pro {
		n.pro = a.B
		n.leave()
	}
	s.writeEntry(a, a.I, Entry{a.B, a.V})
	s.reply(a, reply{kind: replyVote, b: a.B, i: a.I})
}

func allAccepts(s *State, try func(Args)) {
	for n := range s.nodes {
		for i := range s.slots {
			for _, p := range s.slots[i].p2a {
				try(Args{N: n, B: p.B, I: Inst(i + 1), V: p.V})
			}
		}
	}
}

// commitGuards: that there is a next instance within a model's bound follows from own.
var commitGuards = []guard{
	{name: "master", holds: leads},
	{name: "ballot", holds: leadsIn, only: inRuns},
	{name: "own", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		return n.log.at(n.com+1).B == n.mb
	}},
	{name: "quorum", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		return s.accepts(s.voted(n.mb, n.com+1))
	}},
	{name: "agrees", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		chosen := s.slot(n.com + 1).chosen
		return chosen == 0 || chosen == n.log.at(n.com+1).V
	}, only: inRuns},
}

func commitEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	i := n.com + 1
	if s.cfg.Runs {
		s.slot(i).chosen = n.log.at(i).V
	}
	s.moveTo(n, i)
	s.tenure(n.mb).told.add(uint64(i))
	s.seen = max(s.seen, i)
}

// moveTo moves a commit index; a run forgets what lies below.
func (s *State) moveTo(n *node, i Inst) {
	n.com = i
	n.reach = max(n.reach, i)
	if !s.cfg.Runs {
		return
	}
	n.log.drop(i)
	if len(n.dlog.e) > 2*keptBelow && n.com > keptBelow {
		n.dlog.drop(n.com - keptBelow)
	}
}

// keptBelow is how many durable entries below the commit index a run remembers.
const keptBelow = 512

// learnt is how far a commit index that ballot b's master tells moves a follower: over
// entries that it accepted in that very ballot, since an older one may hold another
// value.
func (s *State) learnt(a *Args) Inst {
	n := &s.nodes[a.N]
	i := n.com
	for i < a.I && n.log.at(i+1).B == a.B {
		i++
	}
	return i
}

var learnGuards = []guard{
	{name: "told", holds: func(s *State, a *Args) bool {
		t := s.find(a.B)
		return t != nil && t.told.has(uint64(a.I))
	}, only: inRuns},
	{name: "promise", holds: func(s *State, a *Args) bool { return s.nodes[a.N].pro == a.B }},
	{name: "more", holds: func(s *State, a *Args) bool { return s.learnt(a) > s.nodes[a.N].com }},
}

func learnEffect(s *State, a *Args) { s.moveTo(&s.nodes[a.N], s.learnt(a)) }

func allLearns(s *State, try func(Args)) {
	for n := range s.nodes {
		for k := range s.tenures {
			t := &s.tenures[k]
			for i := t.told.first; i <= t.told.last && i != 0; i++ {
				try(Args{N: n, B: t.b, I: Inst(i)})
			}
		}
	}
}
