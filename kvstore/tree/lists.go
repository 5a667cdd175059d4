package tree

import "fmt"

// The lists say which pages are free, and which subtrees wait to be walked. A
// checkpoint writes a group of pages: either all there is to say (full), or what
// changed since the group before it. The first page of a group is the one that the
// meta points to; each page points to the next one, the last one of a group to the
// first of the group before; a full group ends the chain.
//
//	+0 header (count: words here) | +16 next ref 16 | +32 flags u8 (1: full) | +40 words u64
//
// The highest byte of a word says what it is:
//
//	1  freed by this checkpoint, or by that of a word 4 before: page 32, count 24
//	2  taken: page 32, count 24
//	3  followed by as many raw words: a bit per page that may be used
//	4  the checkpoint that freed what follows (full groups only)
//	6  what checkpoints through that one freed became available, before the words 2
//	5  a subtree to be freed: bits 8.. overflow, 0..7 level; two words follow, page and
//	   checksum, checkpoint. Every group has the whole list of these.
const (
	listHead   = 40
	chainWords = (PageSize - listHead) / 8

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
	full   int   // words a full group would have, about
}

func word(tag, value uint64) uint64 { return tag<<56 | value }

func extentWord(tag uint64, e extent) uint64 { return word(tag, uint64(e.n)<<32|uint64(e.page)) }

func wordExtent(w uint64) extent { return extent{page: uint32(w), n: uint32(w >> 32 & 0xffffff)} }

// changeWords says what a checkpoint took and freed, after what was freed through
// ripe had become available.
func changeWords(ripe uint64, taken, freed []extent, toFree []subtree) []uint64 {
	words := []uint64{word(wordRipe, ripe)}
	for _, e := range taken {
		words = append(words, extentWord(wordTaken, e))
	}
	for _, e := range freed {
		words = append(words, extentWord(wordFreed, e))
	}
	return append(words, toFreeWords(toFree)...)
}

func toFreeWords(toFree []subtree) []uint64 {
	var words []uint64
	for _, t := range toFree {
		v := uint64(t.level)
		if t.overflow {
			v |= 1 << 8
		}
		words = append(words, word(wordToFree, v), uint64(t.crc)<<32|uint64(t.page), t.ckpt)
	}
	return words
}

// fullWords says everything; freed is what this checkpoint freed.
func (l *lists) fullWords(ckpt uint64, freed []extent) []uint64 {
	words := append([]uint64{word(wordBits, uint64(len(l.space.avail)))}, l.space.avail...)
	at := uint64(0)
	for _, p := range l.space.pending {
		if p.at != at {
			at = p.at
			words = append(words, word(wordAt, at))
		}
		words = append(words, extentWord(wordFreed, p.extent))
	}
	words = append(words, word(wordAt, ckpt))
	for _, e := range freed {
		words = append(words, extentWord(wordFreed, e))
	}
	return append(words, toFreeWords(l.toFree)...)
}

// readLists follows the chain from the newest group.
func (f *pages) readLists(m *metaPage) (*lists, error) {
	l := &lists{space: space{end: m.pages}}
	groups, err := f.readGroups(m, l)
	if err != nil {
		return nil, err
	}
	for k := len(groups) - 1; k >= 0; k-- {
		if err := l.play(groups[k], k == 0); err != nil {
			return nil, err
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
		if len(l.chain) > int(m.pages) {
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
		if buf[32]&1 != 0 && next.ckpt != r.ckpt { // the last page of a full group
			break
		}
		r = next
	}
	return groups, nil
}

// play applies a group; newest says whether its list of subtrees counts.
func (l *lists) play(g group, newest bool) error {
	bad := func(what string) error {
		return fmt.Errorf("%w: lists of checkpoint %d: %s", ErrDamaged, g.ckpt, what)
	}
	at := g.ckpt
	for k := 0; k < len(g.words); k++ {
		w := g.words[k]
		e := wordExtent(w)
		inside := e.page >= firstPage && e.n > 0 && uint64(e.page)+uint64(e.n) <= 1<<32
		switch w >> 56 {
		case wordFreed:
			if !inside {
				return bad("pages that can't be")
			}
			l.space.free(e, at)
		case wordTaken:
			if !inside || !l.takeAgain(e) {
				return bad("taken pages that were not free")
			}
		case wordBits:
			n := int(w & (1<<56 - 1))
			if n > len(g.words)-k-1 {
				return bad("cut off")
			}
			l.space.avail = append(l.space.avail[:0], g.words[k+1:k+1+n]...)
			l.space.recount()
			k += n
		case wordRipe:
			if !l.space.ripens(w & (1<<56 - 1)) {
				return bad("a page is free twice")
			}
		case wordAt:
			at = w & (1<<56 - 1)
		case wordToFree:
			if k+2 >= len(g.words) {
				return bad("cut off")
			}
			if newest {
				l.toFree = append(l.toFree, subtree{ref: ref{page: uint32(g.words[k+1]), crc: uint32(g.words[k+1] >> 32),
					ckpt: g.words[k+2]}, level: int(w & 0xff), overflow: w>>8&1 != 0})
			}
			k += 2
		default:
			return bad("a word of an unknown kind")
		}
	}
	return nil
}

// takeAgain repeats what a checkpoint took.
func (l *lists) takeAgain(e extent) bool {
	for p := e.page; p < e.page+e.n; p++ {
		if !l.space.has(p) {
			return false
		}
	}
	l.space.unset(e)
	return true
}

// recount counts the bits anew.
func (s *space) recount() {
	s.count, s.from = 0, 0
	for _, w := range s.avail {
		s.count += uint64(popcount(w))
	}
}
