package replica

import (
	"bytes"
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

	view   View
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
	if wanted && !a.busy && a.viewAt != a.applied {
		a.view, a.viewAt = r.sm.View(), a.applied
		r.publish()
	}
}

// applied is what one job made: results only where somebody waits for them.
type appliedEntry struct {
	instance core.Instance
	value    core.Value
	results  []Result
}

// startApply begins the next run of instances: from memory where the log still
// has them there, else a read job comes first.
func (r *Replica) startApply() {
	a := &r.applier
	if a.busy || a.applied >= a.commit {
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
		r.out.Fatal = fmt.Errorf("chosen instance %d can't be read from the log: %w", r.applier.applied+1, err)
		return
	}
	r.applyJob(entries)
}

func (r *Replica) applyJob(entries []core.Entry) {
	wanted := make([]bool, len(entries))
	for k := range entries {
		wanted[k] = r.flights.byInstance[entries[k].Instance] != nil
	}
	done := make([]appliedEntry, 0, len(entries))
	var view View
	take := r.applier.readBy > 0
	if take {
		r.applier.readBy--
	}
	run := func() {
		for k := range entries {
			done = append(done, applyEntry(r.sm, &entries[k], wanted[k]))
		}
		if take {
			view = r.sm.View()
		}
	}
	r.job(JobApply, run, func(now core.Instant) { r.finishApply(now, done, view) })
}

func applyEntry(sm StateMachine, e *core.Entry, wanted bool) appliedEntry {
	updates, err := e.Value.Updates()
	if err != nil {
		updates = nil // chosen all the same: on every node it changes nothing
	}
	results := sm.Apply(e.Instance, updates)
	if !wanted {
		results = nil
	}
	return appliedEntry{instance: e.Instance, value: e.Value, results: results}
}

// finishApply publishes the new view before it answers anybody from it.
func (r *Replica) finishApply(now core.Instant, done []appliedEntry, view View) {
	a := &r.applier
	a.busy = false
	a.applied = done[len(done)-1].instance
	if view != nil {
		a.view, a.viewAt = view, a.applied
	}
	r.step(now, core.Applied{Through: a.applied})
	for k := range done {
		r.answerFlight(&done[k])
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
