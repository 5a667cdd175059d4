package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// machine is a node's state machine: the real store on the node's disk, watched
// by the checks.
type machine struct {
	*kvstore.Store
	n *node
}

// storePath is where a node keeps its store.
const storePath = "store.db"

// openStore opens the store on the node's disk, at its newest checkpoint.
func (n *node) openStore(d disk.Disk) (*machine, error) {
	s, err := kvstore.Open(n.w.opts.store(d, tree.NewCache(int64(n.w.opts.Pages))))
	if err != nil {
		return nil, err
	}
	return &machine{Store: s, n: n}, nil
}

// store returns the options of a node's store that reads through a cache.
func (o *Options) store(d disk.Disk, cache *tree.Cache) kvstore.Options {
	return kvstore.Options{Disk: d, Path: storePath, Cache: cache,
		FreezeEntries: uint64(o.FreezeEntries), FreezeBytes: uint64(o.FreezeBytes), VacuumPages: o.Vacuum,
		Functions: functions()}
}

// Apply implements core.StateMachine. It runs inside an apply job, whose process
// may meanwhile have died: then it doesn't count.
func (m *machine) Apply(i core.Instance, v core.Value) ([]any, error) {
	w := m.n.w
	if w.script.tamper != nil {
		v = w.script.tamper(m.n, i, v)
	}
	results, err := m.Store.Apply(i, v)
	if err != nil {
		return nil, err
	}
	w.stats.Applied++
	w.checks.applied(m.n, i, v, m.Chain())
	w.checks.counted(m.n, i, m.Dirty())
	return results, nil
}

// Marks implements core.StateMachine.
func (m *machine) Marks() []core.Mark {
	marks := m.Store.Marks()
	for _, mark := range marks {
		m.n.w.checks.marked(m.n, mark)
	}
	return marks
}

// view returns the present state; the caller releases it.
func (m *machine) view() *kvstore.View { return m.Store.View().(*kvstore.View) }
