package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// serving is the half of check K12 about what is served: who would answer a
// consistent read at this instant of true time has published everything that any
// client was told before. A stale read needs a client that asks at the wrong moment;
// this needs the moment only.
type serving struct {
	told core.Instance // the highest instance that any answer has rested on
}

// answered takes in that an answer which rests on instance i leaves.
func (s *serving) answered(i core.Instance) { s.told = max(s.told, i) }

// look judges a node that would serve reads of what it has published.
func (s *serving) look(seat core.Seat, published core.Instance) *violation {
	if published < s.told {
		return violated("K12", "n%d would serve reads of instance %d, and clients were told of %d", seat, published, s.told)
	}
	return nil
}

// leased judges that a node which has just read its clock, and serves, holds a lease.
func (n *node) leased() *violation {
	if !n.replica.Reads().Leased(n.clockFn) {
		return violated("K12", "n%d serves a read, and its lease is over by its own clock", n.seat)
	}
	return nil
}

// shows judges, for K13, that a view is the state after the instance that its reader
// hears of.
func shows(seat core.Seat, v *kvstore.View, at core.Instance) *violation {
	if v.Applied() != at {
		return violated("K13", "n%d serves the state after instance %d as that after %d", seat, v.Applied(), at)
	}
	return nil
}
