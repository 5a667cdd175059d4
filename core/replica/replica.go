package replica

import (
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// Config is what Open needs. Core.Incarnation and Core.NewCluster are filled in
// by Open, from the directory and from Rand.
type Config struct {
	Core         core.Config
	Dir          string // of the TLog, on the Disk
	SegmentBytes int64  // a segment is rolled at this size; 0: 64 MiB
	MaxEntries   int    // or at this many entries; 0: no such rule
	Preallocate  int64  // zero-fill segments ahead in steps of this size; 0: off
	CacheBytes   int64  // newest log entries kept in memory; 0: 64 MiB
	Rand         func([]byte)
	// Trace receives the spec actions of every Step; nil: nobody wants them.
	Trace func(now core.Instant, e core.Event)
}

// Limits of what waits in a Replica; beyond them a client hears ErrBusy.
const (
	MaxQueuedUpdates = 64 << 10
	MaxQueuedBytes   = 256 << 20
	MaxWaitingReads  = 64 << 10
)

// sealAfter is how long the log must be idle before it is sealed (DESIGN 5).
const sealAfter = time.Second

// Replica is a Node with its TLog and its state machine: the one effect loop,
// shared by both hosts. It has one owner, who calls everything but Reads.
//
// The host's loop, the same in production and in the simulator:
//
//	for each input taken: r.Deliver | r.Submit | r.Read | r.ReadLocal | r.Finish | r.DropMaster
//	                      (each with a clock sample taken after the input)
//	then                  out := r.Flush(now); carry out in order
type Replica struct {
	cfg   Config
	node  *core.Node
	log   *tlog.Log
	sm    StateMachine
	reads ReadView

	queue   queue   // updates that wait for room in the pipeline
	flights flights // updates that were proposed
	waiting []any   // reads that wait for a lease
	locals  []any   // reads that wait for a view only
	applier applier
	feeder  feeder

	held    []heldSend // messages that wait for the log
	durable core.Position
	syncing bool
	sealAt  core.Instant

	// out gathers what the next Flush returns; spare is what the last one did.
	out, spare *Output
	wake       core.Instant
	recovery   []string
	counts     counters
}

// heldSend is a message that may leave once the log is durable up to position.
type heldSend struct {
	position core.Position
	env      core.Envelope
}

type counters struct{ elections, batches, syncs, updates uint64 }

// Open recovers the log in cfg.Dir, restores the node and starts nothing: the
// first Flush says what to do. It reads and writes d before it returns.
func Open(cfg Config, d disk.Disk, sm StateMachine, now core.Instant) (*Replica, error) {
	log, opened, err := tlog.Open(d, tlog.Options{Dir: cfg.Dir, ClusterID: cfg.Core.ClusterID,
		Node: cfg.nodeName(), SegmentBytes: cfg.SegmentBytes, MaxEntries: cfg.MaxEntries,
		Preallocate: cfg.Preallocate, CacheBytes: cfg.CacheBytes, Rand: cfg.Rand})
	if err != nil {
		return nil, err
	}
	cfg.Core.Incarnation = opened.Incarnation
	if cfg.Core.NewCluster.IsZero() {
		cfg.Rand(cfg.Core.NewCluster[:])
	}
	node, err := core.New(cfg.Core, opened.Restored, now)
	if err != nil {
		log.Close()
		return nil, fmt.Errorf("the log in %s does not fit the configuration: %w", cfg.Dir, err)
	}
	r := &Replica{cfg: cfg, node: node, log: log, sm: sm, recovery: opened.Report,
		out: &Output{}, spare: &Output{}, wake: now, sealAt: core.Never}
	r.flights.init()
	r.applier = applier{commit: node.Commit(), applied: sm.Applied(), view: sm.View(), viewAt: sm.Applied()}
	r.publish()
	return r, nil
}

func (c *Config) nodeName() string {
	if int(c.Core.Self) < len(c.Core.Seats) {
		return c.Core.Seats[c.Core.Self].Name
	}
	return ""
}

// Close gives the log directory up. It syncs nothing: what was promised is
// durable already, and a clean stop is recovered like any other.
func (r *Replica) Close() error { return r.log.Close() }

// Reads is the published pair, for readers on any goroutine.
func (r *Replica) Reads() *ReadView { return &r.reads }

// Recovery tells what opening the log found and did, for the node's own log.
func (r *Replica) Recovery() []string { return r.recovery }

// Deliver takes in a message that arrived from a peer.
func (r *Replica) Deliver(now core.Instant, env core.Envelope) {
	r.step(now, core.Deliver{Envelope: env})
}

// DropMaster makes a master step down and not stand for two lease periods.
func (r *Replica) DropMaster(now core.Instant) { r.step(now, core.DropMaster{}) }

// BootstrapWithout lets first boot go on without the named voters.
func (r *Replica) BootstrapWithout(now core.Instant, names []string) {
	r.step(now, core.BootstrapWithout{Names: names})
}

// Finish takes in the result of a job that has run.
func (r *Replica) Finish(now core.Instant, j *Job) { j.finish(now) }

// Flush lets time pass and returns what is to be done. The Output is valid
// until the next Flush.
func (r *Replica) Flush(now core.Instant) *Output {
	if now >= r.wake {
		r.step(now, core.Tick{})
	}
	r.propose(now)
	r.failWithoutMaster()
	r.freshen()
	r.answerReads(now)
	r.startJobs(now)
	r.out.Wake = min(r.wake, r.sealAt)
	out := r.out
	r.out, r.spare = r.spare, out
	r.out.reset()
	return out
}

func (o *Output) reset() {
	clear(o.Send)
	clear(o.Jobs)
	clear(o.Answers)
	o.Send, o.Jobs, o.Answers = o.Send[:0], o.Jobs[:0], o.Answers[:0]
}

// step is the effect loop: one input into the node, its effects into the log,
// the outgoing messages and the queues.
func (r *Replica) step(now core.Instant, in core.Input) {
	eff := r.node.Step(now, in)
	if len(eff.Append) > 0 || eff.Save {
		r.log.Append(eff.Append, eff.State, eff.Position)
	}
	r.out.Send = append(r.out.Send, eff.Send...)
	for _, env := range eff.SendAfterSync {
		r.hold(eff.Position, env)
	}
	for _, p := range eff.Proposed {
		r.flights.at(p.Ticket, p.Instance)
	}
	for _, f := range eff.Failed {
		r.fail(r.flights.take(f.Ticket), failureError(f.Reason))
	}
	r.feeder.queue = append(r.feeder.queue, eff.Feed...)
	r.applier.commit = eff.Commit
	r.wake = eff.Wake
	r.noteTrace(now, eff.Trace)
	r.publish()
}

func (r *Replica) noteTrace(now core.Instant, events []core.Event) {
	for _, e := range events {
		if e.Action == core.ActMaster {
			r.counts.elections++
		}
		if r.cfg.Trace != nil {
			r.cfg.Trace(now, e)
		}
	}
}

// hold keeps a message until the log is durable up to position.
func (r *Replica) hold(position core.Position, env core.Envelope) {
	if position <= r.durable {
		r.out.Send = append(r.out.Send, env)
		return
	}
	r.held = append(r.held, heldSend{position, env})
}

// release lets go what waited for the log. Of several votes for one master in
// one ballot the last says it all.
func (r *Replica) release() {
	k := 0
	start := len(r.out.Send)
	for ; k < len(r.held) && r.held[k].position <= r.durable; k++ {
		env := r.held[k].env
		if last := len(r.out.Send) - 1; last >= start && supersedes(&env, &r.out.Send[last]) {
			r.out.Send[last] = env
			continue
		}
		r.out.Send = append(r.out.Send, env)
	}
	left := copy(r.held, r.held[k:])
	clear(r.held[left:])
	r.held = r.held[:left]
}

func supersedes(later, earlier *core.Envelope) bool {
	a, ok := later.Msg.(*core.Accepted)
	if !ok || later.To != earlier.To {
		return false
	}
	b, ok := earlier.Msg.(*core.Accepted)
	return ok && a.B == b.B
}

// publish replaces the pair that readers see, if it changed.
func (r *Replica) publish() {
	end := r.node.LeaseEnd()
	p := r.reads.pair.Load()
	if core.Planted(core.BugReadWithoutLease) && (end > 0 || p != nil && p.leaseEnd == core.Never) {
		end = core.Never // neither checked nor ever revoked
	}
	view := r.applier.fresh()
	if p == nil || p.applied != r.applier.applied || p.leaseEnd != end || p.view == nil && view != nil {
		r.reads.publish(view, r.applier.applied, end)
	}
}

// startJobs hands out the work that can begin.
func (r *Replica) startJobs(now core.Instant) {
	r.startSync(now)
	r.startApply()
	r.startFeeds()
}

func (r *Replica) startSync(now core.Instant) {
	if r.syncing {
		return
	}
	j := r.log.NextSync()
	if j == nil && now >= r.sealAt {
		r.sealAt = core.Never
		j = r.log.NextSeal()
	}
	if j == nil {
		return
	}
	r.syncing = true
	r.sealAt = core.Never // set again when this sync is done: a slow one must not be waited for by spinning
	r.job(JobSync, j.Run, func(now core.Instant) { r.finishSync(now, j) })
}

func (r *Replica) finishSync(now core.Instant, j *tlog.SyncJob) {
	r.syncing = false
	r.counts.syncs++
	durable, err := r.log.FinishSync(j)
	if err != nil {
		r.out.Fatal = fmt.Errorf("the log could not be made durable, so this node stops: %w", err)
		return
	}
	r.sealAt = now.Add(sealAfter)
	if durable > r.durable {
		r.durable = durable
		r.release()
		r.step(now, core.Durable{Through: durable})
	}
}

func (r *Replica) job(kind JobKind, run func(), finish func(core.Instant)) {
	r.out.Jobs = append(r.out.Jobs, &Job{Kind: kind, run: run, finish: finish})
}
