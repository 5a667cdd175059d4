package realnet

import (
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// statusEvery is how old a published status may get while the loop is busy.
const statusEvery = 10 * time.Millisecond

// idleTurn is how often the loop turns at least, so that one can see it alive.
const idleTurn = 5 * time.Second

// loop is the goroutine that owns the Replica.
type loop struct {
	r       *replica.Replica
	mail    *mailbox
	workers *workers
	send    func([]core.Envelope)
	answer  func([]replica.Answer)
	now     func() core.Instant
	log     *slog.Logger

	timer *time.Timer
	armed core.Instant // when the timer fires; Never: it has fired

	published atomic.Pointer[replica.Status]
	statusAt  core.Instant
	turns     atomic.Int64 // when the loop turned last, for /livez

	store   *kvstore.Store // nil: its figures are not told
	out     [replica.JobKinds]int
	meter   jobMeter
	figures atomic.Pointer[figures]
	lookAt  core.Instant // when to look at the store again
}

// figures is what the loop tells of the store and of background work.
type figures struct {
	Store kvstore.Stats
	Jobs  []JobPage
}

// lookEvery is how often the store is looked at.
const lookEvery = 100 * time.Millisecond

// newLoop prepares a loop; publish makes a status available from the start.
func newLoop(r *replica.Replica, mail *mailbox, w *workers, now func() core.Instant, log *slog.Logger) *loop {
	l := &loop{r: r, mail: mail, workers: w, now: now, log: log, armed: core.Never}
	l.timer = time.NewTimer(time.Hour)
	l.timer.Stop()
	l.figures.Store(&figures{})
	l.publish(now())
	return l
}

// run turns until the mailbox is stopped (nil) or the Replica says Fatal.
//
// One clock reading per drain, taken after it: whatever is handed over had
// arrived by then, so no reading is older than an input that it serves.
func (l *loop) run() error {
	defer l.timer.Stop()
	var in inputs
	for {
		l.mail.take(&in)
		if in.stop {
			l.finish(&in, core.Instant(l.turns.Load()))
			return nil
		}
		now := l.now()
		l.turns.Store(int64(now))
		l.hand(&in, now)
		in.reset()
		l.look(now)
		out := l.r.Flush(now)
		if out.Fatal != nil {
			l.start(out.Jobs) // to have them back: what they do is harmless
			return out.Fatal
		}
		l.carryOut(out)
		l.wait(now, l.publishDue(now, out.Wake))
	}
}

// hand gives the inputs to the Replica: what is durable or applied first, so that
// it counts for what the peers say; the clients last, so that they form one batch.
func (l *loop) hand(in *inputs, now core.Instant) {
	l.finish(in, now)
	for i := range in.peers {
		l.r.Deliver(now, in.peers[i])
	}
	for _, f := range in.admin {
		f(l.r, now)
	}
	for _, c := range in.calls {
		switch {
		case c.void(): // its connection closes with the answer before it
		case c.update == nil && c.dirty:
			l.r.ReadLocal(now, c)
		case c.update == nil:
			l.r.Read(now, c)
		default:
			l.r.Submit(now, replica.Request{Update: c.update, Tag: c})
		}
	}
}

// finish gives the Replica the results of jobs.
func (l *loop) finish(in *inputs, now core.Instant) {
	for _, j := range in.finished {
		l.out[j.Kind]--
		l.r.Finish(now, j)
	}
}

// start lets the workers run jobs.
func (l *loop) start(jobs []*replica.Job) {
	for _, j := range jobs {
		l.out[j.Kind]++
		l.workers.run(j)
	}
}

// carryOut does what an Output asks, in its order.
func (l *loop) carryOut(out *replica.Output) {
	if len(out.Send) > 0 {
		l.send(out.Send)
	}
	l.start(out.Jobs)
	if len(out.Answers) > 0 {
		l.answer(out.Answers)
	}
}

// takeBack gives the Replica the last results, once the loop has ended and no job
// runs any more. Whatever it makes of them is left undone.
func (l *loop) takeBack() {
	var in inputs
	l.mail.take(&in)
	l.finish(&in, core.Instant(l.turns.Load()))
}

// publishDue publishes a status at most every statusEvery, and returns when the
// loop has to turn at the latest: at wake, or when what it has not published is due.
func (l *loop) publishDue(now, wake core.Instant) core.Instant {
	due := l.statusAt.Add(statusEvery)
	if now < due {
		return min(wake, due)
	}
	l.publish(now)
	return wake
}

func (l *loop) publish(now core.Instant) {
	st := l.r.Status(now)
	l.tell(l.published.Swap(&st), &st)
	l.statusAt = now
}

// look takes the store's figures while nothing runs on it: between the results of
// jobs and the jobs that follow.
func (l *loop) look(now core.Instant) {
	if l.store == nil || now < l.lookAt || l.out[replica.JobApply] > 0 {
		return
	}
	l.lookAt = now.Add(lookEvery)
	f := &figures{Store: l.store.Stats()}
	f.Store.Points = slices.Clone(f.Store.Points) // the store goes on with its own
	jobs := jobsOf(l.published.Load())
	if l.out[replica.JobCheckpoint] == 0 {
		if what, done, total := l.store.Progress(); what != "" {
			jobs = append(jobs, work{what, done, total})
		}
		f.Jobs = l.meter.read(time.Now(), jobs)
	} else {
		f.Jobs = l.figures.Load().Jobs
	}
	l.figures.Store(f)
}

// tell logs what an operator wants to know of a change.
func (l *loop) tell(was, is *replica.Status) {
	if was == nil {
		was = &replica.Status{}
	}
	if was.Waiting != is.Waiting && is.Waiting != "" {
		l.log.Info("waiting", "node", is.Name, "reason", is.Waiting)
	}
	switch {
	case is.Serving && !was.Serving:
		l.log.Info("this node is master and serves", "node", is.Name, "ballot", is.Ballot.String(), "commit", is.Commit)
	case was.Serving && !is.Serving:
		l.log.Warn("this node no longer serves as master", "node", is.Name, "role", is.Role.String(), "commit", is.Commit)
	case is.Master != was.Master && is.Master != is.Name:
		l.log.Info("master changed", "node", is.Name, "master", is.Master, "commit", is.Commit)
	}
}

// wait sleeps until there is input, or until wake. A timer that is already set
// to an earlier time stays: setting it costs more than one turn too many.
func (l *loop) wait(now, wake core.Instant) {
	if wake <= now {
		return
	}
	wake = min(wake, now.Add(idleTurn))
	if l.armed == core.Never || wake < l.armed {
		l.timer.Reset(max(wake.Sub(now), 0))
		l.armed = wake
	}
	select {
	case <-l.mail.wake:
	case <-l.timer.C:
		l.armed = core.Never
	}
}
