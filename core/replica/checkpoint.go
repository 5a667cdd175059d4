package replica

import (
	"errors"
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// retryFull is how long work that found the disk full waits before it is tried
// again.
const retryFull = 250 * time.Millisecond

// maxPause bounds the pause between two slices of a checkpoint.
const maxPause = 50 * time.Millisecond

// After a checkpoint the store's file is left alone for restFactor times as long as
// it took, at most maxRest: under load the next one comes soon, and uses the pages
// that upkeep would move and cut off.
const (
	restFactor = 4
	maxRest    = time.Minute
)

// checkpoints drives the state machine's checkpoints in slices, beside traffic.
type checkpoints struct {
	frozen   core.Instance // the state that waits to be written, or is being written
	position core.Position // the log must be durable through here before it is begun
	busy     bool          // a slice is out
	begun    core.Instant  // when it was handed out
	at       core.Instant  // the next slice not before this
	first    core.Instant  // when the running checkpoint's first slice was handed out; Never: none runs
	rested   core.Instant  // no upkeep of the store's file before this
	more     bool          // there may be work
	dirty    core.Instant  // since when there are changes that no freeze point has; Never: none
	written  bool          // this process has finished a checkpoint
	newest   core.Instance // as last seen
	slices   uint64
}

func (c *checkpoints) init(sm StateMachine, now core.Instant) {
	c.at, c.rested, c.dirty, c.first, c.more = now, now, core.Never, core.Never, true
	c.newest, _ = sm.Checkpoints()
}

// noteApplied looks, between two apply jobs, whether a state was frozen, and
// gathers what the state machine has to say.
func (r *Replica) noteApplied(now core.Instant) {
	c := &r.ckpt
	r.full = r.sm.Full()
	r.judgeSpace(now)
	if f := r.sm.Frozen(); f != 0 && f != c.frozen {
		c.frozen, c.position, c.more = f, r.appended, true
		if c.at == c.rested {
			c.at = now // it need not wait for what the rest is for
		}
	}
	switch dirty := r.sm.Dirty(); {
	case !dirty:
		c.dirty = core.Never
	case c.dirty == core.Never:
		c.dirty = now
	}
	r.tellMarks(now)
}

// tellMarks gives new digests to the node, which compares them with its peers'.
func (r *Replica) tellMarks(now core.Instant) {
	if marks := r.sm.Marks(); len(marks) > 0 {
		r.step(now, core.Marks{Marks: marks})
	}
}

// freezeDue proposes a freeze point when changes have waited for one for long.
func (r *Replica) freezeDue(now core.Instant) {
	c := &r.ckpt
	if c.dirty == core.Never || now < c.dirty.Add(r.cfg.CheckpointPeriod) {
		return
	}
	if r.node.Room() > 0 && !r.applier.busy && r.sm.Frozen() == 0 {
		r.step(now, core.Freeze{})
	}
	c.dirty = now // asked again after a period if it leads to nothing
}

// startSlice hands out the next slice, if it is time.
func (r *Replica) startSlice(now core.Instant) {
	c := &r.ckpt
	if c.busy || !c.more || now < c.at || r.quiet() {
		return
	}
	if c.frozen == 0 && now < c.rested {
		c.at = c.rested
		return
	}
	s := r.sm.NextSlice(r.durable >= c.position)
	if s == nil {
		c.more = c.frozen != 0
		if c.more { // it waits for the log, whose end of a sync looks again
			c.at = core.Never
		}
		return
	}
	c.busy, c.begun = true, now
	if c.frozen != 0 && c.first == core.Never {
		c.first = now
	}
	r.job(JobCheckpoint, s.Run, func(now core.Instant) { r.finishSlice(now, s) })
}

// renewView replaces the view of an idle node: it would keep the pages of an older
// checkpoint, also of one without changes, which could never be used again or given
// back. Not during Apply.
func (r *Replica) renewView() {
	if a := &r.applier; a.fresh() != nil && r.readable() {
		r.show(r.sm.View(), a.applied)
	}
}

// finishSlice takes a slice back. The next one waits as long as this one took:
// traffic gets half of the disk at least, unless memory runs out.
func (r *Replica) finishSlice(now core.Instant, s core.Slice) {
	c := &r.ckpt
	c.busy = false
	c.slices++
	switch err := r.sm.FinishSlice(s); {
	case errors.Is(err, disk.ErrFull):
		c.at = now.Add(retryFull)
		r.noteFull(now)
		return
	case err != nil:
		r.out.Fatal = fmt.Errorf("the store can't be written, so this node stops: %w", err)
		return
	}
	c.at = now.Add(min(now.Sub(c.begun), maxPause))
	if r.stopping.on || len(r.admin.checkpoints) > 0 || r.full {
		c.at = now
	}
	if newest, _ := r.sm.Checkpoints(); newest != c.newest || c.frozen != 0 && newest >= c.frozen {
		c.newest, c.written, c.frozen = newest, true, 0
		c.rested, c.first = now.Add(min(now.Sub(c.first)*restFactor, maxRest)), core.Never
		r.upkeep.soon(now)
	}
	if !r.applier.busy {
		r.renewView()
		r.noteApplied(now)
	}
}
