package replica

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// Limits of what keeps the log beyond its retention (DESIGN 5).
const (
	feedHold      = 60 * time.Second // a peer that answered within this holds it
	feedHoldBytes = 2 << 30          // but only so much
)

// upkeepEvery is how often the log is looked at for work, at least.
const upkeepEvery = time.Second

// upkeep looks after the log: compresses, removes and prepares, a piece at a time.
type upkeep struct {
	busy bool
	at   core.Instant
	// fed[seat] is what was last sent to a peer, and when.
	fed   []feeding
	done  uint64
	error string // of the last piece, "" if it went well
}

type feeding struct {
	from core.Instance
	at   core.Instant
}

// soon has the log looked at within a moment.
func (u *upkeep) soon(now core.Instant) { u.at = min(u.at, now.Add(upkeepEvery/10)) }

// fedTo notes that a peer is being fed from instance i on.
func (u *upkeep) fedTo(seat core.Seat, i core.Instance, now core.Instant) {
	u.fed[seat] = feeding{from: i, at: now}
}

// kept is the instance from which on the log is needed: by a restart from the
// older checkpoint, by peers that are being fed, by snapshots that are being
// read. A checkpoint found at open counts once this process has written one.
func (r *Replica) kept(now core.Instant) core.Instance {
	if !r.ckpt.written {
		return 0
	}
	newest, older := r.sm.Checkpoints()
	keep := min(newest, older) + 1
	if r.log.Stats().Bytes > r.cfg.Retention.Bytes+feedHoldBytes {
		return keep
	}
	for _, f := range r.upkeep.fed {
		if f.from != 0 && now < f.at.Add(r.cfg.FeedHold) {
			keep = min(keep, f.from)
		}
	}
	for _, e := range r.exports {
		keep = min(keep, e.export.Instance()+1)
	}
	return keep
}

// startUpkeep hands out the next piece of work on the log.
func (r *Replica) startUpkeep(now core.Instant) {
	u := &r.upkeep
	if u.busy || now < u.at || r.quiet() {
		return
	}
	u.at = now.Add(upkeepEvery)
	kept := r.kept(now)
	if c := r.admin.collapse; c != nil && c.removing && r.log.Collapsible(kept, c.leave) == 0 {
		r.collapsed()
	}
	j := r.log.NextUpkeep(kept, r.retention())
	if j == nil {
		r.collapsed()
		return
	}
	u.busy = true
	r.job(JobUpkeep, j.Run, func(now core.Instant) { r.finishUpkeep(now, j) })
}

// retention is how much of the log stays below what is needed; none while an
// operator's collapse removes.
func (r *Replica) retention() tlog.Retention {
	if c := r.admin.collapse; c != nil && c.removing {
		return tlog.Retention{Segments: c.leave}
	}
	return r.cfg.Retention
}

func (r *Replica) finishUpkeep(now core.Instant, j *tlog.UpkeepJob) {
	u := &r.upkeep
	u.busy = false
	u.done++
	_, err := r.log.FinishUpkeep(j)
	if err != nil {
		u.error = err.Error()
		u.at = now.Add(upkeepEvery)
		return
	}
	u.error = ""
	u.at = now
	r.removed(now)
}
