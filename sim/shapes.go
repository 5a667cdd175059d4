package sim

import "github.com/openvstorage/arakoon-go/core"

// Shapes of partitions: sets of directed links that carry nothing for a while.
// Those of partial connectivity have names of their own: in each of them somebody
// still reaches a majority, and yet a protocol that takes "I hear a master" for
// "there is a quorum" makes no progress.

func (n *node) self() core.SeatSet { return core.SeatSet(0).With(n.seat) }

// behind returns the k-th node behind n, in seat order and around.
func (w *World) behind(n *node, k int) *node { return w.nodes[(int(n.seat)+k)%len(w.nodes)] }

// following returns the k nodes behind n, in seat order and around.
func (w *World) following(n *node, k int) (set core.SeatSet) {
	for i := range k {
		set = set.With(w.behind(n, 1+i).seat)
	}
	return set
}

// only returns the cut that leaves a link where open says so; both are told as
// places behind n.
func (w *World) only(name string, n *node, open func(from, to int) bool) *cut {
	c := &cut{name: name}
	for i := range w.nodes {
		for j := range w.nodes {
			c.links[w.behind(n, i).seat][w.behind(n, j).seat] = i != j && !open(i, j)
		}
	}
	return c
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

// bridge: two groups that don't reach each other, but both reach one node.
func bridge(w *World, n *node, span int64) {
	half := w.following(n, len(w.nodes)/2)
	w.cutFor(around("bridge", half, w.seats()&^n.self()), span)
}

// ring: every node has a majority in reach, and no two the same. With few nodes
// that takes one-way links.
func ring(w *World, n *node, span int64) {
	size := len(w.nodes)
	w.cutFor(w.only("ring", n, func(from, to int) bool {
		ahead := (from - to + size) % size
		if size < 5 {
			return ahead <= size/2
		}
		return ahead == 1 || ahead == size-1
	}), span)
}

// chain: nodes in a row, each in reach of its neighbours only.
func chain(w *World, n *node, span int64) {
	w.cutFor(w.only("chain", n, func(from, to int) bool { return from-to == 1 || to-from == 1 }), span)
}

// hubOf is the only node that the others still reach in a star around the second
// node behind n, or the first where there is no second.
func hubOf(w *World, n *node) int { return min(2, len(w.nodes)-1) }

// star: the links to one node are all that is left, and n isn't that one.
func star(w *World, n *node, span int64) {
	hub := hubOf(w, n)
	w.cutFor(w.only("star", n, func(from, to int) bool { return from == hub || to == hub }), span)
}

// constrained: one node misses for a while what is chosen; then n is cut off, and
// the others reach only the one that has missed it.
func constrained(w *World, n *node, span int64) {
	hub := hubOf(w, n)
	w.cutFor(around("constrained", w.behind(n, hub).self(), w.seats()), span/2)
	w.later(span/2, func() {
		w.cutFor(w.only("constrained", n, func(from, to int) bool {
			return from != 0 && to != 0 && (from == hub || to == hub)
		}), span)
	})
}

// flapping cuts links and gives them back, about once an election time-out.
func (w *World) flapping(span int64, shape func() *cut) {
	lease := int64(w.opts.Lease)
	for at := int64(0); at < 2*span; at += lease * 8 / 5 {
		w.later(at, func() { w.cutFor(shape(), lease*6/5) })
	}
}

// flap: one node.
func flap(w *World, n *node, span int64) {
	w.flapping(span, func() *cut { return around("flap", n.self(), w.seats()) })
}

// flapLink: two nodes.
func flapLink(w *World, n *node, span int64) {
	w.flapping(span, func() *cut { return around("flap-link", n.self(), n.self()|w.following(n, 1)) })
}

// wholeSite: the site of a node loses its links to the others.
func wholeSite(w *World, n *node, span int64) {
	var site core.SeatSet
	for _, o := range w.nodes {
		if w.opts.site(o.seat) == w.opts.site(n.seat) {
			site = site.With(o.seat)
		}
	}
	if site == w.seats() {
		site = n.self()
	}
	w.cutFor(around("site", site, w.seats()), span)
}

// stopGroup: no message of some kinds passes anywhere.
func stopGroup(g kindGroup) func(*World, *node, int64) {
	return func(w *World, _ *node, span int64) { w.net.stopped[g] = max(w.net.stopped[g], w.now+span) }
}

// withhold: no message of some kinds leaves a node, until then.
func (w *World) withhold(n *node, g kindGroup, until int64) {
	for to := range w.nodes {
		l := &w.net.links[n.seat][to]
		l.without[g] = max(l.without[g], until)
	}
}

// withheld: nothing of some kinds leaves n. Of a master that still sends heartbeats,
// or of a voter that still grants leases, this makes one that holds the others up.
func withheld(g kindGroup) func(*World, *node, int64) {
	return func(w *World, n *node, span int64) { w.withhold(n, g, w.now+span) }
}

// shorten: only short frames leave a node, until then, as where somebody drops long
// packets and tells nobody.
func (w *World) shorten(n *node, until int64) {
	for to := range w.nodes {
		l := &w.net.links[n.seat][to]
		l.short = max(l.short, until)
	}
}

// clog: nothing reaches n, and nothing is lost either.
func clog(w *World, n *node, span int64) {
	for from := range w.nodes {
		l := &w.net.links[from][n.seat]
		l.clogged = max(l.clogged, w.now+span)
	}
}

// unseen: clients don't reach n and about half of the others.
func unseen(w *World, n *node, span int64) {
	set := n.self() | w.following(n, len(w.nodes)/2)
	for s := range w.net.unseen {
		if set.Has(core.Seat(s)) {
			w.net.unseen[s] = max(w.net.unseen[s], w.now+span)
		}
	}
}

// later lets something happen unless all faults have ended by then.
func (w *World) later(d int64, run func()) {
	w.push(event{at: w.now + d, kind: evScript, run: func() {
		if !w.healed {
			run()
		}
	}})
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
