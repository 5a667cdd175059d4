package spec

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// clone returns an independent copy.
func (s *State) clone() *State {
	c := *s
	c.nodes = slices.Clone(s.nodes)
	for k := range c.nodes {
		n := &c.nodes[k]
		n.log, n.dlog = n.log.clone(), n.dlog.clone()
		n.pend, n.out, n.due = slices.Clone(n.pend), slices.Clone(n.out), slices.Clone(n.due)
	}
	c.slots = slices.Clone(s.slots)
	for k := range c.slots {
		c.slots[k].p2a, c.slots[k].p2b = slices.Clone(c.slots[k].p2a), slices.Clone(c.slots[k].p2b)
	}
	c.tenures = slices.Clone(s.tenures)
	for k := range c.tenures {
		t := &c.tenures[k]
		t.prepares, t.promises, t.acks = slices.Clone(t.prepares), slices.Clone(t.promises), slices.Clone(t.acks)
	}
	return &c
}

// key is the state as bytes: equal for equal states of the spec. What the spec has no
// variable for follows from the rest in a bounded model, and is left out.
func (s *State) key(b []byte) []byte {
	for k := range s.nodes {
		b = s.nodes[k].key(b)
	}
	for i := range s.slots {
		b = s.slots[i].key(b)
	}
	order := make([]*tenure, 0, len(s.tenures))
	for k := range s.tenures {
		if !s.tenures[k].silent() {
			order = append(order, &s.tenures[k])
		}
	}
	slices.SortFunc(order, func(x, y *tenure) int { return cmp.Compare(x.b, y.b) })
	b = append(b, byte(len(order)))
	for _, t := range order {
		b = t.key(b)
	}
	return num(b, uint64(s.seen), uint64(s.ncr), uint64(s.nsn))
}

func num(b []byte, words ...uint64) []byte {
	for _, w := range words {
		b = binary.AppendUvarint(b, w)
	}
	return b
}

func (n *node) key(b []byte) []byte {
	b = num(b, uint64(n.pro), uint64(n.com), uint64(n.snap), uint64(n.dpro), uint64(n.ph), uint64(n.mb), uint64(n.bar))
	b = num(b, uint64(n.lease), uint64(n.lrem), n.lrnd, uint64(n.grant), uint64(n.rem))
	b = n.dlog.key(n.log.key(b))
	return sorted(b, n.out, func(b []byte, r *reply) []byte {
		return r.log.key(num(b, uint64(r.kind), uint64(r.b), uint64(r.i), r.r))
	})
}

// key lists the entries that there are.
func (l *log) key(b []byte) []byte {
	for i := l.base + 1; i <= l.last(); i++ {
		if e := l.at(i); e != (Entry{}) {
			b = num(b, uint64(i), uint64(e.B), uint64(e.V))
		}
	}
	return append(b, 0)
}

func (s *slot) key(b []byte) []byte {
	b = sorted(b, s.p2a, func(b []byte, e *Entry) []byte { return num(b, uint64(e.B), uint64(e.V)) })
	return sorted(b, s.p2b, func(b []byte, v *votes) []byte { return num(b, uint64(v.b), uint64(v.set)) })
}

// silent: nothing was sent in the ballot but proposals and votes.
func (t *tenure) silent() bool {
	return len(t.prepares)+len(t.promises)+len(t.acks) == 0 && t.told.last == 0 && t.asked.last == 0
}

func (t *tenure) key(b []byte) []byte {
	b = num(b, uint64(t.b), t.told.first, t.told.last, t.asked.first, t.asked.last)
	b = sorted(b, t.prepares, func(b []byte, com *Inst) []byte { return num(b, uint64(*com)) })
	b = sorted(b, t.promises, func(b []byte, p *promise) []byte { return p.log.key(num(b, uint64(p.node), uint64(p.com))) })
	return sorted(b, t.acks, func(b []byte, a *ack) []byte { return num(b, a.round, uint64(a.set)) })
}

// sorted appends the keys of a set's elements, in their order and each once.
func sorted[T any](b []byte, set []T, key func([]byte, *T) []byte) []byte {
	if len(set) == 0 {
		return append(b, 0)
	}
	keys := make([]string, len(set))
	for k := range set {
		keys[k] = string(key(nil, &set[k]))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	b = append(b, byte(len(keys)))
	for _, k := range keys {
		b = append(b, k...)
	}
	return b
}
