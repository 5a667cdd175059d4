package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// reference is what the chosen values make of an empty store, at any instance: a
// store in memory that never restarts. It is what a restarted node, or one that
// installed a snapshot, is held against.
type reference struct {
	ghost *ghost
	// front has gone furthest; back goes again where something old is asked for.
	front, back *kvstore.Store
	chains      []kvstore.Chain             // as far as front is
	contents    map[core.Instance]contentAt // never ranged over
}

// contentAt is what a state holds.
type contentAt struct {
	keys    int
	entries uint64
	digest  kvstore.Digest
}

// chain returns the apply chain after instance i, which is chosen.
func (r *reference) chain(i core.Instance) kvstore.Chain {
	if r.front == nil {
		r.front = kvstore.New(kvstore.Options{Functions: functions()})
		r.chains = append(r.chains, r.front.Chain())
	}
	for k := r.front.Applied() + 1; k <= i; k++ {
		r.apply(r.front, k)
		r.chains = append(r.chains, r.front.Chain())
	}
	return r.chains[i]
}

func (r *reference) apply(s *kvstore.Store, i core.Instance) {
	if _, err := s.Apply(i, r.ghost.value(i)); err != nil {
		panic(fmt.Sprintf("sim: the reference store at instance %d: %v", i, err))
	}
}

// content returns what the state after instance i holds, which is chosen. Nodes have
// their checkpoints at the same instances: one look serves them all.
func (r *reference) content(i core.Instance) contentAt {
	if c, known := r.contents[i]; known {
		return c
	}
	v := r.at(i).View().(*kvstore.View)
	defer v.Release()
	entries, digest, err := v.Scan()
	if err != nil {
		panic(err) // it is in memory
	}
	if r.contents == nil {
		r.contents = map[core.Instance]contentAt{}
	}
	r.contents[i] = contentAt{v.KeyCount(), entries, digest}
	return r.contents[i]
}

// at returns a store that has applied the instances through i.
func (r *reference) at(i core.Instance) *kvstore.Store {
	if r.chain(i); r.front.Applied() == i {
		return r.front
	}
	if r.back == nil || r.back.Applied() > i {
		r.back = kvstore.New(kvstore.Options{Functions: functions()})
	}
	for k := r.back.Applied() + 1; k <= i; k++ {
		r.apply(r.back, k)
	}
	return r.back
}

// matches is check K9 for a state that wasn't applied instance by instance: one
// that was found on disk, or came with a snapshot.
func (r *reference) matches(what string, got *kvstore.View) *violation {
	i := got.Applied()
	if i > r.ghost.prefix {
		return violated("K7", "%s holds instance %d, but only %d is chosen", what, i, r.ghost.prefix)
	}
	chain, want := r.chain(i), r.content(i)
	switch {
	case got.Chain() != chain:
		return violated("K9", "%s at instance %d has chain %x, the chosen values make %x", what, i, got.Chain(), chain)
	case got.KeyCount() != want.keys:
		return violated("K9", "%s at instance %d has %d keys, the chosen values make %d", what, i, got.KeyCount(), want.keys)
	}
	entries, digest, err := got.Scan()
	if err != nil || digest != want.digest || int(entries) != got.KeyCount() {
		return violated("K9", "%s at instance %d holds %d entries of digest %v, the chosen values make %d of %v: %v", what, i, entries, digest,
			want.keys, want.digest, err)
	}
	return nil
}
