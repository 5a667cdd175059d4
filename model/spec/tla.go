package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Variables are the spec's, as TLA returns them.
var Variables = []string{"pro", "log", "com", "snap", "dpro", "dlog", "out", "ph", "mb", "bar", "lease", "lrem", "lrnd",
	"grant", "p1a", "p1b", "p2a", "p2b", "cmt", "lreq", "lack", "seen", "ncr", "nsn"}

// TLA returns the state of a bounded model as the values of the spec's variables, in
// TLA+ without spaces, the elements of sets in the order of their text.
func (s *State) TLA() map[string]string {
	v := map[string]string{"seen": fmt.Sprint(s.seen), "ncr": fmt.Sprint(s.ncr), "nsn": fmt.Sprint(s.nsn)}
	for name, of := range nodeVariables { // each is on its own: order can't matter
		values := make([]string, len(s.nodes))
		for k := range s.nodes {
			values[k] = of(s, k, &s.nodes[k])
		}
		v[name] = tuple(values...)
	}
	s.messages(v)
	return v
}

var nodeVariables = map[string]func(s *State, k int, n *node) string{
	"pro":   func(s *State, _ int, n *node) string { return s.cfg.text(n.pro) },
	"log":   func(s *State, _ int, n *node) string { return s.logText(&n.log) },
	"com":   func(_ *State, _ int, n *node) string { return fmt.Sprint(n.com) },
	"snap":  func(_ *State, _ int, n *node) string { return fmt.Sprint(n.snap) },
	"dpro":  func(s *State, _ int, n *node) string { return s.cfg.text(n.dpro) },
	"dlog":  func(s *State, _ int, n *node) string { return s.logText(&n.dlog) },
	"out":   func(s *State, k int, n *node) string { return s.outText(k, n) },
	"ph":    func(_ *State, _ int, n *node) string { return []string{`"f"`, `"c"`, `"m"`}[n.ph] },
	"mb":    func(s *State, _ int, n *node) string { return s.cfg.text(n.mb) },
	"bar":   func(_ *State, _ int, n *node) string { return fmt.Sprint(n.bar) },
	"lease": func(_ *State, _ int, n *node) string { return fmt.Sprint(n.lease) },
	"lrem":  func(_ *State, _ int, n *node) string { return fmt.Sprint(n.lrem) },
	"lrnd":  func(_ *State, _ int, n *node) string { return fmt.Sprint(n.lrnd) },
	"grant": func(s *State, _ int, n *node) string {
		return fmt.Sprintf("[b|->%s,rem|->%d]", s.cfg.text(n.grant), n.rem)
	},
}

func (c *Config) text(b Ballot) string { return fmt.Sprint(c.number(b)) }

func tuple(parts ...string) string { return "<<" + strings.Join(parts, ",") + ">>" }

// setOf is a set of TLA+ values, each once.
func setOf(parts []string) string {
	slices.Sort(parts)
	return "{" + strings.Join(slices.Compact(parts), ",") + "}"
}

func (s *State) logText(l *log) string {
	parts := make([]string, s.cfg.MaxInst)
	for k := range parts {
		e := l.at(Inst(k + 1))
		parts[k] = fmt.Sprintf("[b|->%s,v|->%d]", s.cfg.text(e.B), int(e.V)-1)
	}
	return tuple(parts...)
}

func (s *State) prepareText(b Ballot, com Inst) string {
	return tuple(s.cfg.text(b), fmt.Sprint(com))
}

func (s *State) promiseText(k int, b Ballot, com Inst, l *log) string {
	return tuple(fmt.Sprint(k+1), s.cfg.text(b), fmt.Sprint(com), s.logText(l))
}

func (s *State) voteText(k int, b Ballot, i Inst) string {
	return tuple(fmt.Sprint(k+1), s.cfg.text(b), fmt.Sprint(i))
}

func (s *State) outText(k int, n *node) string {
	var a1, b1, b2 []string
	for i := range n.out {
		switch r := &n.out[i]; r.kind {
		case replyPrepare:
			a1 = append(a1, s.prepareText(r.b, r.i))
		case replyPromise:
			b1 = append(b1, s.promiseText(k, r.b, r.i, &r.log))
		case replyVote:
			b2 = append(b2, s.voteText(k, r.b, r.i))
		case replyAck:
			panic("spec: a grant waits for nothing in a bounded model")
		}
	}
	return fmt.Sprintf("[a1|->%s,b1|->%s,b2|->%s]", setOf(a1), setOf(b1), setOf(b2))
}

func (s *State) messages(v map[string]string) {
	var p1a, p1b, p2a, p2b, cmt, lreq, lack []string
	for k := range s.tenures {
		t := &s.tenures[k]
		for _, com := range t.prepares {
			p1a = append(p1a, s.prepareText(t.b, com))
		}
		for p := range t.promises {
			p1b = append(p1b, s.promiseText(t.promises[p].node, t.b, t.promises[p].com, &t.promises[p].log))
		}
		for i := t.told.first; i <= t.told.last && i > 0; i++ {
			cmt = append(cmt, s.prepareText(t.b, Inst(i)))
		}
		for r := t.asked.first; r <= t.asked.last && r > 0; r++ {
			lreq = append(lreq, s.prepareText(t.b, Inst(r)))
		}
		for _, a := range t.acks {
			lack = append(lack, s.each(a.set, t.b, Inst(a.round))...)
		}
	}
	for i := range s.slots {
		for _, p := range s.slots[i].p2a {
			p2a = append(p2a, tuple(s.cfg.text(p.B), fmt.Sprint(i+1), fmt.Sprint(int(p.V)-1)))
		}
		for _, w := range s.slots[i].p2b {
			p2b = append(p2b, s.each(w.set, w.b, Inst(i+1))...)
		}
	}
	v["p1a"], v["p1b"], v["p2a"], v["p2b"] = setOf(p1a), setOf(p1b), setOf(p2a), setOf(p2b)
	v["cmt"], v["lreq"], v["lack"] = setOf(cmt), setOf(lreq), setOf(lack)
}

func (s *State) each(set Set, b Ballot, i Inst) (parts []string) {
	for k := range s.nodes {
		if set.Has(k) {
			parts = append(parts, s.voteText(k, b, i))
		}
	}
	return parts
}
