package sim

import "github.com/openvstorage/arakoon-go/core"

// applies is checks K8 (apply is contiguous, in order, once) and K9 (at each
// instance every node's apply chain is the same), and the half of K7 about what a
// node executes: only what is chosen.
type applies struct {
	ghost  *ghost
	last   []core.Instance // by seat, within its present life
	chains []chainAt       // by instance
}

func newApplies(nodes int, g *ghost) *applies {
	return &applies{ghost: g, last: make([]core.Instance, nodes)}
}

// recovered lets a seat go on from the state after instance i, which it found on
// its disk or installed.
func (a *applies) recovered(seat core.Seat, i core.Instance) { a.last[seat] = i }

// applied judges that seat executed this value at instance i, and its chain after
// it: three checks, each of which sees what the others don't.
func (a *applies) applied(seat core.Seat, i core.Instance, v core.Value, chain [32]byte) (order, chosen, same *violation) {
	return a.inOrder(seat, i), a.isChosen(seat, i, v), a.isSame(seat, i, chain)
}

func (a *applies) inOrder(seat core.Seat, i core.Instance) *violation {
	last := a.last[seat]
	a.last[seat] = i
	if i != last+1 {
		return violated("K8", "n%d applied instance %d after %d", seat, i, last)
	}
	return nil
}

func (a *applies) isChosen(seat core.Seat, i core.Instance, v core.Value) *violation {
	if i > a.ghost.prefix {
		return violated("K7", "n%d applied instance %d, but only %d is chosen", seat, i, a.ghost.prefix)
	}
	if digest, _ := a.ghost.chosen(i); digest != digestOf(v) {
		return violated("K7", "n%d applied another value at instance %d than the chosen one", seat, i)
	}
	return nil
}
