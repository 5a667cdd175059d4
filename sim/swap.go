package sim

import "github.com/openvstorage/arakoon-go/core"

// swapped is two nodes that have each other's disk.
type swapped struct{ one, two *node }

// swapDisks gives two nodes each other's disk for a while. Both must refuse to start
// as long as that lasts: the directory says whose it is. It is once per run, and never
// about disks that are hurt, so that no node's losses move to another.
func swapDisks(w *World, n *node, span int64) {
	if w.opts.Rot == 0 || len(w.nodes) < 2 || w.nemesis.swaps > 0 || w.checks.ghost.prefix == 0 {
		return
	}
	s := &swapped{n, w.nodes[(int(n.seat)+1)%len(w.nodes)]}
	for _, n := range []*node{s.one, s.two} {
		if n.hurt || n.late || n.mayStop || n.noRoom > w.now || w.nemesis.wiped.Has(n.seat) {
			return
		}
	}
	w.nemesis.swaps++
	w.counts[FaultSwap]++
	w.kill(true, s.one, s.two)
	w.note("n%d and n%d have each other's disk", s.one.seat, s.two.seat)
	s.one.disk, s.two.disk = s.two.disk, s.one.disk
	w.nemesis.swapped = s
	w.push(event{at: w.now + span, kind: evScript, run: w.swapBack})
}

// swapBack gives them their own again.
func (w *World) swapBack() {
	s := w.nemesis.swapped
	if s == nil {
		return
	}
	w.note("n%d and n%d have their own disks again", s.one.seat, s.two.seat)
	s.one.disk, s.two.disk = s.two.disk, s.one.disk
	w.nemesis.swapped = nil
}

// away returns the nodes that have another's disk.
func (m *nemesis) away() core.SeatSet {
	if m.swapped == nil {
		return 0
	}
	return m.swapped.one.self() | m.swapped.two.self()
}

// atHome does something to a node's disk, if it is its own.
func (w *World) atHome(n *node, do func()) {
	if !w.nemesis.away().Has(n.seat) {
		do()
	}
}
