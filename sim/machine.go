package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// machine is a node's state machine: the real store, watched by the checks.
type machine struct {
	n     *node
	store *kvstore.Store
}

func newMachine(n *node) *machine {
	return &machine{n: n, store: kvstore.New(kvstore.Options{})}
}

// Admit implements replica.StateMachine.
func (m *machine) Admit(update []byte) error { return m.store.Admit(update) }

// Apply implements replica.StateMachine. It runs inside an apply job, whose
// process may meanwhile have died: then it doesn't count.
func (m *machine) Apply(i core.Instance, updates [][]byte) []any {
	results := m.store.Apply(i, updates)
	m.n.w.stats.Applied++
	m.n.w.checks.applied(m.n, i, updates, m.chain())
	return results
}

func (m *machine) chain() [32]byte { return m.view().Chain() }

func (m *machine) view() *kvstore.View { return m.store.View().(*kvstore.View) }

// View implements replica.StateMachine.
func (m *machine) View() any { return m.store.View() }

// Applied implements replica.StateMachine.
func (m *machine) Applied() core.Instance { return m.store.Applied() }
