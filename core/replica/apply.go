package replica

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// applyBytes bounds the values of one apply job, so that a view is published,
// and answers leave, at short intervals also while a long log is replayed.
const applyBytes = 4 << 20

// applier executes what is chosen, in order, one job at a time.
type applier struct {
	commit  core.Instance // apply through here
	applied core.Instance
	busy    bool

	view   View          // counted once for the published pair; nil: none
	viewAt core.Instance // what view shows; older than applied while nobody reads
	readBy int           // apply jobs that still take a view for readers seen lately
}

// fresh returns the view if it shows everything applied, else nil.
func (a *applier) fresh() View {
	if a.viewAt != a.applied {
		return nil
	}
	return a.view
}

// take makes v the view, which the applier releases when the next one comes. The
// caller publishes, so that no pair is left with the old one.
func (a *applier) take(v View, at core.Instance) (old View) {
	old, a.view, a.viewAt = a.view, v, at
	return old
}

// show replaces the published view.
func (r *Replica) show(v View, at core.Instance) {
	old := r.applier.take(v, at)
	r.publish()
	if old != nil {
		old.Release()
	}
}

// viewsPerReader is for how many apply jobs a reader is expected to come again.
const viewsPerReader = 256

// freshen takes a view for readers that came while none was being taken.
func (r *Replica) freshen() {
	a := &r.applier
	if r.reads.wanted.Load() {
		r.reads.wanted.Store(false)
		a.readBy = viewsPerReader
	}
	wanted := a.readBy == viewsPerReader || len(r.waiting)+len(r.locals) > 0
	if wanted && !a.busy && r.readable() && a.fresh() == nil {
		r.show(r.sm.View(), a.applied)
	}
}

// appliedEntry is what one job made: results only where somebody waits for them.
type appliedEntry struct {
	instance core.Instance
	value    core.Value
	results  []Result
}

// applying is an apply job.
type applying struct {
	sm      StateMachine
	entries []core.Entry
	wanted  []bool // whether somebody waits for the results
	view    View   // taken at the end, if take
	take    bool
	done    []appliedEntry
	err     error
}

// startApply begins the next run of instances: from memory where the log still
// has them there, else a read job comes first.
func (r *Replica) startApply() {
	a := &r.applier
	if a.busy || a.applied >= a.commit || r.quiet() || r.rebuilding || r.full {
		return
	}
	a.busy = true
	if entries := r.log.Cached(a.applied+1, a.commit, applyBytes); len(entries) > 0 {
		r.applyJob(entries)
		return
	}
	read := r.log.NextRead(a.applied+1, a.commit, applyBytes)
	r.job(JobRead, read.Run, func(core.Instant) { r.finishReplayRead(read) })
}

func (r *Replica) finishReplayRead(read *tlog.ReadJob) {
	entries, err := r.log.FinishRead(read)
	if err != nil {
		r.applier.busy = false
		if errors.Is(err, tlog.ErrCollapsed) {
			r.rebuild(r.lastNow)
			return
		}
		r.out.Fatal = fmt.Errorf("chosen instance %d can't be read from the log: %w", r.applier.applied+1, err)
		return
	}
	r.applyJob(entries)
}

func (r *Replica) applyJob(entries []core.Entry) {
	j := &applying{sm: r.sm, entries: entries, wanted: make([]bool, len(entries)),
		done: make([]appliedEntry, 0, len(entries)), take: r.applier.readBy > 0 && r.readable()}
	for k := range entries {
		j.wanted[k] = r.flights.byInstance[entries[k].Instance] != nil
	}
	if j.take {
		r.applier.readBy--
	}
	r.job(JobApply, j.run, func(now core.Instant) { r.finishApply(now, j) })
}

func (j *applying) run() {
	for k := range j.entries {
		e := &j.entries[k]
		results, err := j.sm.Apply(e.Instance, e.Value)
		if err != nil {
			j.err = err
			return
		}
		if !j.wanted[k] {
			results = nil
		}
		j.done = append(j.done, appliedEntry{instance: e.Instance, value: e.Value, results: results})
		if j.sm.Full() {
			break // the rest waits for the running checkpoint
		}
	}
	if j.take {
		j.view = j.sm.View()
	}
}

// finishApply publishes the new view before it answers anybody from it.
func (r *Replica) finishApply(now core.Instant, j *applying) {
	r.applier.busy = false
	if j.err != nil {
		r.out.Fatal = fmt.Errorf("the store can't be read while instance %d is applied, so this node stops: %w", r.applier.applied+1, j.err)
		return
	}
	r.applier.applied = j.done[len(j.done)-1].instance
	// Without a new one nothing is shown until somebody asks: a stale view that is
	// kept for nobody would keep every page that is freed meanwhile.
	if old := r.applier.take(j.view, r.applier.applied); old != nil {
		defer old.Release()
	}
	r.step(now, core.Applied{Through: r.applier.applied})
	r.noteApplied(now)
	for k := range j.done {
		r.answerFlight(&j.done[k])
	}
}

// answerFlight answers the clients whose value was chosen at this instance. If
// another value was, theirs is unknown: it may have been chosen nowhere.
func (r *Replica) answerFlight(e *appliedEntry) {
	fl := r.flights.byInstance[e.instance]
	if fl == nil {
		return
	}
	r.flights.take(fl.ticket)
	if e.results == nil || !bytes.Equal(fl.value, e.value) {
		r.fail(fl, ErrOutcomeUnknown)
		return
	}
	for k, tag := range fl.tags {
		r.answer(Answer{Tag: tag, Result: e.results[k], Instance: e.instance})
	}
}
