package sim

import "github.com/openvstorage/arakoon-go/core"

// gap is something that production can't mend by itself yet.
type gap uint8

// gaps is the one table of them: a node is excused from converging for these
// reasons and no other, and everything that loses durable data is judged by it.
//
// What is not in it is not excused. Some losses are excused by nothing and are
// therefore never injected, in either campaign, because no rule of the protocol
// notices them and a cluster that met one might lie:
//
//   - a disk replaced by an older image of itself. Nobody compares what a node says
//     now with what it acknowledged before: "you acknowledged b/i to me" is neither
//     in the specification nor in core, where messages of the past are legal at any
//     time (a peer's older commit index is ignored, not taken as a sign). Such a
//     node has forgotten promises and votes and doesn't know it.
//   - the newest batch of a log, synced but with nothing intact behind it, rots and
//     the process starts before a later batch or the seal is durable: by design that
//     is a torn tail (DESIGN 5, "residual, stated"). A newest segment that loses its
//     end is the same.
var gaps = [...]struct{ name, follows string }{
	noGap:          {"", ""},
	gapRepair:      {"repair of damaged records and pages", "a node whose log is damaged votes for nothing or ends with an error, and a damaged page ends it when it is needed"},
	gapMembership:  {"membership change", "who is out for good goes on counting among the voters"},
	gapReadmission: {"readmission of a wiped voter", "it learns, and does not vote"},
}

const (
	noGap gap = iota
	gapRepair
	gapMembership
	gapReadmission
)

func (g gap) String() string { return gaps[g].name }

// budget decides what may be lost (FAULTS 1.4): it knows, from the ledgers and the
// bytes that are durable, who holds what intact, whatever the nodes say.
type budget struct {
	w         *World
	overdrawn bool // something was injected that the cluster can't stand
}

// out returns the voters that don't vote any more, or may not.
func (b *budget) out() core.SeatSet { return b.excused() | b.w.nemesis.wiped }

// excused returns the nodes that need not converge.
func (b *budget) excused() (set core.SeatSet) {
	for _, n := range b.w.nodes {
		if n.gap != noGap {
			set = set.With(n.seat)
		}
	}
	return set
}

// recoverable reports whether the cluster still recovers if this node is out, and
// loses besides the entries for which lost is true: enough voters are left that
// know their promises, in roles and places that can lead and get updates chosen,
// and they hold every chosen instance, in the log or under a checkpoint, and the
// genesis with it, which every segment repeats.
func (b *budget) recoverable(out core.SeatSet, at *node, lost func(core.Instance) bool) bool {
	w := b.w
	if w.checks.ghost.prefix == 0 || !w.opts.viable(out) {
		return false // before the first entry nobody may be missing
	}
	held := make([]bool, w.checks.ghost.prefix+1)
	for _, n := range w.nodes {
		if out.Has(n.seat) {
			continue
		}
		cover := n.cover()
		log := n.inLog()
		for i := core.Instance(1); i < core.Instance(len(held)); i++ {
			inLog := i < core.Instance(len(log)) && log[i] && !(n == at && lost(i))
			held[i] = held[i] || i <= cover || inLog
		}
	}
	for _, h := range held[1:] {
		if !h {
			return false
		}
	}
	return true
}

// allows decides about a loss at a node. One that the node comes through as a voter
// is allowed as long as what it takes is held elsewhere; any other excuses the node,
// if the rest can do without. In a refusal campaign what is forbidden is done now and
// then.
func (b *budget) allows(n *node, h *harm, id Identity) bool {
	out := b.out()
	if h.gap != noGap {
		out = out.With(n.seat)
	}
	if b.recoverable(out, n, h.loses) {
		return true
	}
	id.M = 1
	w := b.w
	if w.opts.Campaign != campaignRefusal || w.checks.ghost.prefix == 0 || w.choose(id, DecideRotIf, Odds{overdraws, 1}) == 0 {
		return false
	}
	w.counts[FaultOverdrawn]++
	b.overdrawn = true
	return true
}

// overdraws is how often a refusal campaign does what is forbidden, of a million.
const overdraws = 200_000

// excuse notes that a node need not converge any more, and why.
func (n *node) excuse(g gap) {
	if n.gap == noGap && g != noGap {
		n.gap = g
		n.w.line(n.id(), "is excused: production lacks %v", g)
	}
}
