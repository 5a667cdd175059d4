package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// stage is a world without chance in which a scenario brings the faults: every
// decision is the mildest one.
type stage struct {
	*World
	trouble string // what went otherwise than the scenario wants; "" so far
	written int    // updates so far
}

// Played is the outcome of a scenario or of one run of a sweep.
type Played struct {
	Name    string
	Bug     string // planted bug that turns it red
	Trouble string // "": as it should be
	Figures string // "name=value …"
}

func newStage(opts Options) *stage {
	return &stage{World: newWorld(1, opts, Schedule(nil))}
}

// stageOptions are calm ones without clients: scenarios bring their own requests.
func stageOptions(nodes int) Options {
	o := Calm()
	o.Nodes, o.Clients, o.Leases = nodes, 0, 1000
	return o
}

// wrong notes the first trouble.
func (s *stage) wrong(format string, args ...any) {
	if s.trouble == "" {
		s.trouble = fmt.Sprintf(format, args...)
	}
}

// ok reports whether all went well so far; a failed check is trouble, too.
func (s *stage) ok() bool {
	if s.failure != nil {
		s.wrong("%s", s.failure)
	}
	return s.trouble == ""
}

// lease returns n/tenths of a lease period, in ns.
func (s *stage) lease(tenths int64) int64 { return int64(s.opts.Lease) * tenths / 10 }

// wait lets time pass.
func (s *stage) wait(tenths int64) {
	if s.ok() {
		s.runUntil(s.now + s.lease(tenths))
	}
}

// until lets events happen until cond holds; it is trouble if it doesn't within
// the given time.
func (s *stage) until(what string, tenths int64, cond func() bool) bool {
	deadline := s.now + s.lease(tenths)
	for s.ok() && !cond() {
		at, any := s.next()
		if !any || at > deadline {
			s.wrong("%s: not within %d.%d lease periods", what, tenths/10, tenths%10)
			return false
		}
		s.runUntil(at)
	}
	return s.ok()
}

// master waits until a node serves reads and returns it.
func (s *stage) master(tenths int64) *node {
	if !s.until("a master", tenths, func() bool { return s.serving() != nil }) {
		return nil
	}
	return s.serving()
}

// serving returns the node that would serve reads now, or nil.
func (s *stage) serving() *node {
	if holder := s.checks.leases.holder; holder != core.NoSeat {
		return s.nodes[holder]
	}
	return nil
}

// status describes a node now.
func (s *stage) status(n *node) replica.Status { return n.replica.Status(n.clk.at(s.now)) }

// others returns all nodes but those given, in seat order.
func (s *stage) others(not ...*node) []*node {
	var all []*node
next:
	for _, n := range s.nodes {
		for _, m := range not {
			if n == m {
				continue next
			}
		}
		all = append(all, n)
	}
	return all
}

// cutOff takes all links of a set away until the cut is ended.
func (s *stage) cutOff(nodes ...*node) *cut {
	var in core.SeatSet
	for _, n := range nodes {
		in = in.With(n.seat)
	}
	c := around("cut", in, s.seats())
	s.startCut(c)
	return c
}

// write sends an update with a new key to a node.
func (s *stage) write(n *node, answered func(*request)) *request {
	s.written++
	key := fmt.Sprintf("w%06d", s.written)
	return s.update(n, command.Set{Key: key, Value: []byte(key)}, answered)
}

func (s *stage) update(n *node, u command.Update, answered func(*request)) *request {
	r := &request{op: operation{update: u}, encoded: command.Encode(u), onAnswer: answered}
	return s.request(n, r)
}

// read sends a consistent read to a node.
func (s *stage) read(n *node, key string, answered func(*request)) *request {
	return s.request(n, &request{op: operation{query: command.Get{Key: key}}, onAnswer: answered})
}

func (s *stage) request(n *node, r *request) *request {
	r.node, r.sent = n.id(), s.now
	s.push(event{at: s.now, kind: evRequest, node: n.id(), life: n.life, req: r})
	return r
}

// writer keeps a number of updates under way at whoever serves, and counts.
type writer struct {
	s        *stage
	acked    []string
	unknown  int
	refused  int
	full     int // of these, because the disk was
	underWay int
	stopped  bool
	limit    int   // stop after that many updates; 0: never
	looks    int64 // how often per lease period it fills up
	last     int64 // when the newest acknowledgement came
	longest  int64 // time between two of them
}

func (s *stage) writer(width, limit int) *writer {
	wr := &writer{s: s, limit: limit, looks: 100}
	s.push(event{at: s.now, kind: evScript, run: func() { wr.tick(width) }})
	return wr
}

// tick fills up what is under way, every hundredth of a lease period.
func (wr *writer) tick(width int) {
	s := wr.s
	if wr.stopped || s.healed {
		return
	}
	n := s.serving()
	for n != nil && wr.underWay < width && (wr.limit == 0 || s.written < wr.limit) {
		wr.underWay++
		s.write(n, wr.answered)
	}
	s.push(event{at: s.now + int64(s.opts.Lease)/wr.looks, kind: evScript, run: func() { wr.tick(width) }})
}

func (wr *writer) answered(r *request) {
	wr.underWay--
	switch r.outcome {
	case success:
		wr.acked = append(wr.acked, r.op.update.(command.Set).Key)
		if wr.last > 0 {
			wr.longest = max(wr.longest, wr.s.now-wr.last)
		}
		wr.last = wr.s.now
	case nothingHappened:
		wr.refused++
		if r.refused == replica.ErrDiskFull.Error() {
			wr.full++
		}
	case unknown:
		wr.unknown++
	case pending:
		panic("sim: an answer without an outcome")
	default:
		panic("sim: unknown outcome")
	}
}

// lost lists the acknowledged updates that a node's state lacks.
func (wr *writer) lost(n *node) (keys []string) {
	view := n.machine.view()
	defer view.Release()
	for _, key := range wr.acked {
		if found, err := view.Exists(key); !found || err != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// converge ends all faults and waits until all nodes agree on a new update.
func (s *stage) converge() {
	if !s.ok() {
		return
	}
	s.heal()
	s.runUntil(never)
	s.ok()
}
