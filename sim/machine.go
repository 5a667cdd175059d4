package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// machine is a node's state machine: the real store, watched by the checks.
type machine struct {
	*kvstore.Store
	n *node
}

func newMachine(n *node) *machine {
	return &machine{n: n, Store: kvstore.New(kvstore.Options{})}
}

// Apply implements core.StateMachine. It runs inside an apply job, whose process
// may meanwhile have died: then it doesn't count.
func (m *machine) Apply(i core.Instance, v core.Value) ([]any, error) {
	results, err := m.Store.Apply(i, v)
	if err != nil {
		return nil, err
	}
	updates, _ := v.Updates()
	m.n.w.stats.Applied++
	m.n.w.checks.applied(m.n, i, updates, m.chain())
	return results, nil
}

// chain is the apply chain after the last instance.
func (m *machine) chain() [32]byte {
	v := m.view()
	defer v.Release()
	return v.Chain()
}

// view returns the present state; the caller releases it.
func (m *machine) view() *kvstore.View { return m.Store.View().(*kvstore.View) }
