package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core/replica"
)

// runningJob is a Job that a process has given out and that has not ended yet.
type runningJob struct {
	job   *replica.Job
	n     uint32 // the n-th of its kind at this node
	crash int    // 1 + the operations it gets before its node dies; 0: it lives
}

func (j *runningJob) String() string { return fmt.Sprintf("job %s #%d has run", j.job.Kind, j.n) }

// writes says which kinds of jobs write to the disk, and sync.
func writes(k replica.JobKind) bool {
	switch k {
	case replica.JobSync, replica.JobCheckpoint, replica.JobUpkeep, replica.JobImport:
		return true
	case replica.JobApply, replica.JobRead, replica.JobExport:
		return false
	default:
		panic("sim: job of kind " + k.String())
	}
}

// run schedules the end of a Job. Its operations happen then, all at once, or,
// where the node dies first, as many as the decider grants.
func (n *node) run(j *replica.Job) {
	w := n.w
	n.jobN[j.Kind]++
	r := &runningJob{job: j, n: n.jobN[j.Kind]}
	id := Identity{A: n.id(), B: uint8(j.Kind), N: r.n}
	table := w.laws.quick
	if writes(j.Kind) {
		table = w.laws.sync
	}
	d := table[w.choose(id, DecideJobTime, table.odds())]
	if writes(j.Kind) && !w.healed {
		d += n.stall(id)
		r.crash = w.choose(id, DecideJobCrash, n.crashOdds(j.Kind))
	}
	n.jobs = append(n.jobs, r)
	w.push(event{at: w.now + d, kind: evJob, node: n.id(), life: n.life, n: r.n, job: r})
}

// crashOdds is the law by which a node dies inside a job: after up to so many
// operations. Jobs beside the log's syncs are rarer, and longer.
func (n *node) crashOdds(k replica.JobKind) Odds {
	ppm := n.w.opts.JobCrash
	switch k {
	case replica.JobSync:
		return Odds{ppm, 6}
	case replica.JobImport:
		return Odds{min(20*ppm, million), 8} // few: the one that puts it in place must be met at each
	default:
		return Odds{min(4*ppm, million), 24}
	}
}

// stall returns how much longer a sync takes.
func (n *node) stall(id Identity) int64 {
	w := n.w
	c := w.choose(id, DecideStall, Odds{w.opts.Stall, len(w.laws.stall) - 1})
	if c > 0 {
		w.counts[FaultStall]++
		w.line(n.id(), "sync #%d stalls for %s", id.N, stamp(w.laws.stall[c]))
		return w.laws.stall[c]
	}
	return max(0, n.slow-w.now)
}

// ran ends a Job and brings its result home, unless its node dies inside.
func (n *node) ran(r *runningJob) {
	if r.crash > 0 {
		n.w.counts[crashIn(r.job.Kind)]++
		n.disk.FailAfter(r.crash - 1)
	}
	for i := range n.jobs {
		if n.jobs[i] == r {
			n.jobs = append(n.jobs[:i], n.jobs[i+1:]...)
			break
		}
	}
	r.job.Run()
	if r.crash > 0 || n.disk.Crashed() {
		n.jobs = n.jobs[:0] // no other job gets another operation
		n.w.watch.inside = r.job.Kind
		n.die(fmt.Sprintf("inside %s #%d", r.job.Kind, r.n))
		return
	}
	if r.job.Kind == replica.JobSync {
		n.w.stats.Syncs++
		n.w.watch.synced(n)
		n.w.checks.synced(n)
	}
	if r.job.Kind == replica.JobCheckpoint {
		n.w.watch.sliced(n)
	}
	n.w.checks.changed(n, r)
	if r.job.Kind == replica.JobCheckpoint {
		n.w.spec.checkpointed(n)
	}
	n.enqueue(input{kind: inFinish, job: r})
}

func crashIn(k replica.JobKind) Fault {
	switch k {
	case replica.JobCheckpoint:
		return FaultCheckpoint
	case replica.JobUpkeep:
		return FaultUpkeep
	case replica.JobImport:
		return FaultInstall
	case replica.JobSync, replica.JobApply, replica.JobRead, replica.JobExport:
		return FaultJobCrash
	default:
		panic("sim: job of kind " + k.String())
	}
}

// die ends the process, as a crash or as a power loss. Jobs under way get some
// operations done first.
func (n *node) die(how string) {
	w := n.w
	if w.script.died != nil {
		w.script.died(n)
		return
	}
	n.deaths++
	id := Identity{A: n.id(), N: n.deaths}
	power := w.choose(id, DecideCrashPower, Odds{w.opts.Power, 1}) != 0
	n.dieAs(how, power)
	d := w.laws.down[w.choose(id, DecideDown, w.laws.down.odds())]
	if w.healed {
		d = 0
	}
	w.push(event{at: w.now + d, kind: evStart, node: n.id()})
}

func (n *node) dieAs(how string, power bool) {
	w := n.w
	id := Identity{A: n.id(), N: n.deaths}
	n.finishSome(id)
	power = power && !n.late && !n.doubtful()
	w.watch.dies(n, power)
	n.end()
	if power {
		w.counts[FaultPower]++
		w.line(n.id(), "loses power: %s", how)
		n.losePower(id)
	} else {
		w.counts[FaultCrash]++
		w.line(n.id(), "crashes: %s", how)
		n.disk.Crash()
		n.eat(id)
	}
}

// stopped handles that a process has stopped by itself, which only a disk that
// failed it may bring about; one without room, only if it could not even start. It is started again after a while, as a supervisor
// would.
func (n *node) stopped(err error) {
	w := n.w
	w.line(n.id(), "stops by itself: %v", err)
	if v := n.maySay(err); v != nil {
		w.report(v)
		return
	}
	w.watch.stopsItself(n)
	n.deaths++
	n.end()
	n.disk.Crash()
	w.push(event{at: w.now + int64(w.opts.Lease)/4, kind: evStart, node: n.id()})
}

// end forgets everything that was in the memory of the process.
func (n *node) end() {
	n.up, n.turning, n.closing, n.paused = false, false, false, 0
	n.clockGoesOn()
	n.replica, n.machine, n.lastLocal = nil, nil, 0
	n.inbox, n.jobs = nil, nil
	for i := range n.held {
		if r := n.held[i].req; r != nil {
			n.waiting = append(n.waiting, r)
		}
	}
	n.held = nil
	n.timerAt = never
	n.dropRequests()
}

// crashOps is how many operations running jobs may still do: mostly less than a
// whole sync, so that power losses find something pending.
var crashOps = [...]int{0, 1, 1, 1, 1, 2, 3, 5, 8, 13}

// finishSome gives the jobs under way a few more disk operations.
func (n *node) finishSome(id Identity) {
	if len(n.jobs) == 0 {
		return
	}
	n.disk.FailAfter(crashOps[n.w.choose(id, DecideCrashOps, Always(len(crashOps)-1))])
	for _, r := range n.jobs {
		if r.job.Kind != replica.JobApply {
			r.job.Run()
		}
	}
}
