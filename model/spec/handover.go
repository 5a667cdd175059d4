package spec

// Hand-over (tla/TLogLease.tla): the master stops admitting, revokes its lease, leaves
// its ballot for good, and only then says Release.

var handOverGuards = []guard{
	{name: "own", holds: isOwner},
	{name: "elected", holds: elected},
	{name: "left", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph == Follower }},
	{name: "nothing-open", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		return !s.used(a.B, n.com+1)
	}},
}

func handOverEffect(s *State, a *Args) { s.tenure(a.B).handed = true }

var releaseGuards = []guard{
	{name: "told", holds: func(s *State, a *Args) bool {
		t := s.find(a.B)
		return t != nil && t.handed
	}},
}

// releaseEffect drops a grant only if it is exactly b's; what a restart found promised
// to the same owner, in b or below it, counts as b's.
func releaseEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.released = max(n.released, a.B)
	if n.grant == a.B || n.quiet && n.grant.Owner() == a.B.Owner() && n.grant < a.B {
		n.grant, n.rem, n.quiet = 0, 0, false
	}
}

// A master that gave up, and has left its ballot, may drop the grant to itself.
var dropGuards = []guard{
	{name: "left", holds: func(s *State, a *Args) bool { return s.nodes[a.N].ph != Master }},
	{name: "own", holds: func(s *State, a *Args) bool {
		n := &s.nodes[a.N]
		return n.grant == 0 || n.grant.Owner() == a.N
	}},
}

func dropEffect(s *State, a *Args) {
	n := &s.nodes[a.N]
	n.grant, n.rem, n.quiet = 0, 0, false
}

// used: ballot b proposed something for instance i.
func (s *State) used(b Ballot, i Inst) bool {
	if i > Inst(len(s.slots)) {
		return false
	}
	for _, p := range s.slots[i-1].p2a {
		if p.B == b {
			return true
		}
	}
	return false
}
