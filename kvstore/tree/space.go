package tree

import (
	"math/bits"
	"slices"
)

// extent is a run of neighbouring pages.
type extent struct{ page, n uint32 }

// freed is an extent that checkpoint at let go of.
type freed struct {
	extent
	at uint64
}

// space knows which pages of the file are free. A page freed by checkpoint m may
// be used again when both meta slots durably hold checkpoints from m on, and no
// root older than m is read.
type space struct {
	end     uint32   // pages of the file, the two metas included
	avail   []uint64 // one bit per page that may be used
	count   uint64   // of them
	from    int      // below this word none is set
	pending []freed  // not yet to be used, ascending by at
	waits   uint64   // pages of them
}

func (s *space) has(page uint32) bool {
	w := int(page / 64)
	return w < len(s.avail) && s.avail[w]&(1<<(page%64)) != 0
}

// add makes a page available; false if it was.
func (s *space) add(page uint32) bool {
	w := int(page / 64)
	for w >= len(s.avail) {
		s.avail = append(s.avail, 0)
	}
	if s.avail[w]&(1<<(page%64)) != 0 {
		return false
	}
	s.avail[w] |= 1 << (page % 64)
	s.count++
	s.from = min(s.from, w)
	return true
}

// unset takes available pages; false if one isn't.
func (s *space) unset(e extent) bool {
	for p := e.page; p < e.page+e.n; p++ {
		if !s.has(p) {
			return false
		}
		s.avail[p/64] &^= 1 << (p % 64)
		s.count--
	}
	return true
}

// free notes that checkpoint at lets go of pages.
func (s *space) free(e extent, at uint64) {
	s.pending = append(s.pending, freed{e, at})
	s.waits += uint64(e.n)
}

// ripen makes available what was freed by checkpoints through at. It gives false if
// a page is free twice.
func (s *space) ripen(at uint64) bool {
	k := 0
	for ; k < len(s.pending) && s.pending[k].at <= at; k++ {
		e := s.pending[k].extent
		for p := e.page; p < e.page+e.n; p++ {
			if !s.add(p) {
				return false
			}
		}
		s.waits -= uint64(e.n)
	}
	s.pending = slices.Delete(s.pending, 0, k)
	return true
}

// take returns the lowest available page, or one behind the end; fresh says which.
func (s *space) take() (page uint32, fresh bool) {
	for ; s.from < len(s.avail); s.from++ {
		if w := s.avail[s.from]; w != 0 {
			page = uint32(s.from*64 + bits.TrailingZeros64(w))
			s.avail[s.from] &= w - 1
			s.count--
			return page, false
		}
	}
	s.end++
	return s.end - 1, true
}

// anyBelow reports whether a page below one is available.
func (s *space) anyBelow(page uint32) bool {
	for ; s.from < len(s.avail); s.from++ {
		if w := s.avail[s.from]; w != 0 {
			return s.from*64+bits.TrailingZeros64(w) < int(page)
		}
	}
	return false
}

// maxRunSearch bounds the words that are looked at for a run, per request.
const maxRunSearch = 1024

// takeRun returns n neighbouring pages.
func (s *space) takeRun(n uint32) (e extent, fresh bool) {
	if n == 1 {
		page, fresh := s.take()
		return extent{page, 1}, fresh
	}
	if page, ok := s.findRun(n); ok {
		s.unset(extent{page, n})
		return extent{page, n}, false
	}
	e = extent{s.end, n}
	s.end += n
	return e, true
}

// findRun looks for n neighbouring available pages.
func (s *space) findRun(n uint32) (uint32, bool) {
	run := uint32(0)
	last := min(len(s.avail), s.from+maxRunSearch)
	for w := s.from; w < last; w++ {
		if s.avail[w] == 0 {
			run = 0
			continue
		}
		for p := uint32(w * 64); p < uint32(w*64+64); p++ {
			if run++; !s.has(p) {
				run = 0
			}
			if run == n {
				return p + 1 - n, true
			}
		}
	}
	return 0, false
}

// tail returns how many available pages lie at the end of the file.
func (s *space) tail() uint32 {
	n := uint32(0)
	for n < s.end-firstPage && s.has(s.end-1-n) {
		n++
	}
	return n
}

// cut gives the available pages at the end of the file up, if they are a part of it
// that is worth it, and so many at least.
func (s *space) cut(least uint64) uint32 {
	n := s.tail()
	if n == 0 || uint64(n) < least || n < s.end/16 {
		return 0
	}
	s.unset(extent{s.end - n, n})
	s.end -= n
	s.avail = s.avail[:min(len(s.avail), int(s.end/64)+1)]
	return n
}

// runs returns the available pages as extents; false if there are more than limit.
func (s *space) runs(limit int) (out []extent, ok bool) {
	for w := s.from; w < len(s.avail); w++ {
		for rest := s.avail[w]; rest != 0; {
			low := bits.TrailingZeros64(rest)
			n := bits.TrailingZeros64(^(rest >> low))
			rest &^= (1<<n - 1) << low
			page := uint32(w*64 + low)
			if k := len(out) - 1; k >= 0 && out[k].page+out[k].n == page && out[k].n < maxExtent-64 {
				out[k].n += uint32(n)
				continue
			}
			if out = append(out, extent{page, uint32(n)}); len(out) > limit {
				return nil, false
			}
		}
	}
	return out, true
}

// maxExtent is one more than the longest extent that a word of the lists holds.
const maxExtent = 1 << 24

// clone copies what a checkpoint may change, so that it can be abandoned.
func (s *space) clone() space {
	c := *s
	c.avail, c.pending = slices.Clone(s.avail), slices.Clone(s.pending)
	return c
}

// extents sorts pages and joins neighbours.
func extents(all []extent) []extent {
	slices.SortFunc(all, func(a, b extent) int { return int(int64(a.page) - int64(b.page)) })
	out := all[:0]
	for _, e := range all {
		if k := len(out) - 1; k >= 0 && out[k].page+out[k].n == e.page && out[k].n+e.n < maxExtent {
			out[k].n += e.n
			continue
		}
		out = append(out, e)
	}
	return out
}
