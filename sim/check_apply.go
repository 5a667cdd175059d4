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

type chainAt struct {
	known bool
	seat  core.Seat
	chain [32]byte
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

func (a *applies) isSame(seat core.Seat, i core.Instance, chain [32]byte) *violation {
	for core.Instance(len(a.chains)) <= i {
		a.chains = append(a.chains, chainAt{})
	}
	c := &a.chains[i]
	if !c.known {
		*c = chainAt{known: true, seat: seat, chain: chain}
		return nil
	}
	if c.chain != chain {
		return violated("K9", "at instance %d the apply chain of n%d is %x, that of n%d %x", i, seat, chain[:8], c.seat, c.chain[:8])
	}
	return nil
}
