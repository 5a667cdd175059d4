package disk

import (
	"bytes"
	"iter"
	"maps"
	"slices"
)

// Clone returns an independent copy with the same images and pending
// operations, as after a process crash: no handle and no lock leads to it.
func (m *Mem) Clone() *Mem {
	c := NewMem(m.capacity)
	c.nodes, c.counters = m.nodes, m.counters
	nodes := map[*inode]*inode{}
	node := func(n *inode) *inode {
		if n != nil && nodes[n] == nil {
			nodes[n] = &inode{id: n.id, visible: n.visible.share(),
				durable: n.durable.share(), durableSize: n.durableSize, errors: n.errors, late: n.late, bad: maps.Clone(n.bad), hurt: maps.Clone(n.hurt)}
		}
		return nodes[n]
	}
	dirs := map[*memDir]*memDir{}
	for p, d := range m.dirs { // copies: the order can't matter
		e := &memDir{visible: maps.Clone(d.visible), durable: maps.Clone(d.durable)}
		for name, n := range e.visible {
			e.visible[name] = node(n)
		}
		for name, n := range e.durable {
			e.durable[name] = node(n)
		}
		c.dirs[p], dirs[d] = e, e
	}
	clone := func(ops []*pendingOp) (copies []*pendingOp) {
		for _, op := range ops {
			q := *op
			q.node, q.dir = node(op.node), dirs[op.dir]
			copies = append(copies, &q)
		}
		return copies
	}
	c.pending, c.stale = clone(m.pending), clone(m.stale)
	return c
}

// Version stands for the bytes of a file, as reads see them: files with the same
// version, on a disk or on copies of it, have the same bytes. The zero Version stands
// for no file.
type Version struct{ tag *byte }

// Version returns the version of a file. It says nothing of sectors that can't be read.
func (m *Mem) Version(p string) Version {
	d, name, err := m.lookup(p)
	if err != nil || d.visible[name] == nil {
		return Version{}
	}
	return Version{d.visible[name].visible.tagged()}
}

// Images yields the disks that a power loss may leave now, each with a label
// that has one letter per pending operation: k kept, l lost, t torn. With at
// most limit pending operations (not counting writes of what is there already)
// it yields every legal choice, with torn also each with one sector torn in the
// middle; with more, a fixed sample: none, all, each alone, all but each, the
// oldest and the newest ones, names and sizes only, bytes only.
func (m *Mem) Images(limit int, torn bool) iter.Seq2[string, *Mem] {
	return func(yield func(string, *Mem) bool) {
		free := m.effective()
		choices, tearable := m.subsets(free), free
		if !torn {
			tearable = nil
		}
		if len(free) > limit {
			choices = m.sample(free)
		}
		for label := range m.labels(choices, tearable) {
			c := m.Clone()
			c.PowerLossAs(label, func(op Op) Fate { return Fate{Kind: TornHead, Cut: op.Len / 2} })
			if !yield(label, c) {
				return
			}
		}
	}
}

// Outcomes lists what a power loss may leave now, as labels that PowerLossAs takes
// (see Images): every legal choice, the one that keeps everything first; with torn
// also each with one sector torn. Nil if the fate of more than limit pending
// operations matters.
func (m *Mem) Outcomes(limit int, torn bool) []string {
	free := m.effective()
	if len(free) > limit {
		return nil
	}
	tearable := free
	if !torn {
		tearable = nil
	}
	choices := slices.Collect(m.subsets(free))
	slices.Reverse(choices)
	return slices.Collect(m.labels(slices.Values(choices), tearable))
}

// PowerLossAs is PowerLoss with the outcome that a label names; tear says how the
// writes are torn that it marks so.
func (m *Mem) PowerLossAs(label string, tear func(Op) Fate) {
	m.powerLoss(func(i int) Fate {
		switch label[i] {
		case 'k':
			return Fate{Kind: Kept}
		case 't':
			return tear(m.pending[i].Op)
		default:
			return Fate{}
		}
	})
}

// effective returns the indexes of the pending operations whose fate matters.
func (m *Mem) effective() []int {
	var free []int
	for i, op := range m.pending {
		if !m.redundant(i, op) {
			free = append(free, i)
		}
	}
	return free
}

// redundant reports whether a write changes nothing in any image: it writes
// what its sector durably holds (zeros, behind the end) and is alone in it.
func (m *Mem) redundant(i int, op *pendingOp) bool {
	if op.Kind != OpWrite {
		return false
	}
	for j, other := range m.pending {
		sameFile := other.node == op.node && other.dir == nil
		if j != i && sameFile && (other.shrinks || other.Kind == OpWrite && other.Off/SectorSize == op.Off/SectorSize) {
			return false
		}
	}
	held := make([]byte, op.Len)
	op.node.durable.readAt(held, op.Off)
	return bytes.Equal(held, op.data)
}

// subsets yields every choice over the free operations; the others are kept.
func (m *Mem) subsets(free []int) iter.Seq[[]bool] {
	return func(yield func([]bool) bool) {
		for set := range uint64(1) << min(len(free), 63) {
			keep := m.allKept()
			for b, i := range free {
				keep[i] = set>>b&1 != 0
			}
			if !yield(keep) {
				return
			}
		}
	}
}

func (m *Mem) allKept() []bool {
	keep := make([]bool, len(m.pending))
	for i := range keep {
		keep[i] = true
	}
	return keep
}

// sample yields choices that have found bugs, when there are too many for all.
func (m *Mem) sample(free []int) iter.Seq[[]bool] {
	rules := []func(b, at int, op *pendingOp) bool{
		func(int, int, *pendingOp) bool { return false },
		func(int, int, *pendingOp) bool { return true },
		func(_, _ int, op *pendingOp) bool { return op.Kind != OpWrite },
		func(_, _ int, op *pendingOp) bool { return op.Kind == OpWrite },
	}
	perOp := []func(b, at int, op *pendingOp) bool{
		func(b, at int, _ *pendingOp) bool { return b == at },
		func(b, at int, _ *pendingOp) bool { return b != at },
		func(b, at int, _ *pendingOp) bool { return b < at },
		func(b, at int, _ *pendingOp) bool { return b > at },
	}
	return func(yield func([]bool) bool) {
		pick := func(at int, rule func(int, int, *pendingOp) bool) bool {
			keep := m.allKept()
			for b, i := range free {
				keep[i] = rule(b, at, m.pending[i])
			}
			return yield(keep)
		}
		for _, rule := range rules {
			if !pick(0, rule) {
				return
			}
		}
		for at := range free {
			for _, rule := range perOp {
				if !pick(at, rule) {
					return
				}
			}
		}
	}
}

// labels yields the label of each choice, and of those with one of the tearable
// writes torn, unless the orders make it one that was yielded before.
func (m *Mem) labels(choices iter.Seq[[]bool], tearable []int) iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		fresh := func(fates []FateKind) bool {
			label := m.landed(fates)
			if seen[label] {
				return true
			}
			seen[label] = true
			return yield(label)
		}
		for keep := range choices {
			fates := make([]FateKind, len(keep))
			for i := range keep {
				if keep[i] {
					fates[i] = Kept
				}
			}
			if !fresh(fates) || !m.tear(fates, tearable, fresh) {
				return
			}
		}
	}
}

// tear yields a choice with each of the tearable writes torn that it keeps.
func (m *Mem) tear(fates []FateKind, tearable []int, yield func([]FateKind) bool) bool {
	for _, i := range tearable {
		if fates[i] != Kept || m.pending[i].Kind != OpWrite || m.pending[i].Len < 2 {
			continue
		}
		fates[i] = TornHead
		if !yield(fates) {
			return false
		}
		fates[i] = Kept
	}
	return true
}

// landed returns the label of a choice once the orders have been applied.
func (m *Mem) landed(fates []FateKind) string {
	o := newOrders()
	label := make([]byte, len(fates))
	for i, op := range m.pending {
		switch {
		case fates[i] == Lost || !o.possible(op):
			label[i] = 'l'
			o.note(op)
		case fates[i] == Kept:
			label[i] = 'k'
		default:
			label[i] = 't'
			o.note(op)
		}
	}
	return string(label)
}
