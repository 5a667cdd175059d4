package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// Weak reads: a client may ask any node for what it has (a dirty read), or for a
// state at or above a stamp, the newest instance that the client has heard of. The
// answer may be old; it must be the state after some instance that is chosen, and a
// process never goes back.

// strength says which state a query wants.
type strength uint8

const (
	consistent strength = iota
	dirty
	atLeast // the client's stamp
	strengths
)

var strengthNames = [...]string{"consistent", "dirty", "at-least"}

func (s strength) String() string { return strengthNames[s] }

// weaken draws how much a query wants, and whom it asks then: any node.
func (d *draw) weaken(op operation) operation {
	w := d.w
	if op.query == nil {
		return op
	}
	op.strength = strength(w.choose(Identity{A: d.client, N: d.n}, DecideWeak, Odds{w.opts.Weak, int(strengths) - 1}))
	return op
}

// weakTarget is whom a weak read asks: it doesn't matter who leads.
func (c *client) weakTarget() uint8 {
	w := c.w
	return uint8(max(0, w.choose(Identity{A: c.id, N: c.tries, M: 1}, DecideClientNode, Always(len(w.nodes)))-1))
}

// readLocal serves a weak read from the published view or hands it to the replica.
func (n *node) readLocal(r *request) {
	w := n.w
	if w.opts.Witnesses.Has(n.seat) {
		n.reply(r, nothingHappened) // it serves no data
		return
	}
	w.counts[FaultWeakRead]++
	view, at, ok := n.replica.Reads().Local()
	if !ok {
		r.taken = w.now
		n.waiting = append(n.waiting, r)
		n.enqueue(input{kind: inLocal, req: r})
		return
	}
	n.finishLocal(r, view, at)
}

// finishLocal answers a weak read; one whose stamp is not reached is refused.
func (n *node) finishLocal(r *request, view replica.View, at core.Instance) {
	defer view.Release()
	v := view.(*kvstore.View)
	n.w.checks.servedLocal(n, v, at)
	if r.op.strength == atLeast && r.op.stamp > at {
		n.reply(r, nothingHappened)
		return
	}
	r.reply = v.Query(r.op.query)
	r.instance = at
	n.answered(r)
}

// notBack judges that a process's weak reads don't go back, and takes this one in.
func notBack(seat core.Seat, last *core.Instance, at core.Instance) *violation {
	before := *last
	if *last = at; at < before {
		return violated("K13", "n%d serves the state after instance %d, and before in the same life that after %d", seat, at, before)
	}
	return nil
}
