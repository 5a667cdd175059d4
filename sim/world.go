package sim

import (
	"io"
	"runtime/debug"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// World is one simulated cluster with everything around it: nodes, disks, links,
// clocks, clients, faults, and the checks that watch them. It is one process and
// fully determined by its options and its Decider.
type World struct {
	opts Options
	seed uint64
	now  int64 // true time, ns since the run began
	rec  recorder
	queue
	net     *network
	nodes   []*node
	clients []*client
	nemesis nemesis
	checks  checks
	history history
	live    liveness
	budget  budget
	watch   watch
	laws    laws

	script   script
	stopped  bool // a node is stopped within a read
	counts   FaultCounts
	stats    Stats
	healed   bool
	done     bool
	failure  *Failure  // the first
	also     []Failure // what other checks found later; see GoOn
	failedAt uint64    // events by the first
	goesOn   bool
	muted    bool   // judge by the outcome alone: what checks find on the way is ignored
	limit    uint64 // events after which it is over; 0: none
	unjudged bool   // nobody asks whether the history is linearizable

	hash     uint64
	out      io.Writer  // readable trace, nil for none
	timeline *Timeline  // nil for none
	spec     *SpecTrace // nil for none
}

// laws are the tables that this world draws times from.
type laws struct {
	sync, stall, quick, turn, fault, down, rate, think law
	redial, silence, replay                            law
}

// Stats are counts of what happened in a run.
type Stats struct {
	Events, Messages, Syncs, Applied, Lives, Reads, LeaseReads, Updates, Unknown, Elections uint64
	Snapshots                                                                               uint64 // installed
	Overlaps                                                                                uint64 // events after which two would serve, or one an old state: only with Options.Drift
}

// Add adds another run's counts.
func (s *Stats) Add(o Stats) {
	s.Events += o.Events
	s.Messages += o.Messages
	s.Syncs += o.Syncs
	s.Applied += o.Applied
	s.Lives += o.Lives
	s.Reads += o.Reads
	s.LeaseReads += o.LeaseReads
	s.Updates += o.Updates
	s.Unknown += o.Unknown
	s.Elections += o.Elections
	s.Snapshots += o.Snapshots
	s.Overlaps += o.Overlaps
}

// maxEvents bounds a run: what needs more is a storm (K16).
const maxEvents = 3_000_000

// New makes a world at true time 0, with every node about to start for the first
// time and the faults of its options to come.
func New(seed uint64, opts Options, d Decider) *World {
	w := newWorld(seed, opts, d)
	w.startAll()
	w.nemesis.begin()
	for i := range opts.Clients {
		w.addClient()
		w.clients[i].schedule()
	}
	(&bulk{w: w}).begin()
	w.push(event{at: int64(opts.Lease) * int64(opts.Leases), kind: evHeal})
	return w
}

func newWorld(seed uint64, opts Options, d Decider) *World {
	lease := opts.Lease
	opts.trim()
	w := &World{opts: opts, seed: seed, rec: recorder{next: d}, hash: fnvOffset,
		laws: laws{sync: syncLaw(opts.Sync, lease), stall: stallLaw(lease), quick: quickLaw(), turn: turnLaw(),
			fault: faultLaw(lease), down: downLaw(lease), rate: rateLaw(lease), think: thinkLaw(opts.Think, lease),
			redial: redialLaw(lease), silence: silenceLaw(lease), replay: replayLaw(lease)}}
	w.net = newNetwork(w)
	w.nemesis = nemesis{w: w}
	w.live = liveness{w: w}
	w.budget = budget{w: w}
	w.history = history{w: w}
	w.watch = newWatch(w)
	for i := range opts.Nodes {
		w.nodes = append(w.nodes, newNode(w, core.Seat(i)))
	}
	w.checks = newChecks(w)
	w.checks.proposals.fresh = w.watch.proposed
	return w
}

func (w *World) startAll() {
	for _, n := range w.nodes {
		w.push(event{at: w.now, kind: evStart, node: uint8(n.seat)})
	}
}

// Trace lets the run print one readable line per event.
func (w *World) Trace(out io.Writer) { w.out = out }

// Run lets events happen until the run is over, and judges it.
func (w *World) Run() Result {
	w.runUntil(never)
	if (w.failure == nil || w.goesOn) && !w.unjudged {
		w.history.judge()
		w.report(w.checks.submissions.judge(w.checks.ghost.order()))
	}
	return w.result()
}

// runUntil lets events happen up to true time t; a failed check or the end of
// the run stops it earlier. A bug that panics is a failure of the run like any
// other: the simulated process has ended.
func (w *World) runUntil(t int64) {
	defer func() {
		if p := recover(); p != nil {
			if w.failure == nil { // later ones may be the checks' own, which have seen what can't be
				w.fail("PANIC", "%v\n%s", p, debug.Stack()) // the stack is for people: no decision rests on it
			}
			w.done = true
		}
	}()
	w.loop(t)
}

func (w *World) loop(t int64) {
	for !w.over() {
		at, ok := w.next()
		if !ok || at > t {
			w.now = max(w.now, min(t, never-1))
			return
		}
		e, _ := w.pop()
		w.now = e.at
		w.stats.Events++
		if w.stats.Events > maxEvents {
			w.failAndEnd("K16", "a storm: %d events by now", w.stats.Events)
			return
		}
		w.fold(&e)
		w.handle(&e)
		w.checks.afterEvent()
		if w.timeline != nil {
			w.timeline.look()
		}
	}
}

// handle lets one event happen. What belongs to a node waits while the node is
// paused and is void in another life.
func (w *World) handle(e *event) {
	switch e.kind {
	case evStart:
		w.nodes[e.node].start()
	case evDeliver:
		w.net.arrive(e)
	case evTurn, evWake, evJob, evRequest, evDie:
		w.nodes[e.node].handle(e)
	case evFaultSlot:
		w.nemesis.slot(e.n)
	case evFault:
		w.nemesis.strike(Fault(e.node), e.n)
	case evEndCut:
		w.endCut(e.cut)
	case evRate:
		w.nodes[e.node].changeRate(e.n)
	case evClient:
		w.clients[e.node].issue()
	case evAnswer:
		e.req.client.answered(e.req)
	case evClientTimeout:
		e.req.client.timedOut(e.req)
	case evResume:
		w.nodes[e.node].resume()
	case evHeal:
		w.heal()
	case evProbe:
		w.live.probe()
	case evScript:
		e.run()
	default:
		panic("sim: event of kind " + e.kind.String())
	}
}

func (w *World) choose(id Identity, kindOf DecisionKind, odds Odds) int {
	id.Kind = kindOf
	return w.rec.choose(id, odds, w.now)
}

// Result is the outcome of a run.
type Result struct {
	Seed      uint64
	Options   Options
	Failure   *Failure // nil: nothing found
	Also      []Failure
	Hash      uint64 // over all events in order
	Stats     Stats
	Faults    FaultCounts
	Marks     MarkCounts
	Virtual   int64 // ns of true time that passed
	Decisions []Decision
}

func (w *World) result() Result {
	for _, n := range w.nodes {
		w.stats.Lives += uint64(n.life)
		w.counts[FaultFilled] += uint64(n.disk.Counters().Full)
	}
	w.watch.finish()
	return Result{Seed: w.seed, Options: w.opts, Failure: w.failure, Also: w.also, Hash: w.hash, Stats: w.stats, Faults: w.counts, Marks: w.watch.counts,
		Virtual: w.now, Decisions: w.rec.log}
}

// Fired reports whether a check found something.
func (r Result) Fired(check string) bool {
	return r.Failure != nil && (r.Failure.Check == check || slices.ContainsFunc(r.Also, func(f Failure) bool { return f.Check == check }))
}

// Run runs a seed with its own options.
func Run(seed uint64) Result { return RunWith(seed, Swarm(seed)) }

// RunWith runs a seed with other options.
func RunWith(seed uint64, opts Options) Result { return New(seed, opts, NewRandom(seed)).Run() }
