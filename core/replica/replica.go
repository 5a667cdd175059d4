package replica

import (
	"errors"
	"fmt"
	"slices"
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
	Compress     bool   // older segments
	Reserve      int64  // bytes of the log's reserve for a full disk; 0: none
	// ReadOnly refuses every update of a client.
	ReadOnly bool
	// Retention is how much of the log stays below what a restart needs, so that an
	// absent peer catches up by log.
	Retention tlog.Retention
	// FeedHold is how long a peer that was sent entries holds the log for itself,
	// though only so much of it; 0: one minute.
	FeedHold time.Duration
	// ChunkBytes is about the size of a chunk of a snapshot; 0: 1 MiB.
	ChunkBytes int
	// CheckpointPeriod is how long changes wait for a freeze point at most; 0:
	// DefaultCheckpointPeriod.
	CheckpointPeriod time.Duration
	Rand             func([]byte)
	// Trace receives the spec actions of every Step; nil: nobody wants them.
	Trace func(now core.Instant, e core.Event)
}

// Defaults of Config.
const (
	DefaultSegmentBytes     = tlog.DefaultSegmentBytes
	DefaultCheckpointPeriod = 30 * time.Second
	DefaultRetentionBytes   = 1 << 30
)

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
//	for each input taken: r.Deliver | r.Submit | r.Read | r.ReadLocal | r.Finish | r.HandOver …
//	                      (each with a clock sample taken after the input)
//	then                  out := r.Flush(now); carry out in order
type Replica struct {
	cfg   Config
	node  *core.Node
	disk  disk.Disk
	log   *tlog.Log
	sm    StateMachine
	reads ReadView

	queue   queue   // updates that wait for room in the pipeline
	flights flights // updates that were proposed
	waiting []any   // reads that wait for a lease
	locals  []any   // reads that wait for a view only
	applier applier
	feeder  feeder
	ckpt    checkpoints
	upkeep  upkeep
	space   space
	inst    installer
	admin   admin

	fetches   []core.Envelope // peers' requests for chunks of snapshots
	exports   []*export
	exporting bool // an export job is out

	stopping   stopping
	verdict    core.Verdict
	resetting  string       // the state machine is about to be set aside under this label
	rebuilding bool         // a snapshot must come before anything can be applied
	full       bool         // the state machine has no room before its checkpoint is done
	fullSince  core.Instant // updates wait for that since then; Never: none does

	held     []heldSend // messages that wait for the log
	durable  core.Position
	appended core.Position  // of the newest append
	state    core.HardState // of the newest append
	syncing  bool
	sealAt   core.Instant
	lastNow  core.Instant

	// out gathers what the next Flush returns; spare is what the last one did.
	out, spare *Output
	wake       core.Instant
	recovery   []string
	replay     replay
	counts     counters
}

// heldSend is a message that may leave once the log is durable up to position.
type heldSend struct {
	position core.Position
	env      core.Envelope
}

type counters struct{ elections, batches, syncs, updates, chunks, exportErrors, diverged uint64 }

// Open recovers the log in cfg.Dir, restores the node and starts nothing: the
// first Flush says what to do. It reads and writes d before it returns.
func Open(cfg Config, d disk.Disk, sm StateMachine, now core.Instant) (*Replica, error) {
	cfg.complete()
	newest, _ := sm.Checkpoints()
	log, opened, err := tlog.Open(d, tlog.Options{Dir: cfg.Dir, ClusterID: cfg.Core.ClusterID,
		Node: cfg.nodeName(), SegmentBytes: cfg.SegmentBytes, MaxEntries: cfg.MaxEntries,
		Preallocate: cfg.Preallocate, CacheBytes: cfg.CacheBytes, Rand: cfg.Rand,
		Checkpoint: newest, Installed: sm.Installed(), Compress: cfg.Compress, Reserve: cfg.Reserve})
	if err != nil {
		return nil, err
	}
	r, err := restore(cfg, d, sm, log, opened, now)
	if err != nil {
		log.Close()
		return nil, err
	}
	return r, nil
}

// complete fills in defaults.
func (c *Config) complete() {
	if c.SegmentBytes == 0 {
		c.SegmentBytes = DefaultSegmentBytes
	}
	if c.FeedHold == 0 {
		c.FeedHold = feedHold
	}
	if c.ChunkBytes == 0 {
		c.ChunkBytes = chunkBytes
	}
	if c.CheckpointPeriod == 0 {
		c.CheckpointPeriod = DefaultCheckpointPeriod
	}
}

// restore makes the node of what the log and the state machine hold.
func restore(cfg Config, d disk.Disk, sm StateMachine, log *tlog.Log, opened *tlog.Opened, now core.Instant) (*Replica, error) {
	if err := sm.Bind(opened.Incarnation); err != nil {
		return nil, err
	}
	if opened.Ahead {
		newest, _ := sm.Checkpoints()
		return nil, fmt.Errorf("the store has instance %d and the log in %s ends at %d: the log was lost or replaced, so this node must not vote; "+
			"move the node's whole directory away and start it as a new one", newest, cfg.Dir, opened.Last)
	}
	cfg.Core.Incarnation = opened.Incarnation
	if cfg.Core.NewCluster.IsZero() {
		cfg.Rand(cfg.Core.NewCluster[:])
	}
	opened.Restored.Applied = sm.Applied()
	opened.Restored.Setting = core.NewestSetting(opened.Restored.Setting, sm.Setting())
	node, err := core.New(cfg.Core, opened.Restored, now)
	if err != nil {
		return nil, fmt.Errorf("the log in %s does not fit the configuration: %w", cfg.Dir, err)
	}
	r := &Replica{cfg: cfg, node: node, disk: d, log: log, sm: sm, recovery: opened.Report,
		out: &Output{}, spare: &Output{}, wake: now, sealAt: core.Never, lastNow: now}
	r.flights.init()
	r.state = opened.Restored.HardState
	r.applier = applier{commit: node.Commit(), applied: sm.Applied()}
	r.ckpt.init(sm, now)
	r.upkeep.fed = make([]feeding, len(cfg.Core.Seats))
	r.upkeep.at, r.space.at = now, now
	r.inst.deadline, r.fullSince = core.Never, core.Never
	r.admin.tickets = map[core.Ticket]any{}
	r.replay = replay{from: sm.Applied(), through: node.Commit()}
	if opened.Base > sm.Applied()+1 && opened.Restored.Commit > sm.Applied() {
		r.recovery = append(r.recovery, fmt.Sprintf("the store has instance %d and the log begins at %d: a snapshot must come", sm.Applied(), opened.Base))
		r.rebuild(now)
	}
	r.publish()
	return r, nil
}

// replay is what a start had to execute again.
type replay struct{ from, through core.Instance }

func (c *Config) nodeName() string {
	if int(c.Core.Self) < len(c.Core.Seats) {
		return c.Core.Seats[c.Core.Self].Name
	}
	return ""
}

// Close gives the log and the store up, while no job is out. It syncs nothing:
// what was promised is durable already. Stop before it spares the next start work.
func (r *Replica) Close() error {
	r.show(nil, 0)
	r.closeExports()
	r.abortImport()
	return errors.Join(r.sm.Close(), r.log.Close())
}

// Reads is the published pair, for readers on any goroutine.
func (r *Replica) Reads() *ReadView { return &r.reads }

// Recovery tells what opening the log found and did, for the node's own log.
func (r *Replica) Recovery() []string { return r.recovery }

// Deliver takes in a message that arrived from a peer.
func (r *Replica) Deliver(now core.Instant, env core.Envelope) {
	r.step(now, core.Deliver{Envelope: env})
}

// BootstrapWithout lets first boot go on without the named voters.
func (r *Replica) BootstrapWithout(now core.Instant, names []string) {
	r.step(now, core.BootstrapWithout{Names: names})
}

// Finish takes in the result of a job that has run.
func (r *Replica) Finish(now core.Instant, j *Job) { j.finish(now) }

// Flush lets time pass and returns what is to be done. The Output is valid
// until the next Flush.
func (r *Replica) Flush(now core.Instant) *Output {
	r.lastNow = now
	if now >= r.wake {
		r.step(now, core.Tick{})
	}
	r.propose(now)
	r.failWhenFull(now)
	r.freezeDue(now)
	r.failWithoutMaster()
	r.freshen()
	r.answerReads(now)
	r.tick(now)
	r.startJobs(now)
	r.out.Wake = r.nextWake()
	out := r.out
	r.out, r.spare = r.spare, out
	r.out.reset()
	return out
}

// tick lets everything look at the time that is not a job.
func (r *Replica) tick(now core.Instant) {
	r.tickStop(now)
	r.tickHandOvers(now)
	r.tickAdmin(now)
	r.tickInstall(now)
	r.tickReset(now)
	r.tickSpace(now)
	r.expireExports(now)
}

// nextWake is when something is due though no input comes.
func (r *Replica) nextWake() core.Instant {
	wake := min(r.wake, r.inst.deadline, r.handOverWake())
	if r.stopping.on {
		wake = min(wake, r.stopping.until)
	}
	if !r.syncing && !r.space.full && !r.quiet() { // else what is out, or the next try, comes first
		wake = min(wake, r.sealAt)
	}
	if !r.space.busy {
		wake = min(wake, r.space.at)
	}
	if r.quiet() { // what is still out ends it
		return wake
	}
	if !r.ckpt.busy && r.ckpt.more {
		wake = min(wake, r.ckpt.at)
	}
	if r.ckpt.dirty != core.Never && r.node.Room() > 0 {
		wake = min(wake, r.ckpt.dirty.Add(r.cfg.CheckpointPeriod))
	}
	if !r.upkeep.busy {
		wake = min(wake, r.upkeep.at)
	}
	if r.fullSince != core.Never {
		wake = min(wake, r.fullSince.Add(r.cfg.Core.LeasePeriod))
	}
	if r.space.full && !r.syncing {
		wake = min(wake, r.space.retry)
	}
	return wake
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
		r.appended, r.state = eff.Position, eff.State
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
	install, relay, outcomes := eff.Install, eff.Relay, eff.Outcomes
	r.checkVerdict()
	r.publish()
	if len(install)+len(relay)+len(outcomes) > 0 {
		r.handle(now, slices.Clone(install), slices.Clone(relay), slices.Clone(outcomes))
	}
}

// handle takes the rare effects, which may lead to another step.
func (r *Replica) handle(now core.Instant, install []core.SnapshotSource, relay []core.Envelope, outcomes []core.Outcome) {
	for _, o := range outcomes {
		r.outcome(now, o)
	}
	for _, env := range relay {
		if _, asks := env.Msg.(*core.SnapshotFetch); asks {
			r.onSnapshotFetch(now, env)
		} else {
			r.onSnapshotChunk(now, env)
		}
	}
	for _, src := range install {
		r.onInstall(now, src)
	}
}

// Restarted tells what the node found in its log, for traces: only right after Open.
func (r *Replica) Restarted() []core.Event { return r.node.Restarted() }

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
	view := r.applier.fresh()
	if p == nil || p.applied != r.applier.applied || p.leaseEnd != end || p.view != view {
		r.reads.publish(view, r.applier.applied, end)
	}
}

// startJobs hands out the work that can begin: none in a process that is about to
// end, whose log may have failed.
func (r *Replica) startJobs(now core.Instant) {
	if r.out.Fatal != nil {
		return
	}
	r.startSync(now)
	r.startApply()
	r.startFeeds(now)
	r.startSlice(now)
	r.startUpkeep(now)
	r.startExport(now)
}

func (r *Replica) startSync(now core.Instant) {
	if r.syncing || r.space.full && now < r.space.retry || r.quiet() {
		return
	}
	if r.inst.logBase != 0 {
		r.startLogInstall()
		return
	}
	j := r.log.NextSync()
	if j == nil && now >= r.sealAt {
		r.sealAt = core.Never
		j = r.log.NextSeal()
	}
	if j == nil {
		r.space.full = false // nothing waits for room; the next write will tell
		return
	}
	r.syncing = true
	r.sealAt = core.Never // set again when this sync is done: a slow one must not be waited for by spinning
	r.job(JobSync, j.Run, func(now core.Instant) { r.finishSync(now, j) })
}

// finishSync takes the log's word. A disk without room ends nothing: the same
// batch is written again later, and until then nothing of it was said.
func (r *Replica) finishSync(now core.Instant, j *tlog.SyncJob) {
	r.syncing = false
	r.counts.syncs++
	durable, err := r.log.FinishSync(j)
	if errors.Is(err, tlog.ErrNoSpace) {
		r.noteFull(now)
		return
	}
	if err != nil {
		r.out.Fatal = fmt.Errorf("the log could not be made durable, so this node stops: %w", err)
		return
	}
	r.space.full = false
	r.sealAt = now.Add(sealAfter)
	if durable > r.durable {
		r.durable = durable
		r.release()
		r.step(now, core.Durable{Through: durable})
	}
	if r.ckpt.at == core.Never && r.durable >= r.ckpt.position {
		r.ckpt.at = now
	}
}

func (r *Replica) job(kind JobKind, run func(), finish func(core.Instant)) {
	r.out.Jobs = append(r.out.Jobs, &Job{Kind: kind, run: run, finish: finish})
}
