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
	store *kvstore.Store
}

// at returns the state after instance i, which is chosen.
func (r *reference) at(i core.Instance) *kvstore.View {
	if r.store == nil || r.store.Applied() > i {
		r.store = kvstore.New(kvstore.Options{Functions: functions()})
	}
	for k := r.store.Applied() + 1; k <= i; k++ {
		if _, err := r.store.Apply(k, r.ghost.value(k)); err != nil {
			panic(fmt.Sprintf("sim: the reference store at instance %d: %v", k, err))
		}
	}
	return r.store.View().(*kvstore.View)
}

// matches is check K9 for a state that wasn't applied instance by instance: one
// that was found on disk, or came with a snapshot.
func (r *reference) matches(what string, got *kvstore.View) *violation {
	i := got.Applied()
	if i > r.ghost.prefix {
		return violated("K7", "%s holds instance %d, but only %d is chosen", what, i, r.ghost.prefix)
	}
	want := r.at(i)
	defer want.Release()
	switch {
	case got.Chain() != want.Chain():
		return violated("K9", "%s at instance %d has chain %x, the chosen values make %x", what, i, got.Chain(), want.Chain())
	case got.KeyCount() != want.KeyCount():
		return violated("K9", "%s at instance %d has %d keys, the chosen values make %d", what, i, got.KeyCount(), want.KeyCount())
	}
	keys, content, err := got.Scan()
	if _, wanted, _ := want.Scan(); err != nil || content != wanted || int(keys) != got.KeyCount() {
		return violated("K9", "%s at instance %d holds %d entries of digest %v, the chosen values make %d of %v: %v", what, i, keys, content,
			want.KeyCount(), wanted, err)
	}
	return nil
}
