package tree

import (
	"fmt"
	"math/bits"
)

// The lists say which pages are free, and which subtrees wait to be walked. A
// checkpoint writes a group of pages: either all there is to say (full), or what
// changed since the group before it. The first page of a group is the one that the
// meta points to; each page points to the next one, the last one of a group to the
// first of the group before; a full group ends the chain. Every cut of the file's end
// comes with a full group, so a chain never names pages behind the end.
//
//	+0 header (count: words here) | +16 next ref 16 | +32 flags u8 (1: full) | +40 words u64
//
// The highest byte of a word says what it is:
//
//	1  freed by this checkpoint, or by that of a word 4 before: page 32, count 24
//	2  taken: page 32, count 24
//	3  followed by as many raw words: a bit per page that may be used (full groups only)
//	4  the checkpoint that freed what follows (full groups only); 0: it may be used
//	5  a subtree to be freed: bits 8.. overflow, 0..7 level; two words follow, page and
//	   checksum, checkpoint. Every group has the whole list of these.
//	6  what checkpoints through that one freed became available, before the words 2
const (
	listHead   = 40
	chainWords = (PageSize - listHead) / 8
	fullFlag   = 1

	wordFreed  = 1
	wordTaken  = 2
	wordBits   = 3
	wordAt     = 4
	wordToFree = 5
	wordRipe   = 6
)

// subtree is an unlinked page with all below it.
type subtree struct {
	ref
	level    int
	overflow bool // blobs hang below it
}

// lists is what the groups say.
type lists struct {
	space  space
	toFree []subtree
	chain  []ref // pages of the groups, newest first
}

func (l *lists) clone() lists {
	return lists{space: l.space.clone(), toFree: append([]subtree(nil), l.toFree...), chain: l.chain}
}

func word(tag, value uint64) uint64 { return tag<<56 | value }

func wordValue(w uint64) uint64 { return w & (1<<56 - 1) }

func extentWord(tag uint64, e extent) uint64 { return word(tag, uint64(e.n)<<32|uint64(e.page)) }

func wordExtent(w uint64) extent { return extent{page: uint32(w), n: uint32(w >> 32 & 0xffffff)} }

func extentWords(words []uint64, tag uint64, all []extent) []uint64 {
	for _, e := range all {
		words = append(words, extentWord(tag, e))
	}
	return words
}

// changeWords says what a checkpoint took and freed, after what was freed through
// ripe had become available.
func (l *lists) changeWords(ripe uint64, taken, gone []extent) []uint64 {
	words := extentWords([]uint64{word(wordRipe, ripe)}, wordTaken, taken)
	return l.toFreeWords(extentWords(words, wordFreed, gone))
}

// fullWords says everything; gone is what checkpoint ckpt freed.
func (l *lists) fullWords(ckpt uint64, gone []extent) []uint64 {
	var words []uint64
	if runs, few := l.space.runs(len(l.space.avail)); few {
		words = extentWords([]uint64{word(wordAt, 0)}, wordFreed, runs)
	} else {
		words = append([]uint64{word(wordBits, uint64(len(l.space.avail)))}, l.space.avail...)
	}
	at := uint64(0)
	for _, p := range l.space.pending {
		if p.at != at {
			at = p.at
			words = append(words, word(wordAt, at))
		}
		words = append(words, extentWord(wordFreed, p.extent))
	}
	return l.toFreeWords(extentWords(append(words, word(wordAt, ckpt)), wordFreed, gone))
}

func (l *lists) toFreeWords(words []uint64) []uint64 {
	for _, t := range l.toFree {
		v := uint64(t.level)
		if t.overflow {
			v |= 1 << 8
		}
		words = append(words, word(wordToFree, v), uint64(t.crc)<<32|uint64(t.page), t.ckpt)
	}
	return words
}

// readLists follows the chain from the newest group.
func (f *pages) readLists(m *metaPage) (*lists, error) {
	l := &lists{space: space{end: m.pages}}
	groups, err := f.readGroups(m, l)
	if err != nil {
		return nil, err
	}
	for k := len(groups) - 1; k >= 0; k-- {
		if reason := l.play(groups[k], k == 0); reason != "" {
			return nil, fmt.Errorf("%w: lists of checkpoint %d: %s", ErrDamaged, groups[k].ckpt, reason)
		}
	}
	return l, nil
}

// group is the words that one checkpoint wrote.
type group struct {
	ckpt  uint64
	words []uint64
}

func (f *pages) readGroups(m *metaPage, l *lists) ([]group, error) {
	var groups []group
	buf := make([]byte, PageSize)
	for r := m.lists; r.page != 0; {
		if len(l.chain) >= int(m.pages) {
			return nil, fmt.Errorf("%w: the chain of lists is endless", ErrDamaged)
		}
		if err := f.read(buf, r, kindFree, 0); err != nil {
			return nil, err
		}
		l.chain = append(l.chain, r)
		if k := len(groups); k == 0 || groups[k-1].ckpt != r.ckpt {
			groups = append(groups, group{ckpt: r.ckpt})
		}
		g := &groups[len(groups)-1]
		for i := range pageCount(buf) {
			g.words = append(g.words, le.Uint64(buf[listHead+8*i:]))
		}
		next := getRef(buf[16:])
		if buf[32]&fullFlag != 0 && next.ckpt != r.ckpt { // the last page of a full group
			break
		}
		r = next
	}
	return groups, nil
}

// play applies a group; newest says whether its list of subtrees counts. It returns
// what can't be, empty if all can.
func (l *lists) play(g group, newest bool) string {
	at := g.ckpt
	for k := 0; k < len(g.words); k++ {
		w := g.words[k]
		switch left := len(g.words) - k - 1; w >> 56 {
		case wordFreed, wordTaken:
			if reason := l.playExtent(w, at); reason != "" {
				return reason
			}
		case wordBits:
			n := wordValue(w)
			if n > uint64(left) || !l.space.load(g.words[k+1:k+1+int(n)]) {
				return "free pages that can't be"
			}
			k += int(n)
		case wordRipe:
			if !l.space.ripen(wordValue(w)) {
				return "a page is free twice"
			}
		case wordAt:
			at = wordValue(w)
		case wordToFree:
			if left < 2 {
				return "cut off"
			}
			if newest {
				l.toFree = append(l.toFree, subtree{ref: ref{page: uint32(g.words[k+1]), crc: uint32(g.words[k+1] >> 32),
					ckpt: g.words[k+2]}, level: int(w & 0xff), overflow: w>>8&1 != 0})
			}
			k += 2
		default:
			return "a word of an unknown kind"
		}
	}
	return ""
}

// playExtent applies a word about neighbouring pages.
func (l *lists) playExtent(w, at uint64) string {
	e := wordExtent(w)
	switch {
	case e.page < firstPage || e.n == 0 || uint64(e.page)+uint64(e.n) > uint64(l.space.end):
		return "pages that can't be"
	case w>>56 == wordTaken && !l.space.unset(e):
		return "taken pages that were not free"
	case w>>56 == wordTaken:
	case at > 0:
		l.space.free(e, at)
	default:
		for p := e.page; p < e.page+e.n; p++ {
			if !l.space.add(p) {
				return "a page is free twice"
			}
		}
	}
	return ""
}

// load takes the bits of what may be used from the lists; false if they can't be.
func (s *space) load(words []uint64) bool {
	if len(words) > int(s.end/64)+1 {
		return false
	}
	s.avail, s.count, s.from = append(s.avail[:0], words...), 0, 0
	for _, w := range words {
		s.count += uint64(bits.OnesCount64(w))
	}
	for p := s.end; int(p/64) < len(words); p++ {
		if s.has(p) {
			return false
		}
	}
	return !s.has(0) && !s.has(1)
}

// listsWriter writes a group, a page at a time, from the last page: each points to
// the next one.
type listsWriter struct {
	pages []uint32
	words []uint64
	full  bool
	next  ref
	chain []ref // written pages, last first
}

// compose decides what the group says, and takes its pages. Taking a page is itself
// something that the lists say, so what may be needed is taken first.
func (c *Checkpoint) compose() {
	w, l := &c.w, &c.lists
	w.taken = extents(w.taken)
	gone := extents(w.freed)
	c.cut = l.space.cut(c.t.vacuum / cutPart)
	change := len(w.taken) + len(gone) + 3*len(l.toFree) + 1
	avail := len(l.space.avail) + 1
	if runs, few := l.space.runs(avail); few {
		avail = len(runs) + 1
	}
	all := avail + 2*len(l.space.pending) + 1 + len(gone) + 3*len(l.toFree)
	most := listPages(all)
	out := &c.group
	out.full = c.cut > 0 || len(l.chain) == 0 || most <= listPages(change) || len(l.chain) > 4+2*most || c.listsLieHigh()
	need := change
	if out.full {
		for _, r := range l.chain {
			gone = append(gone, extent{r.page, 1})
		}
		need = all + len(l.chain)
		gone = extents(gone)
		l.chain = nil
	} else if len(l.chain) > 0 {
		out.next = l.chain[0]
	}
	for range listPages(need) {
		out.pages = append(out.pages, w.take())
	}
	w.taken, w.freed = extents(w.taken), gone
	if out.full {
		out.words = l.fullWords(c.meta.ckpt, gone)
	} else {
		out.words = l.changeWords(c.ripe, w.taken, gone)
	}
	if len(out.words) > len(out.pages)*chainWords {
		assertf("%d words of lists on %d pages", len(out.words), len(out.pages))
	}
}

// listsLieHigh reports whether a page of the lists has to be moved.
func (c *Checkpoint) listsLieHigh() bool {
	for _, r := range c.lists.chain {
		if c.m.move != nil && r.page >= c.m.move.above {
			return true
		}
	}
	return false
}

// listPages is how many pages take that many words, and one more for each page.
func listPages(words int) int { return 1 + (words+2)/(chainWords-1) }

// writeGroupPage writes the last page of the group that isn't written yet.
func (c *Checkpoint) writeGroupPage() error {
	g := &c.group
	i := len(g.pages) - 1
	part := g.words[min(i*chainWords, len(g.words)):]
	buf, err := c.w.room(g.pages[i], 1)
	if err != nil {
		return err
	}
	setHeader(buf, kindFree, 0, len(part), g.pages[i], c.meta.ckpt)
	g.next.put(buf[16:])
	if g.full {
		buf[32] = fullFlag
	}
	for k, word := range part {
		le.PutUint64(buf[listHead+8*k:], word)
	}
	g.next = ref{page: g.pages[i], crc: checksum(buf), ckpt: c.meta.ckpt}
	g.chain = append(g.chain, g.next)
	g.pages, g.words = g.pages[:i], g.words[:len(g.words)-len(part)]
	return nil
}
