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

func (s *space) grow(page uint32) {
	for int(page/64) >= len(s.avail) {
		s.avail = append(s.avail, 0)
	}
}

func (s *space) has(page uint32) bool {
	w := int(page / 64)
	return w < len(s.avail) && s.avail[w]&(1<<(page%64)) != 0
}

func (s *space) set(e extent) {
	for p := e.page; p < e.page+e.n; p++ {
		s.grow(p)
		if s.has(p) {
			assertf("page %d is free twice", p)
		}
		s.avail[p/64] |= 1 << (p % 64)
		s.count++
		s.from = min(s.from, int(p/64))
	}
}

func (s *space) unset(e extent) {
	for p := e.page; p < e.page+e.n; p++ {
		if !s.has(p) {
			assertf("page %d is taken and was not free", p)
		}
		s.avail[p/64] &^= 1 << (p % 64)
		s.count--
	}
}

// free notes that checkpoint at lets go of pages.
func (s *space) free(e extent, at uint64) {
	s.pending = append(s.pending, freed{e, at})
	s.waits += uint64(e.n)
}

// ripen makes available what was freed by checkpoints through at.
func (s *space) ripen(at uint64) {
	k := 0
	for ; k < len(s.pending) && s.pending[k].at <= at; k++ {
		s.set(s.pending[k].extent)
		s.waits -= uint64(s.pending[k].n)
	}
	s.pending = slices.Delete(s.pending, 0, k)
}

// ripens is ripen for lists read from disk, which may be wrong.
func (s *space) ripens(at uint64) bool {
	for _, p := range s.pending {
		for page := p.page; p.at <= at && page < p.page+p.n; page++ {
			if s.has(page) {
				return false
			}
		}
	}
	s.ripen(at)
	return true
}

// take returns the lowest available page, or one behind the end; fresh says which.
func (s *space) take() (page uint32, fresh bool) {
	for ; s.from < len(s.avail); s.from++ {
		if w := s.avail[s.from]; w != 0 {
			page = uint32(s.from*64 + bits.TrailingZeros64(w))
			s.unset(extent{page, 1})
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
	run := uint32(0)
	last := min(len(s.avail), s.from+maxRunSearch)
	for p := uint32(s.from * 64); int(p/64) < last; p++ {
		if run++; !s.has(p) {
			run = 0
		}
		if run == n {
			e = extent{p + 1 - n, n}
			s.unset(e)
			return e, false
		}
	}
	e = extent{s.end, n}
	s.end += n
	return e, true
}

// tail returns how many available pages lie at the end of the file.
func (s *space) tail() uint32 {
	n := uint32(0)
	for n < s.end-firstPage && s.has(s.end-1-n) {
		n++
	}
	return n
}

// cut gives the available pages at the end of the file up.
func (s *space) cut() uint32 {
	n := s.tail()
	s.unset(extent{s.end - n, n})
	s.end -= n
	return n
}

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
		if k := len(out) - 1; k >= 0 && out[k].page+out[k].n == e.page && out[k].n+e.n < 1<<24 {
			out[k].n += e.n
			continue
		}
		out = append(out, e)
	}
	return out
}

func popcount(w uint64) int { return bits.OnesCount64(w) }
