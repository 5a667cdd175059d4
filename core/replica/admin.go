package replica

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// admin holds the requests of operators that take a while.
type admin struct {
	tickets     map[core.Ticket]any // of HandOver (a *handOver) and Waive
	handOvers   []*handOver         // to be tried again
	checkpoints []checkpointWait
	collapse    *collapse
}

// checkpointWait is a request for a checkpoint of what is applied now.
type checkpointWait struct {
	tag   any
	at    core.Instance // the newest checkpoint must reach this
	twice bool          // and the older one too
}

// collapse is an operator's request to shorten the log.
type collapse struct {
	tag      any
	leave    int
	removing bool
	steps    int
	step     int
}

// ErrCollapsing refuses a second collapse beside the first.
var ErrCollapsing = errors.New("a collapse is already running on this node")

// Waive takes a datacentre out of the locality rule, or back in.
func (r *Replica) Waive(now core.Instant, datacentre string, waived bool, tag any) {
	r.step(now, core.Waive{Datacentre: datacentre, Waived: waived, Ticket: r.ticketFor(tag)})
}

// ticketFor numbers an administrative request.
func (r *Replica) ticketFor(tag any) core.Ticket {
	r.flights.next++
	r.admin.tickets[r.flights.next] = tag
	return r.flights.next
}

func (r *Replica) outcome(now core.Instant, o core.Outcome) {
	tag, ok := r.admin.tickets[o.Ticket]
	if !ok {
		return
	}
	delete(r.admin.tickets, o.Ticket)
	var err error
	if o.Reason != "" {
		err = errors.New(o.Reason)
	}
	if h, is := tag.(*handOver); is {
		r.triedHandOver(now, h, err)
		return
	}
	r.answer(Answer{Tag: tag, Err: err})
}

// Checkpoint writes what is applied to the tree now; its Answer comes when that
// is durable.
func (r *Replica) Checkpoint(tag any) {
	r.admin.checkpoints = append(r.admin.checkpoints, checkpointWait{tag: tag, at: r.applier.applied})
}

// Collapse shortens the log to leave files, as far as nothing needs what goes:
// two checkpoints, then the files one by one, each a step of progress.
func (r *Replica) Collapse(leave int, tag any) {
	switch {
	case leave < 1:
		r.answer(Answer{Tag: tag, Err: fmt.Errorf("a log of %d files can't be: at least 1 stays", leave)})
	case r.admin.collapse != nil:
		r.answer(Answer{Tag: tag, Err: ErrCollapsing})
	default:
		steps := 2 + max(0, r.log.Stats().Segments-leave)
		r.admin.collapse = &collapse{tag: tag, leave: leave, steps: steps}
		r.answer(Answer{Tag: tag, Progress: &Progress{Steps: steps}})
		r.admin.checkpoints = append(r.admin.checkpoints, checkpointWait{at: r.applier.applied, twice: true})
	}
}

// tickAdmin drives the checkpoints that operators wait for.
func (r *Replica) tickAdmin(now core.Instant) {
	if len(r.admin.checkpoints) == 0 || r.applier.busy || r.quiet() || r.rebuilding {
		return
	}
	newest, older := r.sm.Checkpoints()
	left := r.admin.checkpoints[:0]
	for _, w := range r.admin.checkpoints {
		switch {
		case newest < w.at || w.twice && (older < w.at || !r.ckpt.written):
			left = append(left, w)
		case w.twice:
			r.beginRemoving(now)
		default:
			r.answer(Answer{Tag: w.tag})
		}
	}
	clear(r.admin.checkpoints[len(left):])
	r.admin.checkpoints = left
	if len(left) == 0 || r.sm.Frozen() != 0 || r.ckpt.busy {
		return
	}
	if r.sm.Freeze() {
		r.noteApplied(now)
		r.ckpt.at = now
		return
	}
	// Both checkpoints are of the present state, but were found, not written, by this
	// process: they allow nothing to be removed, so nothing is.
	r.admin.checkpoints = r.admin.checkpoints[:0]
	r.beginRemoving(now)
}

func (r *Replica) beginRemoving(now core.Instant) {
	if c := r.admin.collapse; c != nil {
		c.removing = true
		r.collapseStep(c, 2)
		r.upkeep.at = now
	}
}

// removed counts a finished piece of upkeep as a step of the running collapse.
func (r *Replica) removed(now core.Instant) {
	if c := r.admin.collapse; c != nil && c.removing {
		if left := r.log.Collapsible(r.kept(now), c.leave); left == 0 {
			r.collapsed()
		} else {
			r.collapseStep(c, max(c.step, c.steps-left))
		}
	}
}

func (r *Replica) collapseStep(c *collapse, step int) {
	for c.step < min(step, c.steps) {
		c.step++
		r.answer(Answer{Tag: c.tag, Progress: &Progress{Step: c.step, Steps: c.steps}})
	}
}

// collapsed ends the running collapse: nothing more can go.
func (r *Replica) collapsed() {
	c := r.admin.collapse
	if c == nil || !c.removing {
		return
	}
	r.collapseStep(c, c.steps)
	r.admin.collapse = nil
	r.answer(Answer{Tag: c.tag})
}

// stopping is a clean stop under way.
type stopping struct {
	on  bool
	tag any
	// until is how long a master that has handed over waits for its successor's
	// heartbeat, which says that what it had to tell has arrived. Its end closes
	// connections, and with them may go what is still on its way: a peer that never
	// heard of the release keeps its grant, and the new master is one vote short
	// for a lease period. Never: it waits for nothing.
	until core.Instant
}

// Stop prepares a clean stop: a master hands over, then what is applied is
// written to the tree, so that the next start has little to replay. The Answer
// says that the host may close; it needn't wait for it.
func (r *Replica) Stop(now core.Instant, tag any) {
	if r.stopping.on {
		r.answer(Answer{Tag: tag})
		return
	}
	r.stopping = stopping{on: true, tag: tag, until: core.Never}
	if r.node.Role() == core.RoleMaster {
		r.tryHandOver(now, &handOver{to: core.NoSeat, until: now.Add(r.cfg.Core.LeasePeriod / 2), ended: func(now core.Instant, _ error) {
			r.stopping.until = now.Add(r.cfg.Core.LeasePeriod / 2)
		}})
		return
	}
	r.stopCheckpoint()
}

// tickStop goes on with a stop once another node leads, or takes too long.
func (r *Replica) tickStop(now core.Instant) {
	if s := &r.stopping; s.on && s.until != core.Never && (now >= s.until || r.node.Master() != core.NoSeat) {
		s.until = core.Never
		r.stopCheckpoint()
	}
}

// stopCheckpoint is what follows, whether the hand-over came about or not.
func (r *Replica) stopCheckpoint() {
	if r.rebuilding {
		r.answer(Answer{Tag: r.stopping.tag})
		return
	}
	r.Checkpoint(r.stopping.tag)
}
