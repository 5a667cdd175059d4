package spec

// invariants are those of the spec, in its order.
var invariants = []struct {
	name  string
	holds func(*State) bool
}{
	{"Agreement", func(s *State) bool { return s.agreement(s.accepts) }},
	{"OneProposal", oneProposal},
	{"PrefixCommit", prefixCommit},
	{"PromiseDurability", promiseDurability},
	{"NoHoles", noHoles},
	{"LeaseExclusion", leaseExclusion},
	{"OwnGrant", ownGrant},
	{"LinearRead", linearRead},
	{"AckedChosen", ackedChosen},
	{"InEveryZone", inEveryZone},
	{"MajorityAgreement", func(s *State) bool { return s.agreement(s.majority) }},
}

// Broken names an invariant that the state of a bounded model breaks; "" if none.
func (s *State) Broken() string {
	for _, inv := range invariants {
		if !inv.holds(s) {
			return inv.name
		}
	}
	return ""
}

// chosenAt lists the values chosen at i by a quorum rule.
func (s *State) chosenAt(i Inst, quorum func(Set) bool) (values []Value) {
	if i == 0 || i > Inst(len(s.slots)) {
		return nil
	}
	for _, p := range s.slots[i-1].p2a {
		if quorum(s.voted(p.B, i)) {
			values = append(values, p.V)
		}
	}
	return values
}

func (s *State) isChosen(i Inst, v Value) bool {
	for _, w := range s.chosenAt(i, s.accepts) {
		if w == v {
			return true
		}
	}
	return false
}

func (s *State) agreement(quorum func(Set) bool) bool {
	for i := range s.slots {
		values := s.chosenAt(Inst(i+1), quorum)
		for _, v := range values {
			if v != values[0] {
				return false
			}
		}
	}
	return true
}

// oneProposal: a ballot proposes one value per instance.
func oneProposal(s *State) bool {
	for i := range s.slots {
		for k, p := range s.slots[i].p2a {
			for _, q := range s.slots[i].p2a[:k] {
				if p.B == q.B && p.V != q.V {
					return false
				}
			}
		}
	}
	return true
}

// prefixCommit: what a node calls committed is chosen, without a hole.
func prefixCommit(s *State) bool {
	for k := range s.nodes {
		n := &s.nodes[k]
		for i := Inst(1); i <= n.com; i++ {
			if !s.isChosen(i, n.log.at(i).V) {
				return false
			}
		}
	}
	return true
}

// promiseDurability: a vote or a promise that was sent can't be forgotten.
func promiseDurability(s *State) bool {
	for k := range s.tenures {
		for _, p := range s.tenures[k].promises {
			if s.diskPro(p.node) < s.tenures[k].b {
				return false
			}
		}
	}
	for i := range s.slots {
		for _, v := range s.slots[i].p2b {
			for n := range s.nodes {
				if v.set.Has(n) && !s.keeps(n, Inst(i+1), v.b) {
					return false
				}
			}
		}
	}
	return true
}

func (s *State) keeps(n int, i Inst, b Ballot) bool {
	return s.diskPro(n) >= b && (i <= s.nodes[n].snap || s.diskLog(n).at(i).B >= b)
}

func noHoles(s *State) bool {
	for k := range s.nodes {
		l := &s.nodes[k].log
		for i := Inst(2); s.cfg.HoleFree && i <= l.last(); i++ {
			if l.at(i) != (Entry{}) && l.at(i-1) == (Entry{}) {
				return false
			}
		}
	}
	return true
}

func leaseExclusion(s *State) bool {
	held := 0
	for k := range s.nodes {
		if s.nodes[k].lease > 0 {
			held++
		}
	}
	return held <= 1
}

// ownGrant: a leased master honours its own grant for at least as long.
func ownGrant(s *State) bool {
	for k := range s.nodes {
		if n := &s.nodes[k]; n.lease > 0 && (n.rem < n.lease || n.grant.Owner() != k) {
			return false
		}
	}
	return true
}

// linearRead: who may answer a read knows of everything any client has seen.
func linearRead(s *State) bool {
	for k := range s.nodes {
		if n := &s.nodes[k]; n.ph == Master && n.lease > 0 && n.com >= n.bar && n.com < s.seen {
			return false
		}
	}
	return true
}

func ackedChosen(s *State) bool {
	for i := Inst(1); i <= s.seen; i++ {
		if len(s.chosenAt(i, s.accepts)) == 0 {
			return false
		}
	}
	return true
}

// inEveryZone: every chosen batch is on a disk in every datacentre.
func inEveryZone(s *State) bool {
	for i := Inst(1); i <= Inst(len(s.slots)); i++ {
		if len(s.cfg.Zones) > 0 && len(s.chosenAt(i, s.accepts)) > 0 && !s.everywhere(i) {
			return false
		}
	}
	return true
}

func (s *State) everywhere(i Inst) bool {
	for _, z := range s.cfg.Zones {
		there := false
		for n := range s.nodes {
			there = there || z.Has(n) && (i <= s.nodes[n].snap || s.isChosen(i, s.diskLog(n).at(i).V))
		}
		if !there {
			return false
		}
	}
	return true
}
