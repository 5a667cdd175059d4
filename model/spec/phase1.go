package spec

// Phase 1: standing, promising, leading.

// mayPromise: no grant stands against the owner of b.
func mayPromise(s *State, a *Args) bool {
	n := &s.nodes[a.N]
	return n.rem == 0 || n.grant != 0 && n.grant.Owner() == a.B.Owner()
}

func mayVote(s *State, a *Args) bool { return !s.nodes[a.N].mute }

func higher(s *State, a *Args) bool   { return a.B > s.nodes[a.N].pro }
func isOwner(s *State, a *Args) bool  { return a.B.Owner() == a.N }
func notOwner(s *State, a *Args) bool { return a.B.Owner() != a.N }
func leads(s *State, a *Args) bool    { return s.nodes[a.N].ph == Master }

// leadsIn: a run's event names the ballot that the node leads in.
func leadsIn(s *State, a *Args) bool { return s.nodes[a.N].mb == a.B }

// suffix is what node n has accepted above f.
func (s *State) suffix(n int, f Inst) log {
	m := &s.nodes[n]
	out := log{base: max(f, m.snap)}
	for i := out.base + 1; i <= m.log.last(); i++ {
		out.e = append(out.e, m.log.at(i))
	}
	return out
}

// leave: whoever takes up a ballot of another node is no longer master (StepDown).
func (n *node) leave() {
	n.ph, n.mb, n.bar, n.top, n.due, n.rest = Follower, 0, 0, 0, nil, false
	n.lease, n.lrem, n.lrnd = 0, 0, 0
}

var startGuards = []guard{
	{name: "owner", holds: isOwner},
	{name: "higher", holds: higher},
	{name: "free", holds: mayPromise},
	{name: "voter", holds: mayVote, only: inRuns},
	{name: "written", holds: written, only: inRuns},
}

func startEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	com := n.com
	n.leave()
	s.writePro(a, a.B)
	s.reply(a, reply{kind: replyPrepare, b: a.B, i: com})
	s.reply(a, reply{kind: replyPromise, b: a.B, i: com, log: s.suffix(a.N, com)})
	n.ph, n.mb = Candidate, a.B
}

func allStarts(s *State, try func(Args)) {
	for n := range s.nodes {
		for k := 1; k <= s.cfg.MaxBallot; k++ {
			try(Args{N: n, B: s.cfg.numbered(k)})
		}
	}
}

// numbered is the ballot of a number of the spec, from 1 on.
func (c *Config) numbered(k int) Ballot {
	return MakeBallot(uint64((k-1)/c.Standing+1), (k-1)%c.Standing)
}

var promiseGuards = []guard{
	{name: "prepared", holds: func(s *State, a *Args) bool {
		t := s.find(a.B)
		return t != nil && len(t.prepares) > 0
	}, only: inRuns},
	{name: "other", holds: notOwner},
	{name: "higher", holds: func(s *State, a *Args) bool { return higher(s, a) || repeated(s, a) }},
	{name: "free", holds: mayPromise},
	{name: "voter", holds: mayVote, only: inRuns},
	{name: "written", holds: func(s *State, a *Args) bool { return written(s, a) || repeated(s, a) }, only: inRuns},
}

// repeated: in a run a Prepare comes again, and is answered again. A crash may have
// kept the promise and lost the answer.
func repeated(s *State, a *Args) bool { return s.cfg.Runs && a.B == s.nodes[a.N].pro }

func promiseEffect(s *State, a *Args) {
	if s.cfg.Runs {
		t := s.tenure(a.B)
		a.I = t.prepares[len(t.prepares)-1]
	}
	n := &s.nodes[a.N]
	r := reply{kind: replyPromise, b: a.B, i: n.com, log: s.suffix(a.N, a.I)}
	if a.B == n.pro {
		s.rests(a, r, len(n.pend))
		return
	}
	s.writePro(a, a.B)
	n.leave()
	s.reply(a, r)
}

func allPromises(s *State, try func(Args)) {
	for n := range s.nodes {
		for k := range s.tenures {
			for _, com := range s.tenures[k].prepares {
				try(Args{N: n, B: s.tenures[k].b, I: com})
			}
		}
	}
}

// promised returns the promises of a node's ballot that come from q, and from whom.
func (s *State) promised(b Ballot, q Set) (from []promise, who Set) {
	t := s.find(b)
	if t == nil {
		return nil, 0
	}
	for _, p := range t.promises {
		if q.Has(p.node) {
			from, who = append(from, p), who.With(p.node)
		}
	}
	return from, who
}

var masterGuards = []guard{
	{name: "candidate", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph == Candidate }},
	{name: "ballot", holds: leadsIn, only: inRuns},
	{name: "quorum", holds: func(s *State, a *Args) bool { return a.Q&^s.cfg.Voters == 0 && s.majority(a.Q) }},
	{name: "promised", holds: func(s *State, a *Args) bool {
		_, who := s.promised(s.nodes[a.N].mb, a.Q)
		return who == a.Q
	}},
	{name: "caught-up", holds: func(s *State, a *Args) bool {
		from, _ := s.promised(s.nodes[a.N].mb, a.Q)
		for _, p := range from {
			if p.com > s.nodes[a.N].com {
				return false
			}
		}
		return true
	}},
}

// again returns what a quorum's promises make the new master propose again, from the
// instance above its commit index on: per instance the value of the highest ballot.
func again(com Inst, from []promise) []Value {
	hi := com
	for k := range from {
		for i := from[k].log.last(); i > hi; i-- {
			if from[k].log.at(i).B > 0 {
				hi = i
			}
		}
	}
	values := make([]Value, hi-com)
	for k := range values {
		best := Entry{V: Noop}
		for p := range from {
			if e := from[p].log.at(com + 1 + Inst(k)); e.B > best.B {
				best = e
			}
		}
		values[k] = best.V
	}
	return values
}

func masterEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	from, _ := s.promised(n.mb, a.Q)
	values := again(n.com, from)
	n.bar, n.top, n.ph = n.com+Inst(len(values)), n.com, Master
	t := s.tenure(n.mb)
	t.elected = true
	if s.cfg.Runs { // proposed one by one, then a barrier of this ballot
		n.due, n.rest = values, true
		n.bar++
		t.told = span{first: 1, last: uint64(n.com)}
		return
	}
	for _, v := range values {
		s.propose(a, n.top+1, v)
	}
}

// allMasters tries every set of voters; that it is a quorum is a guard.
func allMasters(s *State, try func(Args)) {
	for n := range s.nodes {
		for q := s.cfg.Voters; q != 0; q = (q - 1) & s.cfg.Voters {
			try(Args{N: n, Q: q})
		}
	}
}
