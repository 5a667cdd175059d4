package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// missedUpdates is how many updates the absent node misses.
const missedUpdates = 100_000

func playLongAbsence(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	away := s.others(m)[0]
	away.dieAs("for long", false)
	acked, sent := 0, 0
	var next func(*request)
	next = func(r *request) {
		if r.outcome == success {
			acked++
		}
		if sent < missedUpdates && s.serving() != nil {
			sent++
			s.write(s.serving(), next)
		}
	}
	for range 40 {
		sent++
		s.write(m, next)
	}
	s.until("100,000 updates", 3000, func() bool { return acked >= missedUpdates })
	missed := s.checks.ghost.prefix - s.checks.applies.last[away.seat]
	wr := s.writer(1, 0)
	s.wait(1)
	before := len(wr.acked)
	back := s.now
	s.push(event{at: s.now, kind: evStart, node: away.id()})
	s.until("the node has caught up", 200, func() bool { return away.up && away.machine.Applied()+2 >= m.machine.Applied() })
	took, during := s.now-back, len(wr.acked)-before
	s.wait(2)
	if after := len(wr.acked) - before; after == 0 {
		s.wrong("nothing was committed meanwhile")
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("updates=%d instances=%d caught_up_in=%s commits_meanwhile=%d", acked, missed, stamp(took), during)
}

// lose takes a node's disk away, whether or not the cluster can stand it.
func (s *stage) lose(n *node) {
	if n.up {
		n.dieAs("to lose its disk", false)
	}
	n.replaceDisk()
}

func playWipedVoter(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr := s.writer(1, 0)
	s.wait(5)
	n := s.others(m)[0]
	s.lose(n)
	s.push(event{at: s.now, kind: evStart, node: n.id()})
	s.wait(20)
	if !s.ok() {
		return ""
	}
	st := s.status(n)
	if st.Voter || st.Role != core.RoleLearner || st.Waiting == "" {
		s.wrong("the wiped node says: voter=%t role=%v %q", st.Voter, st.Role, st.Waiting)
	}
	before := len(wr.acked)
	s.wait(5)
	if len(wr.acked) == before {
		s.wrong("the other two commit nothing")
	}
	// With the other voter gone, the wiped one must not make up the majority.
	wr.stopped = true
	s.wait(2)
	other := s.others(m, n)[0]
	other.dieAs("", false)
	w := s.write(m, nil)
	s.wait(40)
	if w.outcome == success || s.serving() != nil {
		s.wrong("a wiped node's vote counted")
	}
	s.push(event{at: s.now, kind: evStart, node: other.id()})
	s.converge()
	return fmt.Sprintf("voter=%t commits=%d", st.Voter, len(wr.acked))
}

func playFirstBoot(s *stage) string {
	for _, n := range s.nodes[:2] {
		s.push(event{at: 0, kind: evStart, node: n.id()})
	}
	s.wait(50)
	if !s.ok() {
		return ""
	}
	said := s.status(s.nodes[0]).Waiting
	if !strings.Contains(said, "n2") {
		s.wrong("n0 says %q, which does not name n2", said)
	}
	if s.stats.Elections > 0 || s.nodes[0].ledger.genesis != nil {
		s.wrong("the cluster began without n2")
	}
	came := s.now
	s.push(event{at: s.now, kind: evStart, node: 2})
	s.master(40)
	took := s.now - came
	s.converge()
	return fmt.Sprintf("waiting=%q started_after=%s", said, stamp(took))
}

// playLostAtBoot: n2 said that it is blank, and lost its disk before the genesis
// that names that disk reached it.
func playLostAtBoot(s *stage) string {
	s.net.drop = func(_, to core.Seat, msg core.Message) bool {
		m, ok := msg.(*core.Identity)
		return ok && to == 2 && m.Genesis != nil
	}
	s.startAll()
	if !s.until("a genesis that n2 does not get", 20, func() bool { return s.nodes[0].ledger.genesis != nil && s.nodes[1].ledger.genesis != nil }) {
		return ""
	}
	s.lose(s.nodes[2])
	s.net.drop = nil
	s.push(event{at: s.now, kind: evStart, node: 2})
	s.wait(60)
	if !s.ok() {
		return ""
	}
	said := s.status(s.nodes[0]).Waiting
	if s.stats.Elections > 0 || !strings.Contains(said, "n2") {
		s.wrong("%d elections; n0 says %q", s.stats.Elections, said)
	}
	s.script.config = func(n *node, c *replica.Config) {
		if n.seat == 0 {
			c.Core.BootstrapWithout = []string{"n2"}
		}
	}
	s.restart(s.nodes[0])
	told := s.now
	s.master(60)
	took := s.now - told
	s.converge()
	return fmt.Sprintf("waiting=%q started_after=%s", said, stamp(took))
}

// playUneven: the node with the longest period leads and is cut off; those with
// shorter ones must wait for as long as it believes in its lease.
func playUneven(s *stage) string {
	if s.boot() == nil {
		return ""
	}
	long := s.nodes[2]
	for _, n := range s.nodes {
		if n.period() > long.period() {
			long = n
		}
	}
	for tries := 0; s.ok() && s.serving() != long; tries++ {
		if tries == 30 {
			s.wrong("n%d never leads", long.seat)
		}
		if n := s.serving(); n != nil {
			s.give(n, handOver(nodeName(long.seat)), nil)
		}
		s.wait(10)
		s.until("a master", 80, func() bool { return s.serving() != nil })
	}
	s.wait(10)
	s.cutOff(long)
	cutAt := s.now
	s.until("another master", 120, func() bool { n := s.serving(); return n != nil && n != long })
	took := s.now - cutAt
	s.converge()
	return fmt.Sprintf("longest=%v new_master_after=%s", long.period(), stamp(took))
}
