package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// Operators give orders beside everything else that goes on: every half lease
// period has a slot for one. An order may be refused at any time; it must not break
// anything, and those that end by themselves must be answered.

// order is what an operator tells a node.
type order func(r *replica.Replica, now core.Instant, tag any)

// The orders of the slots.
const (
	orderHandOver   = 1 + iota // to whoever fits
	orderHandOverTo            // to one node
	orderWaive                 // a datacentre
	orderRestore               // a datacentre
	orderCollapse              // the log of one node
	orderCheckpoint            // of one node
	orderStop                  // one process, cleanly
	orderEnd
)

// give sends an order to a node, as a request that is neither update nor query.
func (w *World) give(n *node, what order, answered func(*request)) *request {
	r := &request{order: what, node: n.id(), sent: w.now, onAnswer: answered}
	w.push(event{at: w.now, kind: evRequest, node: n.id(), life: n.life, req: r})
	return r
}

func handOver(to string) order {
	return func(r *replica.Replica, now core.Instant, tag any) { r.HandOver(now, to, tag) }
}

func dropMaster(r *replica.Replica, now core.Instant, tag any) { r.DropMaster(now, tag) }

func waive(datacentre string, waived bool) order {
	return func(r *replica.Replica, now core.Instant, tag any) { r.Waive(now, datacentre, waived, tag) }
}

func collapse(leave int) order {
	return func(r *replica.Replica, _ core.Instant, tag any) { r.Collapse(leave, tag) }
}

func checkpointNow(r *replica.Replica, _ core.Instant, tag any) { r.Checkpoint(tag) }

// operate draws the order of a slot, if it has one.
func (m *nemesis) operate(slot uint32) {
	w := m.w
	id := Identity{N: slot}
	what := w.choose(id, DecideOrder, Odds{w.opts.Orders, orderEnd - 1})
	if what == 0 || w.healed {
		return
	}
	drawn := w.nodes[w.choose(id, DecideOrderWho, Always(len(w.nodes)))%len(w.nodes)]
	master := drawn
	if s := w.checks.leases.holder; s != core.NoSeat {
		master = w.nodes[s]
	}
	if what == orderStop {
		drawn.stopCleanly()
		return
	}
	w.counts[FaultOrder]++
	switch what {
	case orderHandOver:
		w.give(master, handOver(""), nil)
	case orderHandOverTo:
		w.give(master, handOver(nodeName(drawn.seat)), nil)
	case orderWaive:
		w.give(master, waive(w.opts.datacentre(drawn.seat), true), nil)
	case orderRestore:
		w.give(master, waive(w.opts.datacentre(drawn.seat), false), nil)
	case orderCollapse:
		w.give(drawn, collapse(1+int(slot)%3), nil)
	case orderCheckpoint:
		w.give(drawn, checkpointNow, nil)
	default:
		panic("sim: unknown order")
	}
}

// stopCleanly tells a process to stop: a master hands over, what is applied is
// written, and then it closes its files. One that takes longer than two lease
// periods is killed.
func (n *node) stopCleanly() {
	w := n.w
	if !n.up || n.replica == nil {
		return
	}
	w.counts[FaultStop]++
	w.line(n.id(), "is told to stop")
	life := n.life
	w.give(n, func(r *replica.Replica, now core.Instant, tag any) { r.Stop(now, tag) }, nil).stops = true
	w.push(event{at: w.now + 2*int64(w.opts.Lease), kind: evScript, run: func() {
		if n.up && n.life == life && !n.gone {
			w.restart(n)
		}
	}})
}

// closeWhenIdle ends a process that was told to stop, once no job is out.
func (n *node) closeWhenIdle() {
	w := n.w
	if !n.closing || !n.up || len(n.jobs) > 0 {
		return
	}
	w.line(n.id(), "stops cleanly")
	if err := n.replica.Close(); err != nil {
		w.fail("K16", "n%d can't close its files: %v", n.seat, err)
	}
	n.deaths++
	n.end()
	n.disk.Crash()
	d := w.laws.down[w.choose(Identity{A: n.id(), N: n.deaths}, DecideDown, w.laws.down.odds())]
	if w.healed {
		d = 0
	}
	w.push(event{at: w.now + d, kind: evStart, node: n.id()})
}
