package replica

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// spaceEvery is how often the free space is looked at.
const spaceEvery = time.Second

// space watches the disk. A node that is short of it refuses what grows, early
// enough that a checkpoint can always finish and let the log go (DESIGN 5).
type space struct {
	at    core.Instant
	busy  bool
	free  uint64 // as last seen
	known bool
	low   bool // growth is refused
	full  bool // a write found no room; tried again every retryFull
	retry core.Instant
}

// noteFull notes that a write found no room.
func (r *Replica) noteFull(now core.Instant) {
	r.becameLow(now)
	r.space.full, r.space.low = true, true
	r.space.retry = now.Add(retryFull)
	r.space.at = now
}

// tickSpace looks at the free space, in a job: it is a system call.
func (r *Replica) tickSpace(now core.Instant) {
	s := &r.space
	if s.busy || now < s.at {
		return
	}
	s.busy, s.at = true, now.Add(spaceEvery)
	var free uint64
	var err error
	run := func() { free, err = r.disk.Free() }
	r.job(JobUpkeep, run, func(now core.Instant) {
		s.busy = false
		if err == nil {
			s.free, s.known = free, true
		}
		r.judgeSpace(now)
	})
}

// becameLow lets another node lead, once, when this one runs short of room: the
// others may have it.
func (r *Replica) becameLow(now core.Instant) {
	if !r.space.low && r.node.Role() == core.RoleMaster {
		r.tryHandOver(now, &handOver{to: core.NoSeat, ended: func(core.Instant, error) {}})
	}
}

// judgeSpace decides whether growth is refused: while less is free than the
// running and the next checkpoint may write, and a segment. Under load a look at the
// disk ends while something is applied; the end of that judges what it saw.
func (r *Replica) judgeSpace(now core.Instant) {
	s := &r.space
	if !s.known || r.applier.busy {
		return
	}
	need := uint64(r.sm.Need()) + uint64(r.cfg.SegmentBytes)
	if s.low {
		need += need / 4 // so that it does not go to and fro
	}
	if low := s.full || s.free < need; low != s.low {
		r.becameLow(now)
		s.low = low
	}
}
