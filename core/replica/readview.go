package replica

import (
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
)

// ReadView is where a Replica publishes what readers may see. Readers on any
// goroutine use it without asking the Replica's owner.
//
// A view costs every update after it a copy of what it touches, so none is taken
// while nobody reads: the first reader then finds none, which asks for one, and
// goes to the Replica (Read, ReadLocal) instead.
type ReadView struct {
	pair   atomic.Pointer[pair]
	wanted atomic.Bool // somebody read since the owner last looked
}

// pair is replaced as one; revoking a lease replaces it too. Its view lives as
// long as the pair is published, and as long as a reader has retained it.
type pair struct {
	view     View // of applied; nil: not taken
	applied  core.Instance
	leaseEnd core.Instant // reads from view are linearizable before this instant
}

func (r *ReadView) publish(view View, applied core.Instance, leaseEnd core.Instant) {
	r.pair.Store(&pair{view: view, applied: applied, leaseEnd: leaseEnd})
}

// load returns the pair with its view retained, nil without a view, and notes
// that it was wanted. A pair whose view is gone has been replaced: look again.
func (r *ReadView) load() *pair {
	if !r.wanted.Load() {
		r.wanted.Store(true)
	}
	for {
		p := r.pair.Load()
		if p == nil || p.view == nil {
			return nil
		}
		if p.view.Retain() {
			return p
		}
	}
}

// Serve returns a view from which a linearizable read may be answered, however
// late the answer leaves; the caller releases it. False if this node holds no
// lease, or no view yet: ask Replica.Read. It takes the pair first and reads the
// clock second (DESIGN 3): the other way round, a node stopped in between would
// serve a stale view. clock must be read inside the call: no earlier sample will do.
func (r *ReadView) Serve(clock func() core.Instant) (View, core.Instance, bool) {
	p := r.load()
	if p == nil {
		return nil, 0, false
	}
	if clock() >= p.leaseEnd {
		p.view.Release()
		return nil, 0, false
	}
	return p.view, p.applied, true
}

// Leased reports whether this node holds a lease under which it serves reads.
func (r *ReadView) Leased(clock func() core.Instant) bool {
	p := r.pair.Load()
	return p != nil && clock() < p.leaseEnd
}

// Local returns the newest view of this node, which may be stale as the cluster
// goes: a dirty read; the caller releases it. False if there is none yet: ask
// Replica.ReadLocal.
func (r *ReadView) Local() (View, core.Instance, bool) {
	p := r.load()
	if p == nil {
		return nil, 0, false
	}
	return p.view, p.applied, true
}

// Applied returns the last instance that this node has applied and published.
func (r *ReadView) Applied() core.Instance {
	if p := r.pair.Load(); p != nil {
		return p.applied
	}
	return 0
}
