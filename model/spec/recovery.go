package spec

// Catch-up, collapse, crash.

// catchUpGuards: that the peer is another node follows from more.
var catchUpGuards = []guard{
	{name: "more", holds: func(s *State, a *Args) bool { return s.nodes[a.S].com > s.nodes[a.N].com }},
	{name: "idle", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph != Master }},
}

func catchUpEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	peer := &s.nodes[a.S]
	if peer.snap > n.com {
		s.snapshot(a, peer)
	}
	for i := max(n.com, n.snap) + 1; i <= peer.com; i++ {
		if own, e := n.log.at(i), peer.log.at(i); own.B <= e.B && own != e {
			s.writeEntry(a, i, e)
		}
	}
	s.moveTo(n, peer.com)
}

// snapshot installs a peer's: durable before it counts.
func (s *State) snapshot(a *Args, peer *node) {
	n := &s.nodes[a.N]
	for i := Inst(1); i <= peer.snap; i++ {
		v := peer.log.at(i).V
		if i <= n.com {
			v = n.log.at(i).V
		}
		n.log.set(i, Entry{V: v})
	}
	n.snap = peer.snap
	s.covered(a.N)
}

// covered makes the part of the log that a snapshot covers durable.
func (s *State) covered(k int) {
	if !s.split(k) {
		return
	}
	n := &s.nodes[k]
	for i := Inst(1); i <= n.snap; i++ {
		n.dlog.set(i, n.log.at(i))
	}
	for w := range n.pend {
		if n.pend[w].i <= n.snap {
			n.pend[w].i = 0
		}
	}
}

var collapseGuards = []guard{
	{name: "budget", holds: func(s *State, a *Args) bool { return s.nsn < s.cfg.MaxSnap }, only: inModels},
	{name: "more", holds: func(s *State, a *Args) bool { return s.nodes[a.N].com > s.nodes[a.N].snap }},
}

func collapseEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.snap = n.com
	for i := Inst(1); i <= n.snap; i++ {
		n.log.set(i, Entry{V: n.log.at(i).V})
	}
	s.covered(a.N)
	s.nsn++
}

var syncGuards = []guard{
	{name: "split", holds: func(s *State, a *Args) bool { return s.split(a.N) }, only: inModels},
	{name: "news", holds: func(s *State, a *Args) bool { return s.unsynced(a.N) }, only: inModels},
}

var crashGuards = []guard{
	{name: "crasher", holds: func(s *State, a *Args) bool { return s.cfg.Crashers.Has(a.N) }, only: inModels},
	{name: "budget", holds: func(s *State, a *Args) bool { return s.ncr < s.cfg.MaxCrash }, only: inModels},
}

// crashEffect: memory is lost, and every grant; instead of the grants the restarted
// node honours one full period for the owner of the ballot that it finds promised.
func crashEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	s.ncr++
	n.pro = s.diskPro(a.N)
	n.log = s.diskLog(a.N).clone()
	n.com = n.snap
	n.pend, n.out = nil, nil
	n.leave()
	n.grant, n.rem = 0, 0
	if s.cfg.MaxRound > 0 && n.pro != 0 {
		n.grant, n.rem = n.pro, s.cfg.LeaseA-s.cfg.Drift
	}
}

func (l *log) clone() log { return log{l.base, append([]Entry(nil), l.e...)} }
