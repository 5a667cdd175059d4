package spec

// Leases. A round starts the master's timer when the request leaves, an acceptor's when
// it arrives, which is later. Bounded models count every timer down at its worst case;
// in runs a timer is its end on its node's clock, and Clock takes the place of Tick.

// drift is how much a clock may err over a period: 2 %.
func drift(period int64) int64 { return period / 50 }

// honoured is what an acceptor's timer shows after a grant.
func (s *State) honoured(a *Args) int64 {
	if s.cfg.Runs {
		return a.Now + a.Period + 2*drift(a.Period)
	}
	return s.cfg.LeaseA - s.cfg.Drift
}

// Clock ends the timers of node k whose time has come.
func (s *State) Clock(k int, now int64) {
	n := &s.nodes[k]
	if n.rem != 0 && n.rem <= now {
		n.grant, n.rem, n.quiet = 0, 0, false
	}
	if n.lease != 0 && n.lease <= now {
		n.lease = 0
	}
}

var requestGuards = []guard{
	{name: "master", holds: leads},
	{name: "ballot", holds: leadsIn, only: inRuns},
	{name: "budget", holds: func(s *State, a *Args) bool { return s.nodes[a.N].lrnd < s.cfg.MaxRound }, only: inModels},
	{name: "round", holds: func(s *State, a *Args) bool { return a.R > s.nodes[a.N].lrnd }, only: inRuns},
}

func requestEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.lrnd++
	n.lrem = s.cfg.LeaseM + s.cfg.Drift
	if s.cfg.Runs {
		n.lrnd, n.lrem = a.R, 0
		n.asked[a.R%heldRounds] = asked{a.R, a.Now + a.Period}
	}
	s.tenure(n.mb).asked.add(n.lrnd)
	s.grants(a, n.mb, n.lrnd)
}

// grants honours ballot b, and tells so: when a restart would find whom, and for how
// long.
func (s *State) grants(a *Args, b Ballot, r uint64) {
	n := &s.nodes[a.N]
	n.grant, n.rem, n.quiet = b, s.honoured(a), false
	if !s.cfg.Runs {
		s.ack(a.N, b, r)
		return
	}
	if a.Period > n.longest {
		n.longest = a.Period
		s.pend(a, write{})
	}
	pro, longest := n.dpro, n.dlongest
	k := 0
	for ; pro != b || longest < a.Period; k++ {
		pro, longest = n.pend[k].pro, n.pend[k].longest
	}
	s.rests(a, reply{kind: replyAck, b: b, r: r}, k)
}

// rests sends a reply that rests on the first k of the writes that no sync covers yet.
func (s *State) rests(a *Args, r reply, k int) {
	n := &s.nodes[a.N]
	if k == 0 {
		s.leaves(a.N, &r)
		return
	}
	r.pos = n.pend[k-1].pos
	n.out = append(n.out, r)
}

func (s *State) ack(n int, b Ballot, r uint64) {
	t := s.tenure(b)
	for k := len(t.acks) - 1; k >= 0; k-- {
		if t.acks[k].round == r {
			t.acks[k].set = t.acks[k].set.With(n)
			return
		}
	}
	if len(t.acks) == 4*heldRounds && s.cfg.Runs {
		t.acks = t.acks[:copy(t.acks, t.acks[2*heldRounds:])]
	}
	t.acks = append(t.acks, ack{r, Set(0).With(n)})
}

func (s *State) acked(b Ballot, r uint64) Set {
	t := s.find(b)
	if t == nil {
		return 0
	}
	for k := len(t.acks) - 1; k >= 0; k-- {
		if t.acks[k].round == r {
			return t.acks[k].set
		}
	}
	return 0
}

var grantGuards = []guard{
	{name: "asked", holds: func(s *State, a *Args) bool {
		t := s.find(a.B)
		return t != nil && t.asked.has(a.R)
	}, only: inRuns},
	{name: "other", holds: notOwner},
	{name: "ballot", holds: func(s *State, a *Args) bool { return s.nodes[a.N].pro == a.B }},
	{name: "durable", holds: func(s *State, a *Args) bool { return s.diskPro(a.N) == a.B }, only: inModels},
	{name: "once", holds: func(s *State, a *Args) bool { return !s.acked(a.B, a.R).Has(a.N) }, only: inModels},
	{name: "released", holds: func(s *State, a *Args) bool { return a.B > s.nodes[a.N].released }, only: inRuns},
	{name: "voter", holds: mayVote, only: inRuns},
}

func grantEffect(s *State, a *Args) { s.grants(a, a.B, a.R) }

func allGrants(s *State, try func(Args)) {
	for n := range s.nodes {
		for k := range s.tenures {
			t := &s.tenures[k]
			for r := t.asked.first; r <= t.asked.last && r != 0; r++ {
				try(Args{N: n, B: t.b, R: r})
			}
		}
	}
}

var holdGuards = []guard{
	{name: "master", holds: leads},
	{name: "ballot", holds: leadsIn, only: inRuns},
	{name: "longer", holds: func(s *State, a *Args) bool { return s.nodes[a.N].lrem > s.nodes[a.N].lease }, only: inModels},
	{name: "round", holds: func(s *State, a *Args) bool { return s.nodes[a.N].asked[a.R%heldRounds].round == a.R }, only: inRuns},
	{name: "quorum", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		r := n.lrnd
		if s.cfg.Runs {
			r = a.R
		}
		return s.majority(s.acked(n.mb, r))
	}},
}

func holdEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	if s.cfg.Runs {
		n.lease = max(n.lease, n.asked[a.R%heldRounds].end)
		return
	}
	n.lease = n.lrem
}

var tickGuards = []guard{
	{name: "running", holds: func(s *State, _ *Args) bool {
		for k := range s.nodes {
			if n := &s.nodes[k]; n.lease > 0 || n.lrem > 0 || n.rem > 0 {
				return true
			}
		}
		return false
	}},
}

func tickEffect(s *State, _ *Args) {
	for k := range s.nodes {
		n := &s.nodes[k]
		n.lease, n.lrem = max(0, n.lease-1), max(0, n.lrem-1)
		if n.rem <= 1 {
			n.grant, n.rem = 0, 0
		} else {
			n.rem--
		}
	}
}

// readGuards: who may answer a read, and that it knows of everything any client has
// seen.
var readGuards = []guard{
	{name: "master", holds: leads},
	{name: "lease", holds: func(s *State, a *Args) bool { return s.nodes[a.N].lease > 0 }},
	{name: "barrier", holds: func(s *State, a *Args) bool { return s.nodes[a.N].com >= s.nodes[a.N].bar }},
	{name: "news", holds: func(s *State, a *Args) bool { return s.nodes[a.N].com > s.seen }, only: inModels},
	{name: "linear", holds: func(s *State, a *Args) bool { return s.nodes[a.N].com >= s.seen }, only: inRuns},
}

func readEffect(s *State, a *Args) { s.seen = s.nodes[a.N].com }
