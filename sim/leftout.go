package sim

import "github.com/openvstorage/arakoon-go/core"

// In the liveness phase a core of nodes that can lead and choose is whole: all of
// them up, all links between them good. Whatever else there is may stay broken for
// good, in any way, and must not keep the core from its progress.

// A leftWay is one way to stay broken. It is told the node, a member of the core,
// and how long its rhythm is.
type leftWay struct {
	name  string
	apply func(w *World, n, member *node, rhythm int64)
}

// leftWays are all of them; the first is the mildest.
var leftWays = []leftWay{
	{"cut off", func(w *World, n, _ *node, _ int64) { w.net.begin(around("left out", n.self(), w.seats())) }},
	{"deaf", func(w *World, n, _ *node, _ int64) { w.net.begin(between("left out", w.seats(), n.self())) }},
	{"mute", func(w *World, n, _ *node, _ int64) { w.net.begin(between("left out", n.self(), w.seats())) }},
	{"at the end of a bridge", func(w *World, n, m *node, _ int64) {
		w.net.begin(around("left out", n.self(), w.present()&^m.self()|n.self()))
	}},
	{"hearing one", func(w *World, n, m *node, _ int64) {
		w.net.begin(between("left out", n.self(), w.present()))
		w.net.begin(between("left out", w.present()&^m.self(), n.self()))
	}},
	{"heard by one", func(w *World, n, m *node, _ int64) {
		w.net.begin(between("left out", w.present(), n.self()))
		w.net.begin(between("left out", n.self(), w.present()&^m.self()))
	}},
	{"deaf for one", func(w *World, n, m *node, _ int64) { w.net.begin(between("left out", m.self(), n.self())) }},
	{"mute for one", func(w *World, n, m *node, _ int64) { w.net.begin(between("left out", n.self(), m.self())) }},
	{"flapping", func(w *World, n, _ *node, rhythm int64) { w.flapForever(n, rhythm) }},
	{"lossy", func(w *World, n, _ *node, _ int64) { w.net.breakLinks(n) }},
	{"sending no accepts", func(w *World, n, _ *node, _ int64) { w.withhold(n, groupAccepts, never) }},
	{"sending no votes", func(w *World, n, _ *node, _ int64) { w.withhold(n, groupVotes, never) }},
	{"sending no heartbeats", func(w *World, n, _ *node, _ int64) { w.withhold(n, groupHeartbeats, never) }},
	{"out of elections", func(w *World, n, _ *node, _ int64) { w.withhold(n, groupElections, never) }},
	{"sending no entries", func(w *World, n, _ *node, _ int64) { w.withhold(n, groupCatchUp, never) }},
	{"sending only short frames", func(w *World, n, _ *node, _ int64) { w.shorten(n, never) }},
}

// leftRhythms are how long a node that flaps for good is out of reach at a time, in
// tenths of a lease period; then it is in reach for half as long.
var leftRhythms = []int64{1, 4, 8, 11, 15, 25}

// leaveOut takes nodes away for good, as many as the cluster can do without; the
// first boot needs them all.
func (w *World) leaveOut() {
	if !w.opts.LeaveOut || w.checks.ghost.prefix == 0 {
		return
	}
	out := w.budget.out()
	var apart []func() // done when it is known who is left
	for k := range uint32((len(w.nodes) - 1) / 2) {
		c := w.choose(Identity{N: k + 1}, DecideLeaveOut, Always(2*len(w.nodes)))
		n := w.nodes[c%len(w.nodes)]
		if c == 0 || n.leftOut || !w.opts.viable(out.With(n.seat)) {
			continue
		}
		out = out.With(n.seat)
		n.leftOut = true
		w.counts[FaultLeaveOut]++
		if c <= len(w.nodes) {
			apart = append(apart, func() { w.leaveApart(k+1, n) })
			continue
		}
		w.note("n%d stays down", n.seat)
		n.gone = true
		if n.up {
			n.deaths++
			n.dieAs("for good", false)
		}
	}
	for _, leave := range apart {
		leave()
	}
}

// leaveApart leaves a node up, and broken in one of the ways.
func (w *World) leaveApart(k uint32, n *node) {
	c := w.choose(Identity{N: k}, DecideLeftHow, Always(len(leftWays)-1))
	way := leftWays[c]
	var members []*node
	for _, o := range w.nodes {
		if !o.leftOut {
			members = append(members, o)
		}
	}
	member := members[w.choose(Identity{N: k}, DecideLeftWho, Always(len(members)))%len(members)]
	rhythm := leftRhythms[w.choose(Identity{N: k, M: 1}, DecideLeftHow, Always(len(leftRhythms)-1))]
	w.note("n%d stays %s (n%d)", n.seat, way.name, member.seat)
	if c != 0 {
		w.counts[FaultLeftPartly]++
	}
	way.apply(w, n, member, rhythm*int64(w.opts.Lease)/10)
}

// present returns the seats that are not left out.
func (w *World) present() (set core.SeatSet) {
	for _, n := range w.nodes {
		if !n.leftOut {
			set = set.With(n.seat)
		}
	}
	return set
}

// flapForever takes a node out of reach, and back, and so on.
func (w *World) flapForever(n *node, rhythm int64) {
	c := around("left out", n.self(), w.seats())
	w.net.begin(c)
	w.push(event{at: w.now + rhythm, kind: evScript, run: func() {
		w.net.end(c)
		w.push(event{at: w.now + rhythm/2, kind: evScript, run: func() { w.flapForever(n, rhythm) }})
	}})
}

// breakLinks lets the links of a node stay as faulty as they were, and more.
func (net *network) breakLinks(n *node) {
	for o := range net.w.nodes {
		net.links[o][n.seat].broken = true
		net.links[n.seat][o].broken = true
	}
}
