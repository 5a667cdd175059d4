package replica

import (
	"fmt"
	"slices"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// handOver is an order to let another node lead. It is tried again while nobody is
// ready: a node that has just heard of the master is so with the next heartbeats.
type handOver struct {
	to    core.Seat
	until core.Instant // not tried again from then on
	at    core.Instant // of the next try
	ended func(now core.Instant, err error)
}

// HandOver makes a master let another node lead, the named one or the one that
// fits best; its Answer says whether it does.
func (r *Replica) HandOver(now core.Instant, to string, tag any) {
	seat := core.NoSeat
	if to != "" {
		k := slices.IndexFunc(r.cfg.Core.Seats, func(s core.SeatConfig) bool { return s.Name == to })
		if k < 0 {
			r.answer(Answer{Tag: tag, Err: fmt.Errorf("no node is called %q", to)})
			return
		}
		seat = core.Seat(k)
	}
	r.tryHandOver(now, &handOver{to: seat, until: now.Add(r.patience()),
		ended: func(_ core.Instant, err error) { r.answer(Answer{Tag: tag, Err: err}) }})
}

// DropMaster makes a master hand over, or, if nobody takes over, step down all the
// same and not stand for two lease periods (DESIGN 4.4): whoever says so wants this
// node out of the way. On another node it does nothing.
func (r *Replica) DropMaster(now core.Instant, tag any) {
	if r.node.Role() != core.RoleMaster {
		r.answer(Answer{Tag: tag})
		return
	}
	r.tryHandOver(now, &handOver{to: core.NoSeat, until: now.Add(r.patience()), ended: func(now core.Instant, err error) {
		if err != nil {
			r.step(now, core.DropMaster{})
		}
		r.answer(Answer{Tag: tag})
	}})
}

// patience is for how long a hand-over is tried.
func (r *Replica) patience() time.Duration { return r.cfg.Core.LeasePeriod / 2 }

func (r *Replica) tryHandOver(now core.Instant, h *handOver) {
	r.step(now, core.HandOver{To: h.to, Ticket: r.ticketFor(h)})
}

// triedHandOver ends an order, or has it tried again.
func (r *Replica) triedHandOver(now core.Instant, h *handOver, err error) {
	again := now.Add(r.patience() / 25)
	if err == nil || err.Error() == core.ReasonOnlyVoter || again >= h.until || r.node.Role() != core.RoleMaster {
		h.ended(now, err)
		return
	}
	h.at = again
	r.admin.handOvers = append(r.admin.handOvers, h)
}

// tickHandOvers tries again what is due.
func (r *Replica) tickHandOvers(now core.Instant) {
	due := slices.Clone(r.admin.handOvers)
	r.admin.handOvers = slices.DeleteFunc(r.admin.handOvers, func(h *handOver) bool { return now >= h.at })
	for _, h := range due {
		if now >= h.at {
			r.tryHandOver(now, h)
		}
	}
}

// handOverWake is when the next try is due.
func (r *Replica) handOverWake() core.Instant {
	wake := core.Never
	for _, h := range r.admin.handOvers {
		wake = min(wake, h.at)
	}
	return wake
}
