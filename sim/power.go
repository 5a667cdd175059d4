package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// A blackout is one case of the power sweep: in a fixed run of three nodes, from
// first boot through writes and a change of master, one node's disk stops at its
// op-th operation, and the victims lose power there. Image says which of the
// legal images of that disk is found at the restart. With late, the node that
// served comes back only when the others have gone on without it. With again ≥ 0
// power fails a second time at that operation of the recovery, and againImage is
// found then.
type blackout struct {
	seat       core.Seat
	op         int
	victims    core.SeatSet
	image      int
	late       bool
	again      int
	againImage int
}

func (b blackout) String() string {
	s := fmt.Sprintf("n%d op=%d victims=%v image=%d", b.seat, b.op, b.victims, b.image)
	if b.late {
		s += " the master comes back late"
	}
	if b.again >= 0 {
		s += fmt.Sprintf(" again=%d image=%d", b.again, b.againImage)
	}
	return s
}

// PowerReport is the outcome of the sweep.
type PowerReport struct {
	Boundaries int // disk operations at which power failed
	Images     int // cases that were run, each with a disk image of its own
	Lost       int // cases with an acknowledged update missing, or a check fired
	Stuck      int // cases that did not recover by themselves
	Failures   []string
	muted      bool
}

// Up to imageLimit pending operations all images of the first loss are tried; of
// more, and of the second loss, an even sample of at most so many.
const (
	imageLimit   = 6
	firstImages  = 96
	secondImages = 6
)

// Boundary is one disk operation of the fixed run.
type Boundary struct {
	Seat core.Seat
	Op   int
}

// Boundaries lists all disk operations of the fixed run.
func Boundaries() []Boundary {
	var all []Boundary
	for seat, ops := range fixedRunOps() {
		for op := range ops {
			all = append(all, Boundary{Seat: core.Seat(seat), Op: op})
		}
	}
	return all
}

// Add adds another part of the sweep.
func (rep *PowerReport) Add(o PowerReport) {
	rep.Boundaries += o.Boundaries
	rep.Images += o.Images
	rep.Lost += o.Lost
	rep.Stuck += o.Stuck
	rep.Failures = append(rep.Failures, o.Failures...)
}

// Power tries one boundary in all ways. With outcomeOnly a case is lost only if an
// acknowledged update is missing at its end, whatever a check saw on the way.
func Power(b Boundary, outcomeOnly bool) PowerReport {
	rep := PowerReport{Boundaries: 1, muted: outcomeOnly}
	rep.boundary(b.Seat, b.Op)
	return rep
}

// boundary tries one operation: power loss of one, of two, of all; all images; and
// with all nodes down, a second loss at every operation of the recovery.
func (rep *PowerReport) boundary(seat core.Seat, op int) {
	one := core.SeatSet(0).With(seat)
	next := core.Seat((int(seat) + 1) % 3)
	var found images
	for _, b := range []blackout{{victims: one}, {victims: one.With(next)}, {victims: 0b111}, {victims: 0b111, late: true}} {
		b.seat, b.op, b.again = seat, op, -1
		for b.image = 0; b.image == 0 || b.image < len(found); b.image++ {
			rep.try(b, &found, nil)
		}
	}
	for _, i := range []int{0, max(len(found)-1, 0)} {
		rep.recovery(blackout{seat: seat, op: op, victims: 0b111, image: i}, &found)
	}
}

func (rep *PowerReport) recovery(b blackout, found *images) {
	for b.again = 0; ; b.again++ {
		var second images
		for b.againImage = 0; b.againImage == 0 || b.againImage < len(second); b.againImage++ {
			if c := rep.try(b, found, &second); c.finished || c.deaths < 2 {
				return // the recovery has no operation of that number
			}
		}
	}
}

// images are what a power loss may leave, in a fixed order. The first run that
// comes to that point enumerates them for all others.
type images []*disk.Mem

func (m *images) nth(d *disk.Mem, n, most int) *disk.Mem {
	if *m == nil {
		var all images
		for _, image := range d.Images(imageLimit, true) {
			all = append(all, image)
		}
		count := min(len(all), most)
		for k := range count {
			*m = append(*m, all[k*(len(all)-1)/max(count-1, 1)])
		}
	}
	return (*m)[n].Clone()
}

func (rep *PowerReport) try(b blackout, first, second *images) *blackoutRun {
	c := b.run(first, second, rep.muted)
	if c.finished {
		return c
	}
	rep.Images++
	switch {
	case c.trouble == "":
		return c
	case c.failure != nil && c.failure.Check == "K16":
		rep.Stuck++
	default:
		rep.Lost++
	}
	if len(rep.Failures) < 20 {
		rep.Failures = append(rep.Failures, fmt.Sprintf("%v: %s", b, c.trouble))
	}
	return c
}

// blackoutRun is a case under way.
type blackoutRun struct {
	*stage
	blackout
	first, second *images
	deaths        int
	finished      bool // the recovery ended before its again-th operation
}

// unevenDisks makes no faults, and the syncs of all nodes but n1, the first to
// serve, slower than its answers: who counts a vote too early shows it.
type unevenDisks struct{}

// Choose implements Decider.
func (unevenDisks) Choose(id Identity, odds Odds) int {
	if id.Kind == DecideJobTime && id.B == uint8(replica.JobSync) && id.A != 1 {
		return odds.Ways
	}
	return 0
}

// fixedRun is the run that all cases share.
func fixedRun(muted bool) (*stage, *writer) {
	o := stageOptions(3)
	o.MaxEntries = 5
	o.Sync = "disk"
	o.FreezeEntries, o.Retain, o.Hold = 3, 0, 1 // checkpoints and cut logs on the way
	s := &stage{World: newWorld(1, o, unevenDisks{})}
	s.muted = muted
	s.startAll()
	wr := s.writer(1, 8)
	s.push(event{at: s.lease(10), kind: evScript, run: func() { wr.limit = 12 }})
	s.push(event{at: s.lease(6), kind: evScript, run: func() {
		if n := s.serving(); n != nil {
			s.give(n, dropMaster, nil)
		}
	}})
	return s, wr
}

// fixedRunLength is how long it goes on, in tenths of a lease period.
const fixedRunLength = 35

// fixedRunOps counts the disk operations of each node in the undisturbed run.
func fixedRunOps() []int {
	s, _ := fixedRun(true)
	s.wait(fixedRunLength)
	ops := make([]int, len(s.nodes))
	for i, n := range s.nodes {
		ops[i] = n.disk.Counters().Mutations
	}
	return ops
}

func (b blackout) run(first, second *images, muted bool) *blackoutRun {
	s, wr := fixedRun(muted)
	c := &blackoutRun{stage: s, blackout: b, first: first, second: second}
	s.script.starts, s.script.started, s.script.died = c.starts, c.started, c.died
	s.wait(fixedRunLength)
	if c.finished {
		return c
	}
	if s.ok() && c.deaths == 0 {
		s.wrong("operation %d of n%d was never reached", b.op, b.seat)
	}
	wr.stopped = true
	s.converge()
	for _, n := range s.nodes {
		if s.ok() {
			if lost := wr.lost(n); lost != nil {
				s.wrong("n%d lost %v", n.seat, lost)
			}
		}
	}
	return c
}

// starts arms the disk: for the fixed run at the first start, for the recovery at
// the second.
func (c *blackoutRun) starts(n *node) {
	switch {
	case n.seat != c.seat:
	case n.life == 1:
		n.disk.FailAfter(c.op)
	case n.life == 2 && c.again >= 0:
		n.disk.FailAfter(c.again)
	}
}

func (c *blackoutRun) started(n *node) {
	if n.seat == c.seat && n.life == 2 && c.again >= 0 {
		c.finished, c.done = true, true
	}
}

// died lets the victims lose power and start again.
func (c *blackoutRun) died(n *node) {
	c.deaths++
	image, from, most := c.image, c.first, firstImages
	if c.deaths == 2 {
		image, from, most = c.againImage, c.second, secondImages
	}
	if c.deaths > 2 || n.seat != c.seat {
		c.wrong("n%d died for the %d-th time", n.seat, c.deaths)
		return
	}
	serving := c.serving()
	for _, v := range c.nodes {
		if v == n || c.deaths == 1 && c.victims.Has(v.seat) && v.up {
			c.blackOut(v, v == n, c.late && v == serving, image, func(d *disk.Mem) *disk.Mem { return from.nth(d, image, most) })
		}
	}
}

func (c *blackoutRun) blackOut(v *node, first, late bool, image int, found func(*disk.Mem) *disk.Mem) {
	v.end()
	switch {
	case first:
		v.disk = found(v.disk)
	case (image+int(v.seat))%2 == 0:
		v.disk.PowerLoss(disk.KeepAll)
	default:
		v.disk.PowerLoss(disk.LoseAll)
	}
	c.line(v.id(), "loses power, image %d", image)
	if !late { // else it starts when all faults end
		c.push(event{at: c.now + c.lease(1)/10, kind: evStart, node: v.id()})
	}
}
