package replica

import (
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
)

// ReadView is where a Replica publishes what readers may see. Readers on any
// goroutine use it without asking the Replica's owner.
type ReadView struct {
	pair atomic.Pointer[pair]
}

// pair is replaced as one; revoking a lease replaces it too.
type pair struct {
	view     View
	applied  core.Instance
	leaseEnd core.Instant // reads from view are linearizable before this instant
}

func (r *ReadView) publish(view View, applied core.Instance, leaseEnd core.Instant) {
	r.pair.Store(&pair{view: view, applied: applied, leaseEnd: leaseEnd})
}

// Serve returns a view from which a linearizable read may be answered, however
// late the answer leaves; false if this node holds no lease. It takes the pair
// first and reads the clock second (DESIGN 3): the other way round, a node
// stopped in between would serve a stale view. clock must be read inside the
// call: no earlier sample will do.
func (r *ReadView) Serve(clock func() core.Instant) (View, core.Instance, bool) {
	p := r.pair.Load()
	if p == nil || clock() >= p.leaseEnd {
		return nil, 0, false
	}
	return p.view, p.applied, true
}

// Local returns the newest view of this node, which may be stale: a dirty read.
func (r *ReadView) Local() (View, core.Instance) {
	p := r.pair.Load()
	if p == nil {
		return nil, 0
	}
	return p.view, p.applied
}
