package sim

import "github.com/openvstorage/arakoon-go/core"

// wound is a loss of durable bytes that is about to be made.
type wound struct {
	path       string
	off, size  int64
	unreadable bool // reads give an error, instead of other bytes
	short      bool // the file ends at off
	gone       bool // there is no file any more
}

// harm is what a wound does to its node, as production is meant to take it.
type harm struct {
	hidden bool // nothing could notice: not to be made (see gaps)
	gap    gap  // noGap: the node goes on as a voter, and must converge
	lost   map[core.Instance]bool
}

func (h *harm) loses(i core.Instance) bool { return h.lost[i] }

// judge says what a wound does: to ID and BASE, to segments of the log, to the
// store. What else lies there is made anew where it is missing or odd.
func (n *node) judge(w *wound) harm {
	segment, tlx, ok := segmentOf(w.path)
	switch {
	case w.path == idPath:
		return n.judgeCopies(w, pageSize, 0, 2)
	case w.path == basePath:
		return n.judgeBase(w)
	case w.path == storePath:
		return n.judgeStoreWound(w)
	case ok && tlx:
		return n.judgeCompressed(w, segment)
	case ok:
		return n.judgeSegment(w, segment)
	case w.unreadable:
		return harm{gap: gapRepair} // it may become the next segment
	default:
		return harm{}
	}
}

// judgeCopies is for copies of one size, one behind the other: one intact is enough,
// if all can be read.
func (n *node) judgeCopies(w *wound, size, from int64, copies int) harm {
	if w.unreadable || w.gone {
		return harm{gap: gapRepair}
	}
	for k := range int64(copies) {
		if off := from + k*size; n.disk.Intact(w.path, off, size) && !w.touches(off, size) {
			return harm{}
		}
	}
	return harm{gap: gapRepair}
}

func (w *wound) touches(off, size int64) bool {
	switch {
	case w.gone:
		return true
	case w.short:
		return off+size > w.off
	default:
		return w.off < off+size && off < w.off+w.size
	}
}

// judgeBase: BASE has two slots of two copies each, and the one that counts must be
// readable, or a segment that was removed is missed.
func (n *node) judgeBase(w *wound) harm {
	for slot := range int64(2) {
		if h := n.judgeCopies(w, pageSize, 2*slot*pageSize, 2); h.gap != noGap {
			return h
		}
	}
	return harm{}
}

// judgeSegment: the header has two copies. A batch that is gone makes the node a
// non-voter, unless all that it held is under the checkpoint, and a neighbour tells
// what it was.
func (n *node) judgeSegment(w *wound, segment uint64) harm {
	newest, s := n.newestSegment(), n.ledger.places[segment]
	switch {
	case newest == 0 || segment > newest || s == nil || len(s.list) == 0:
		return harm{gap: gapRepair} // what a start makes of it depends on what else is there
	case w.gone || w.unreadable:
		return harm{gap: gapRepair} // an error at the next start
	case n.inDoubt(w, segment, newest):
		return harm{hidden: true}
	case w.short:
		return harm{gap: gapRepair}
	}
	h := harm{lost: map[core.Instance]bool{}}
	if head := s.list[0]; head.number == 0 && w.touches(head.off, head.size) {
		h = n.judgeCopies(w, head.size/2, 0, 2)
	}
	for k := range s.list {
		if p := &s.list[k]; p.number != 0 && w.touches(p.off, p.size) && !n.spares(segment, k, &h) {
			h.gap = gapRepair
		}
	}
	return h
}

// spares notes what batch k of a segment held, and reports whether its node is a
// voter without it.
func (n *node) spares(segment uint64, k int, h *harm) bool {
	s := n.ledger.places[segment]
	p := &s.list[k]
	if h.lost == nil {
		h.lost = map[core.Instance]bool{}
	}
	for _, i := range p.entries {
		h.lost[i] = true
	}
	if p.other || p.top() > n.cover() || k+1 == len(s.list) {
		return false
	}
	return n.intact(segment, &s.list[k+1]) && n.intact(segment, &s.list[k-1])
}

// inDoubt reports whether a wound takes the batch behind which nothing shows that it
// was synced: the last one of the newest segment.
func (n *node) inDoubt(w *wound, segment, newest uint64) bool {
	s := n.ledger.places[segment]
	last := &s.list[len(s.list)-1]
	if segment != newest || last.number <= s.carried {
		return false
	}
	return w.touches(last.off, last.size) || w.short && w.off <= last.off
}

// judgeCompressed: what a compressed segment held is under the checkpoint, and it is
// read only for peers; without its header it is as good as missing.
func (n *node) judgeCompressed(w *wound, segment uint64) harm {
	s := n.ledger.places[segment]
	if w.gone || w.unreadable || s == nil || n.hasFile(segmentPath(segment)) {
		return harm{gap: gapRepair}
	}
	// The header is small: two copies of at most so many pages.
	const headPages = 4
	if w.short || w.off < 2*headPages*pageSize {
		return harm{gap: gapRepair}
	}
	h := harm{lost: map[core.Instance]bool{}}
	for k := range s.list {
		for _, i := range s.list[k].entries {
			h.lost[i] = true
		}
		if s.list[k].top() > n.cover() {
			h.gap = gapRepair
		}
	}
	return h
}

// judgeStoreWound: of the two meta pages one is enough, since the log reaches back to
// the older; a store that is gone is made anew from the log, if that is whole, or
// from a snapshot. A damaged page ends the node when it is needed.
func (n *node) judgeStoreWound(w *wound) harm {
	const metas = 2 * pageSize
	switch {
	case w.gone:
		return harm{gap: gapRepair}
	case w.unreadable || w.short || w.off >= metas+pageSize:
		return harm{gap: gapRepair}
	case w.off >= metas:
		return harm{} // the word of the last sync: without it the older one counts
	case !n.bothMetas():
		return harm{gap: gapRepair}
	default:
		return n.judgeCopies(w, pageSize, 0, 2)
	}
}

// bothMetas reports whether both slots of the store hold a checkpoint.
func (n *node) bothMetas() bool {
	b, err := n.disk.DurableBytes(storePath, 0, 2*pageSize)
	return err == nil && len(b) == 2*pageSize && le.Uint64(b[16:]) != 0 && le.Uint64(b[pageSize+16:]) != 0
}
