package tlog

import (
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// markBytes is how much of a segment one mark covers, about.
const markBytes = 256 << 10

// index tells in which parts of which segments an instance may be. It is sparse:
// one mark covers about 256 KiB of batches, so 10 million instances that were
// synced one by one (40 GB of log) cost 160,000 marks. Marks are never changed
// once they are in the slice, so jobs read a copy of the slice header.
type index struct {
	marks []mark
	open  mark // the newest, still growing; end 0: none
}

// mark covers the batches of a segment in off..end-1, whose accepted entries
// are of the instances min..max.
type mark struct {
	segment  uint64
	salt     uint64
	off, end int64
	min, max core.Instance
	reach    core.Instance // highest max of this mark and all before it
	// follower: the mark is of a whole segment that nobody has looked into yet,
	// followed by one with this header. The first read that needs it does.
	follower *segmentHeader
}

// add takes in a batch that is durable.
func (x *index) add(p placed) {
	if p.max == 0 {
		return
	}
	m := &x.open
	if p.segment < m.segment || p.segment == m.segment && p.off < m.end {
		assertf("batch at %d of segment %d indexed behind %d of segment %d", p.off, p.segment, m.end, m.segment)
	}
	if m.end != 0 && (m.segment != p.segment || p.end-m.off > markBytes) {
		x.close()
	}
	if m.end == 0 {
		*m = mark{segment: p.segment, salt: p.salt, off: p.off, min: p.min, reach: m.reach}
	}
	m.end = p.end
	m.min, m.max = min(m.min, p.min), max(m.max, p.max)
	m.reach = max(m.reach, m.max)
}

// close ends the growing mark.
func (x *index) close() {
	if x.open.end != 0 {
		x.marks = append(x.marks, x.open)
		x.open = mark{reach: x.open.reach}
	}
}

// addWhole takes in a segment that wasn't looked into.
func (x *index) addWhole(m mark) {
	x.close()
	m.reach = max(x.open.reach, m.max)
	x.marks = append(x.marks, m)
	x.open = mark{reach: m.reach}
}

// snapshot returns all marks; jobs may read them beside later adds.
func (x *index) snapshot() ([]mark, mark) { return x.marks[:len(x.marks):len(x.marks)], x.open }

// replace puts other marks in the place of those of one segment, which is not the
// newest. What jobs have stays as it is.
func (x *index) replace(segment uint64, marks []mark) {
	if x.open.segment == segment {
		x.close()
	}
	at := slices.IndexFunc(x.marks, func(m mark) bool { return m.segment == segment })
	if at < 0 {
		return
	}
	after := at
	for after < len(x.marks) && x.marks[after].segment == segment {
		after++
	}
	all := slices.Concat(x.marks[:at], marks, x.marks[after:])
	x.marks = reached(all)
}

// reached computes what each mark and all before it reach.
func reached(marks []mark) []mark {
	reach := core.Instance(0)
	for i := range marks {
		reach = max(reach, marks[i].max)
		marks[i].reach = reach
	}
	return marks
}

// isWhole reports whether nobody has looked into a segment yet.
func (x *index) isWhole(segment uint64) bool {
	return slices.ContainsFunc(x.marks, func(m mark) bool { return m.segment == segment && m.follower != nil })
}

// firstFrom returns the lowest instance from base on that a mark covers; 0: none.
func (x *index) firstFrom(base core.Instance) (first core.Instance) {
	look := func(m mark) {
		if m.end != 0 && m.max >= base && (first == 0 || max(m.min, base) < first) {
			first = max(m.min, base)
		}
	}
	for _, m := range x.marks {
		look(m)
	}
	look(x.open)
	return first
}
