package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// node is one simulated machine: a disk and a clock that outlive processes, and
// at most one process, which is what a life is.
type node struct {
	w       *World
	seat    core.Seat
	disk    *disk.Mem
	clk     clock
	ledger  *ledger
	wire    *tap
	life    uint32 // processes started so far
	deaths  uint32
	rates   uint32 // pieces of the clock so far
	up      bool
	mayStop bool    // its disk failed it, so that the process may stop by itself
	paused  int64   // stopped until this true time
	held    []event // what happened to the process while it was stopped
	// When it last went on, and what its clock showed when it had stopped.
	resumedAt    int64
	slow         int64  // syncs stall until this true time
	leftOut      bool   // out of reach in the liveness phase
	gone         bool   // and down
	badSyncs     uint32 // syncs that were made to go wrong
	astray       bool   // a scenario has led its store astray
	closing      bool   // a clean stop has come to its end: close when no job is out
	noRoom       int64  // its disk is full until this true time
	fills        uint32 // how often it was
	wounds       uint32 // losses of durable bytes that were drawn
	hurt         bool   // there was one
	liedAt       *wound // where a sync lied; nil: none did
	gap          gap    // why it need not converge
	late         bool   // one of them may have lied: its log must be opened anew
	turns        uint32
	replica      *replica.Replica
	machine      *machine
	inbox        []input
	turning      bool   // a turn is scheduled
	timer        uint32 // generation of the timer
	timerAt      int64
	spins        int // turns in a row that asked for the next one at once
	jobs         []*runningJob
	jobN         [replica.JobKinds]uint32
	uncovered    int           // removals since K11 looked at one
	covered      disk.Counters // of its disk when K11 last looked, by job
	judged       judgedStore   // the last store that it was found to have
	lookAt       uint32        // by how many syncs of its log what it would recover is looked at
	reads        uint32
	lastLocal    core.Instance // what its weak reads have shown in this life
	waiting      []*request    // requests that the process owes an answer
	clockFn      func() core.Instant
	sluggish     int64  // its turns take long until this true time
	resumes      uint32 // how often it went on
	clockStopped bool   // with its machine; then it errs by ppmLater
	ppmLater     int64
}

// inputKind says what waits in an inbox.
type inputKind uint8

const (
	inMessage inputKind = iota
	inUpdate
	inRead
	inFinish
	inOrder
	inTimer
	inLocal
)

type input struct {
	kind inputKind
	env  core.Envelope
	req  *request
	job  *runningJob
}

func newNode(w *World, seat core.Seat) *node {
	n := &node{w: w, seat: seat, disk: disk.NewMem(0), ledger: newLedger(seat), lookAt: recoveryEvery}
	n.clockFn = func() core.Instant { return n.clk.at(w.now) }
	return n
}

func (n *node) id() uint8 { return uint8(n.seat) }

// logDir is where a node keeps its TLog.
const logDir = "tlog"

const clusterID = "sim"

// config is what the node's process is told.
func (n *node) config() replica.Config {
	w := n.w
	dice := NamedStream(w.seed, "process/"+nodeName(n.seat))
	dice.state += uint64(n.life) * golden * 1_000_003
	cfg := replica.Config{
		Core: core.Config{ClusterID: clusterID, Self: n.seat, LeasePeriod: n.period(),
			Alpha: core.DefaultAlpha, Seed: dice.Next()},
		Dir:   logDir,
		Rand:  dice.Fill,
		Trace: func(_ core.Instant, e core.Event) { w.checks.traced(n, &e) },
	}
	w.opts.roles(&cfg.Core)
	w.opts.files(&cfg)
	if w.script.config != nil {
		w.script.config(n, &cfg)
	}
	return cfg
}

// start begins a new life. It may die inside, after any disk operation.
func (n *node) start() {
	w := n.w
	if n.up || n.gone {
		return
	}
	n.life++
	// A clock means nothing to another life: let it start anywhere.
	n.clk = clock{base: core.Instant(streamKey(w.seed, "clock") * uint64(n.life+7*uint32(n.seat)) >> 20), since: w.now, ppm: n.clk.ppm}
	n.disk.FailAfter(-1)
	ops := n.openCrash()
	if ops > 0 {
		n.disk.FailAfter(ops - 1)
	}
	if w.script.starts != nil {
		w.script.starts(n)
	}
	w.line(n.id(), "start, life %d", n.life)
	r, err := n.open()
	if errors.Is(err, disk.ErrCrashed) {
		w.counts[FaultOpenCrash]++
		n.up = true
		n.die("inside its start")
		return
	}
	if err != nil {
		n.stopped(fmt.Errorf("at its start: %w", err))
		return
	}
	if ops > 0 {
		n.disk.FailAfter(-1)
	}
	if w.nemesis.away().Has(n.seat) {
		w.fail("K17", "n%d starts on another node's disk", n.seat)
	}
	n.replica, n.up, n.late = r, true, false
	n.mayStop = n.mayStop && (len(n.disk.Stale()) > 0 || n.disk.Owing())
	w.checks.restarted(n)
	w.watch.started(n)
	w.spec.started(n)
	if w.script.started != nil {
		w.script.started(n)
	}
	n.enqueue(input{kind: inTimer})
	if n.rates == 0 {
		n.rates = 1
		w.push(event{at: w.now, kind: evRate, node: n.id(), n: n.rates})
	}
}

// open recovers store and log.
func (n *node) open() (*replica.Replica, error) {
	d := n.tap()
	m, err := n.openStore(d)
	if err != nil {
		return nil, err
	}
	n.machine = m
	return replica.Open(n.config(), d, m, n.clk.at(n.w.now))
}

// openCrash decides whether this start dies inside: 1 + after how many operations.
func (n *node) openCrash() int {
	w := n.w
	if w.healed {
		return 0
	}
	return w.choose(Identity{A: n.id(), N: n.life}, DecideOpenCrash, Odds{w.opts.OpenCrash, 24})
}

// enqueue puts an input into the inbox and makes sure that a turn takes it.
func (n *node) enqueue(in input) {
	n.inbox = append(n.inbox, in)
	if n.turning {
		return
	}
	n.turning = true
	n.turns++
	w := n.w
	c := w.choose(Identity{A: n.id(), N: n.turns}, DecideTurn, Odds{PPM: 400_000, Ways: len(w.laws.turn) - 1})
	w.push(event{at: w.now + w.laws.turn[c] + n.slowTurn(), kind: evTurn, node: n.id(), life: n.life})
}

// handle lets an event of this node's process happen.
func (n *node) handle(e *event) {
	w := n.w
	if e.kind == evRequest {
		n.request(e)
		return
	}
	if !n.up || e.life != n.life {
		return
	}
	if n.paused > w.now && e.kind != evDie {
		n.held = append(n.held, *e)
		return
	}
	switch e.kind {
	case evTurn:
		n.turn()
	case evWake:
		if e.n == n.timer && !n.turning {
			n.enqueue(input{kind: inTimer})
		}
	case evJob:
		n.ran(e.job)
	case evDie:
		n.die("a fault")
	default:
		panic("sim: not an event of a node: " + e.kind.String())
	}
}

// pause stops the process: nothing of it runs until then, and its clock goes on.
func (n *node) pause(until int64) {
	if !n.up || until <= n.paused {
		return
	}
	n.paused = until
	n.w.watch.pauses(n)
	n.w.line(n.id(), "stops until %s", stamp(until))
	n.w.push(event{at: until, kind: evResume, node: n.id()})
}

// resume lets everything that happened meanwhile reach the process, in order.
func (n *node) resume() {
	if n.paused > n.w.now {
		return // another pause has begun
	}
	n.resumedAt = n.w.now
	n.clockGoesOn()
	n.w.watch.goesOn(n)
	held := n.held
	n.held = nil
	for _, readers := range []bool{true, false} { // readers don't wait for the owner's turn
		for _, e := range held {
			if (e.kind == evRequest) == readers {
				e.at = n.w.now
				n.w.push(e)
			}
		}
	}
	if n.up && n.replica != nil {
		n.timersFirst()
	}
}

// turn is the host's loop body: take what is there, flush, carry out in order.
func (n *node) turn() {
	w := n.w
	n.turning = false
	inputs := n.inbox
	n.inbox = nil
	for i := range inputs {
		n.take(&inputs[i])
		w.checks.afterEvent() // readers may look at any time
	}
	out := n.replica.Flush(n.clk.at(w.now))
	if out.Fatal != nil {
		n.stopped(out.Fatal)
		return
	}
	for i := range out.Send {
		w.checks.sent(&out.Send[i])
		w.nemesis.sees(n, out.Send[i].Msg)
		w.stats.Messages++
		w.net.send(&out.Send[i])
	}
	w.net.flush(n.id())
	for _, j := range out.Jobs {
		n.run(j)
	}
	for i := range out.Answers {
		n.answer(&out.Answers[i])
	}
	n.setTimer(out.Wake)
	n.stopAfterTurn()
	n.closeWhenIdle()
}

// stopAfterTurn stops the process with its messages just out and the answers still
// to come: to it they will seem to take that long.
func (n *node) stopAfterTurn() {
	w := n.w
	c := w.choose(Identity{A: n.id(), N: n.turns}, DecideTurnPause, Odds{w.opts.TurnPause, len(w.laws.fault) - 1})
	if c > 0 && !w.healed {
		w.counts[FaultTurnPause]++
		n.pause(w.now + w.laws.fault[c])
	}
}

// period returns the lease period in the node's configuration file.
func (n *node) period() time.Duration {
	if !n.w.opts.Uneven {
		return n.w.opts.Lease
	}
	return n.w.opts.Lease * []time.Duration{2, 1, 4}[int(n.seat)%3] / 2
}

// take hands one input over, with a clock sample that was taken after it.
func (n *node) take(in *input) {
	now := n.clk.at(n.w.now)
	switch in.kind {
	case inMessage:
		n.replica.Deliver(now, in.env)
	case inUpdate:
		n.replica.Submit(now, replica.Request{Update: in.req.encoded, Tag: in.req})
	case inRead:
		n.replica.Read(now, in.req)
	case inLocal:
		n.replica.ReadLocal(now, in.req)
	case inFinish:
		n.replica.Finish(now, in.job.job)
	case inOrder:
		in.req.order(n.replica, now, in.req)
	case inTimer:
	default:
		panic("sim: unknown input")
	}
}

// setTimer schedules the next flush. A wake that is due already comes a
// microsecond later: time passes between two turns of any process.
func (n *node) setTimer(wake core.Instant) {
	if wake == core.Never {
		n.timer++
		n.timerAt = never
		return
	}
	at := max(n.clk.when(wake), n.w.now+1000)
	if n.spins++; at > n.w.now+1000 {
		n.spins = 0
	}
	n.w.report(spinning(n.seat, n.spins))
	if at == n.timerAt {
		return
	}
	n.timer++
	n.timerAt = at
	n.w.push(event{at: at, kind: evWake, node: n.id(), life: n.life, n: n.timer})
}

// changeRate begins the next piece of the clock.
func (n *node) changeRate(piece uint32) {
	w := n.w
	id := Identity{A: n.id(), N: piece}
	rate := int64(w.opts.Rate)
	// The order is from mild to wild; an adversary ignores the draw.
	ppm := [...]int64{0, -rate, rate, -rate / 2, rate / 2, rate / 3}[w.choose(id, DecideRate, Always(5))]
	if w.opts.Adverse && ppm != 0 {
		ppm = rate
		if w.checks.leases.holder == n.seat {
			ppm = -rate
		}
	}
	if w.opts.Drift && w.healed {
		return
	}
	if ppm != n.clk.ppm {
		w.counts[FaultRate]++
		w.line(n.id(), "clock errs by %d ppm", ppm)
		n.setRate(ppm)
	}
	if w.opts.Rate == 0 {
		return
	}
	n.rates = piece + 1
	w.push(event{at: w.now + w.laws.rate[w.choose(id, DecideRateFor, w.laws.rate.odds())], kind: evRate, node: n.id(), n: n.rates})
}

// moveTimer lets the process look again: its clock now reaches the wake at another
// true time, and a flush too early does no harm.
func (n *node) moveTimer() {
	if n.up && !n.turning {
		n.enqueue(input{kind: inTimer})
	}
}
