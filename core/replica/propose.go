package replica

import (
	"maps"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// Request is one client's update. Update is encoded once and never changed.
type Request struct {
	Update []byte
	Tag    any
}

// queue holds the updates that wait for room in the pipeline, in order.
type queue struct {
	requests []Request
	bytes    int
}

// flight is a proposed value and the requests in it.
type flight struct {
	ticket   core.Ticket
	instance core.Instance
	value    core.Value
	tags     []any
}

// flights finds what was proposed, by ticket and by instance.
type flights struct {
	next       core.Ticket
	byTicket   map[core.Ticket]*flight
	byInstance map[core.Instance]*flight
}

func (f *flights) init() {
	f.byTicket = map[core.Ticket]*flight{}
	f.byInstance = map[core.Instance]*flight{}
}

func (f *flights) at(t core.Ticket, i core.Instance) {
	if fl := f.byTicket[t]; fl != nil {
		fl.instance = i
		f.byInstance[i] = fl
	}
}

// take removes a flight; nil if it is answered already.
func (f *flights) take(t core.Ticket) *flight {
	fl := f.byTicket[t]
	if fl != nil {
		delete(f.byTicket, t)
		delete(f.byInstance, fl.instance)
	}
	return fl
}

// Submit takes in a client's update; its Answer comes out of a Flush.
func (r *Replica) Submit(now core.Instant, req Request) {
	if r.cfg.ReadOnly {
		r.answer(Answer{Tag: req.Tag, Err: ErrReadOnly})
		return
	}
	if !r.node.Waits() {
		r.answer(Answer{Tag: req.Tag, Err: ErrNotMaster})
		return
	}
	if err := r.sm.Admit(req.Update); err != nil {
		r.answer(Answer{Tag: req.Tag, Err: err})
		return
	}
	if r.space.low && r.sm.Grows(req.Update) {
		r.answer(Answer{Tag: req.Tag, Err: ErrDiskFull})
		return
	}
	if len(r.queue.requests) >= MaxQueuedUpdates || r.queue.bytes+len(req.Update) > MaxQueuedBytes {
		r.answer(Answer{Tag: req.Tag, Err: ErrBusy})
		return
	}
	r.queue.requests = append(r.queue.requests, req)
	r.queue.bytes += len(req.Update)
}

// Read takes in a linearizable read for which Reads().Serve had no lease; it is
// answered with a view when there is one, or with ErrNotMaster.
func (r *Replica) Read(now core.Instant, tag any) {
	switch {
	case !r.node.Waits():
		r.answer(Answer{Tag: tag, Err: ErrNotMaster})
	case !r.readable():
		r.answer(Answer{Tag: tag, Err: ErrNoView})
	case len(r.waiting) >= MaxWaitingReads:
		r.answer(Answer{Tag: tag, Err: ErrBusy})
	default:
		r.waiting = append(r.waiting, tag)
	}
}

// ReadLocal takes in a dirty read for which Reads().Local had no view; it is
// answered with this node's newest view, master or not.
func (r *Replica) ReadLocal(now core.Instant, tag any) {
	if !r.readable() {
		r.answer(Answer{Tag: tag, Err: ErrNoView})
		return
	}
	if len(r.locals) >= MaxWaitingReads {
		r.answer(Answer{Tag: tag, Err: ErrBusy})
		return
	}
	r.locals = append(r.locals, tag)
}

// propose turns everything that waits into instances, as far as the pipeline
// has room: a lone update on an idle one leaves at once.
func (r *Replica) propose(now core.Instant) {
	for len(r.queue.requests) > 0 && r.node.Room() > 0 && !r.full {
		fl := r.nextFlight()
		r.flights.byTicket[fl.ticket] = fl
		r.counts.batches++
		r.counts.updates += uint64(len(fl.tags))
		r.step(now, core.Propose{Ticket: fl.ticket, Value: fl.value})
	}
}

// failWhenFull answers what has waited for a lease period for room in memory: its
// clients may do better elsewhere, or later. What was proposed by then is not
// applied before the running checkpoint is done, which may take long.
func (r *Replica) failWhenFull(now core.Instant) {
	switch {
	case !r.full || len(r.queue.requests)+len(r.flights.byTicket) == 0:
		r.fullSince = core.Never
	case r.fullSince == core.Never:
		r.fullSince = now
	case now >= r.fullSince.Add(r.cfg.Core.LeasePeriod):
		r.fullSince = core.Never
		r.failQueue(ErrBusy)
		for _, t := range slices.Sorted(maps.Keys(r.flights.byTicket)) {
			r.fail(r.flights.take(t), ErrOutcomeUnknown)
		}
	}
}

// failQueue answers every update that was not proposed.
func (r *Replica) failQueue(err error) {
	for _, req := range r.queue.requests {
		r.answer(Answer{Tag: req.Tag, Err: err})
	}
	clear(r.queue.requests)
	r.queue.requests, r.queue.bytes = r.queue.requests[:0], 0
}

// nextFlight encodes the head of the queue as one value.
func (r *Replica) nextFlight() *flight {
	size, k := 0, 0
	for k < len(r.queue.requests) && k < core.MaxBatchUpdates {
		size += len(r.queue.requests[k].Update)
		if k > 0 && size > core.MaxBatchBytes {
			break
		}
		k++
	}
	updates, tags := make([][]byte, k), make([]any, k)
	for j, req := range r.queue.requests[:k] {
		updates[j], tags[j] = req.Update, req.Tag
		r.queue.bytes -= len(req.Update)
	}
	left := copy(r.queue.requests, r.queue.requests[k:])
	clear(r.queue.requests[left:])
	r.queue.requests = r.queue.requests[:left]
	r.flights.next++
	return &flight{ticket: r.flights.next, value: core.EncodeBatch(updates), tags: tags}
}

// failWithoutMaster answers what waits for a master that this node is no more.
// Nothing of it was proposed, so it is safe to send it elsewhere.
func (r *Replica) failWithoutMaster() {
	if r.node.Waits() {
		return
	}
	r.failQueue(ErrNotMaster)
	for _, tag := range r.waiting {
		r.answer(Answer{Tag: tag, Err: ErrNotMaster})
	}
	clear(r.waiting)
	r.waiting = r.waiting[:0]
}

// answerReads answers the waiting reads from the published view. now was
// sampled after they were taken in, and the pair is this owner's newest.
func (r *Replica) answerReads(now core.Instant) {
	if !r.readable() {
		r.failReads()
		return
	}
	view := r.applier.fresh()
	if view == nil {
		return // an apply job is out; its end brings a view
	}
	r.locals = r.answerView(r.locals, view)
	if r.reads.Leased(func() core.Instant { return now }) {
		r.waiting = r.answerView(r.waiting, view)
	}
}

// failReads answers what waits for a view that will not come.
func (r *Replica) failReads() {
	for _, tag := range r.locals {
		r.answer(Answer{Tag: tag, Err: ErrNoView})
	}
	for _, tag := range r.waiting {
		r.answer(Answer{Tag: tag, Err: ErrNoView})
	}
	clear(r.locals)
	clear(r.waiting)
	r.locals, r.waiting = r.locals[:0], r.waiting[:0]
}

func (r *Replica) answerView(tags []any, view View) []any {
	for _, tag := range tags {
		view.Retain() // it can't be gone: the applier has it
		r.answer(Answer{Tag: tag, View: view, Instance: r.applier.applied})
	}
	clear(tags)
	return tags[:0]
}

func (r *Replica) answer(a Answer) { r.out.Answers = append(r.out.Answers, a) }

// fail answers every request of a flight with an error.
func (r *Replica) fail(fl *flight, err error) {
	if fl == nil {
		return
	}
	for _, tag := range fl.tags {
		r.answer(Answer{Tag: tag, Err: err})
	}
}

func failureError(reason core.FailureReason) error {
	if reason == core.NotMaster {
		return ErrNotMaster
	}
	return ErrOutcomeUnknown
}
