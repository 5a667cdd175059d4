package sim

import "github.com/openvstorage/arakoon-go/core"

// Shapes of partitions: sets of directed links that carry nothing for a while.

func (n *node) self() core.SeatSet { return core.SeatSet(0).With(n.seat) }

// following returns the k nodes behind n, in seat order and around.
func (w *World) following(n *node, k int) (set core.SeatSet) {
	for i := range k {
		set = set.With(core.Seat((int(n.seat) + 1 + i) % len(w.nodes)))
	}
	return set
}

func isolate(w *World, n *node, span int64) {
	w.cutFor(around("isolate", n.self(), w.seats()), span)
}

// deaf: nobody reaches it.
func deaf(w *World, n *node, span int64) {
	w.cutFor(between("deaf", w.seats()&^n.self(), n.self()), span)
}

// mute: it reaches nobody.
func mute(w *World, n *node, span int64) {
	w.cutFor(between("mute", n.self(), w.seats()&^n.self()), span)
}

// halves: two groups that don't reach each other.
func halves(w *World, n *node, span int64) {
	half := n.self() | w.following(n, len(w.nodes)/2-1)
	w.cutFor(around("halves", half, w.seats()), span)
}

// oneLink: one direction of one link.
func oneLink(w *World, n *node, span int64) {
	w.cutFor(between("link", n.self(), w.following(n, 1)), span)
}

// bothLinks: two nodes don't reach each other.
func bothLinks(w *World, n *node, span int64) {
	w.cutFor(around("master-link", n.self(), n.self()|w.following(n, 1)), span)
}

// stopGroup: no message of some kinds passes anywhere.
func stopGroup(g kindGroup) func(*World, *node, int64) {
	return func(w *World, _ *node, span int64) { w.net.stopped[g] = max(w.net.stopped[g], w.now+span) }
}

// cutFor cuts links for a while.
func (w *World) cutFor(c *cut, span int64) {
	w.startCut(c)
	w.push(event{at: w.now + span, kind: evEndCut, cut: c})
}

func (w *World) startCut(c *cut) {
	w.net.begin(c)
	w.nemesis.cuts = append(w.nemesis.cuts, c)
}

func (w *World) endCut(c *cut) {
	if !c.ended {
		w.note("%s ends", c.name)
	}
	w.net.end(c)
}
