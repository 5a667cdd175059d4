package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// roleScenarios are about who may lead, and who should.
func roleScenarios() []Scenario {
	only := func(set *core.SeatSet, seats ...core.Seat) {
		for _, s := range seats {
			*set = set.With(s)
		}
	}
	return []Scenario{
		{Name: "forced", About: "only the forced master leads: without it nobody does, and it leads again when it is back", Bug: "forced-ignored",
			play: playForced, opts: func(o *Options) { only(&o.Masters, 1) }},
		{Name: "preferred", About: "a preferred node takes over by hand-over once it is back and stable; two of them don't hand it to and fro",
			Bug: "preferred-thrashes", play: playPreferred, opts: func(o *Options) { only(&o.Preferred, 1, 2) }},
		{Name: "witness", About: "a witness's vote lets the other data node lead with everything acknowledged; it never leads itself",
			Bug: "witness-stands", play: playWitness, opts: func(o *Options) { only(&o.Witnesses, 2) }},
		{Name: "hand-over", About: "6 hand-overs and 6 clean stops of the master under load: no pause but a few syncs, no read from an old lease",
			Bug: "handover-keeps-lease", play: playHandOver, opts: func(o *Options) { o.FreezeEntries, o.Retain, o.Hold = 100, 0, 1 }},
	}
}

func playForced(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr := s.writer(1, 0)
	s.wait(5)
	if m.seat != 1 {
		s.wrong("n%d leads, only n1 may", m.seat)
	}
	s.crash(m)
	others := 0
	for range 60 {
		s.wait(1)
		if n := s.serving(); n != nil && n != m {
			others++
		}
	}
	if others > 0 {
		s.wrong("somebody else led for %d tenths of a lease", others)
	}
	back := s.now
	s.comeBack(m)
	s.until("the forced master leads again", 40, func() bool { return s.serving() == m })
	took := s.now - back
	s.wait(5)
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("led_without_it=%d leads_again_after=%s commits=%d", others, stamp(took), len(wr.acked))
}

// crash ends a process until comeBack.
func (s *stage) crash(n *node) {
	if n.up {
		n.deaths++
		n.dieAs("by the script", false)
	}
}

func (s *stage) comeBack(n *node) { s.push(event{at: s.now, kind: evStart, node: n.id()}) }

// leaders lists who served, at each change, while time passes.
func (s *stage) leaders(tenths int64) (seats []core.Seat) {
	for end := s.now + s.lease(tenths); s.ok() && s.now < end; {
		s.runUntil(s.now + s.lease(1)/20)
		n := s.serving()
		if n != nil && (len(seats) == 0 || seats[len(seats)-1] != n.seat) {
			seats = append(seats, n.seat)
		}
	}
	return seats
}

// playPreferred lets n0 lead, which no file prefers, and then both preferred nodes
// come back.
func playPreferred(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr := s.writer(1, 0)
	wr.looks = 20
	s.wait(60)
	first := s.serving()
	if first == nil || !s.opts.Preferred.Has(first.seat) {
		s.wrong("six lease periods after the start no preferred node leads")
		return ""
	}
	s.crash(s.nodes[1])
	s.until("the other preferred node", 60, func() bool { n := s.serving(); return n != nil && n.seat == 2 })
	s.crash(s.nodes[2])
	s.comeBack(s.nodes[1])
	s.until("n0, or n1 when it is ready", 80, func() bool { n := s.serving(); return n != nil && n.seat != 2 })
	s.until("n1", 80, func() bool { n := s.serving(); return n != nil && n.seat == 1 })
	s.comeBack(s.nodes[2])
	changes := len(s.leaders(150)) - 1
	if changes > 0 {
		s.wrong("with both preferred nodes up the master changed %d times in 15 lease periods", changes)
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("changes=%d commits=%d", changes, len(wr.acked))
}

// playWitness: n2 is the witness. One data node misses what the other and the
// witness acknowledge, and then has to lead.
func playWitness(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	witness := s.nodes[2]
	wr := s.writer(1, 0)
	s.wait(5)
	led, changes := 0, 0
	for range 6 {
		m := s.serving()
		if m == nil {
			break
		}
		other := s.others(m, witness)[0]
		c := s.cutOff(other)
		s.wait(10)
		s.crash(m)
		s.net.end(c)
		s.until("the other data node leads", 60, func() bool {
			if n := s.serving(); n == witness {
				led++
			}
			return s.serving() == other || led > 0
		})
		if led > 0 {
			s.wrong("the witness leads")
			return ""
		}
		changes++
		s.wait(3)
		s.comeBack(m)
		s.wait(10)
	}
	for _, n := range s.others(witness) {
		if !s.ok() || n.machine == nil {
			break
		}
		if lost := wr.lost(n); len(lost) > 1 { // the last ones may be under way
			s.wrong("n%d lacks %v", n.seat, lost)
		}
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("changes=%d witness_led=%d commits=%d", changes, led, len(wr.acked))
}

// playHandOver measures the longest time between two acknowledged updates around
// each change of the master.
func playHandOver(s *stage) string {
	if s.boot() == nil {
		return ""
	}
	wr := s.writer(1, 0)
	wr.looks = 200
	s.wait(10)
	var gaps [2]int64
	for round := range 12 {
		m := s.serving()
		if m == nil {
			s.wrong("nobody leads before change %d", round)
			break
		}
		refused := ""
		wr.longest = 0
		if round%2 == 0 {
			s.give(m, handOver(""), func(r *request) { refused = r.refused })
		} else {
			m.stopCleanly()
		}
		s.until("another master", 10, func() bool { n := s.serving(); return n != nil && n != m || refused != "" })
		if refused != "" {
			s.wrong("hand-over refused: %s", refused)
		}
		s.wait(int64(5 + round%2*10)) // also for the one that stopped to be back
		gaps[round%2] = max(gaps[round%2], wr.longest)
	}
	most := s.lease(1)
	if s.ok() && (gaps[0] > most || gaps[1] > most) {
		s.wrong("up to %s between two updates at a hand-over, %s at a stop", stamp(gaps[0]), stamp(gaps[1]))
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("longest_gap=%s at_stops=%s commits=%d unknown=%d", stamp(gaps[0]), stamp(gaps[1]), len(wr.acked), wr.unknown)
}
