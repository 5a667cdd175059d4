package tlog

import "github.com/openvstorage/arakoon-go/core"

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
		x.marks = append(x.marks, *m)
		*m = mark{reach: m.reach}
	}
	if m.end == 0 {
		*m = mark{segment: p.segment, salt: p.salt, off: p.off, min: p.min, reach: m.reach}
	}
	m.end = p.end
	m.min, m.max = min(m.min, p.min), max(m.max, p.max)
	m.reach = max(m.reach, m.max)
}

// snapshot returns all marks; jobs may read them beside later adds.
func (x *index) snapshot() ([]mark, mark) { return x.marks[:len(x.marks):len(x.marks)], x.open }
