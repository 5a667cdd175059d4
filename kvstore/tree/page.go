package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// PageSize is the unit of the file, in bytes.
const PageSize = 4096

// Every page but the two metas begins with the same header. Numbers are little
// endian. The checksum of a page stands in the pointer to it, not in the page: a
// page's own checksum can't see that an older, once valid page is there instead.
//
//	+0  kind u8 | +1 level u8 | +2 count u16 | +4 page number u32 | +8 checkpoint u64
//
// A leaf (level 0) and a branch (level 1 and up) go on with
//
//	+16 count offsets u16, ascending | cells, in the order of their keys, without gaps
//
// Runs stand in blob.go, pages of the lists in lists.go.
const headerSize = 16

// kind is what a page is.
type kind uint8

const (
	kindLeaf   kind = 1 + iota
	kindBranch      // pointers to pages one level below
	kindRun         // the first page of a run of a blob
	kindFree        // a page of the lists of what is free and what is to be freed
)

func (k kind) String() string {
	switch k {
	case kindLeaf:
		return "leaf"
	case kindBranch:
		return "branch"
	case kindRun:
		return "run"
	case kindFree:
		return "lists"
	default:
		return fmt.Sprintf("kind %d", uint8(k))
	}
}

// pageRoom is what cells and their offsets share in a leaf or branch, in bytes.
const pageRoom = PageSize - headerSize

// maxHeight bounds the levels. A branch holds at least seven children, so 2^32
// pages need no more than twelve.
const maxHeight = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

var le = binary.LittleEndian

// ref says where a page is and what it must look like.
type ref struct {
	page uint32 // 0: none
	crc  uint32
	ckpt uint64
}

func (r ref) put(b []byte) {
	le.PutUint32(b, r.page)
	le.PutUint32(b[4:], r.crc)
	le.PutUint64(b[8:], r.ckpt)
}

func getRef(b []byte) ref {
	return ref{page: le.Uint32(b), crc: le.Uint32(b[4:]), ckpt: le.Uint64(b[8:])}
}

// pointer is a ref to a leaf or branch with what is below it.
type pointer struct {
	ref
	keys     uint64 // less than 2^56
	overflow bool   // a leaf below refers to a blob
	sum      Digest
}

const pointerSize = 40

func (p pointer) put(b []byte) {
	p.ref.put(b)
	flags := p.keys << 8
	if p.overflow {
		flags |= 1
	}
	le.PutUint64(b[16:], flags)
	le.PutUint64(b[24:], p.sum.Hi)
	le.PutUint64(b[32:], p.sum.Lo)
}

func getPointer(b []byte) pointer {
	flags := le.Uint64(b[16:])
	return pointer{ref: getRef(b), keys: flags >> 8, overflow: flags&1 != 0,
		sum: Digest{Hi: le.Uint64(b[24:]), Lo: le.Uint64(b[32:])}}
}

// setHeader writes the header of a new page.
func setHeader(b []byte, k kind, level, count int, page uint32, ckpt uint64) {
	b[0], b[1] = byte(k), byte(level)
	le.PutUint16(b[2:], uint16(count))
	le.PutUint32(b[4:], page)
	le.PutUint64(b[8:], ckpt)
}

func pageCount(b []byte) int { return int(le.Uint16(b[2:])) }

// fits reports, with a reason, whether a page read from disk is the one that r
// means, and whether it is laid out as it must be. What fits can be searched
// without further checks.
func fits(b []byte, r ref, k kind, level int) error {
	if checksum(b) != r.crc {
		return fmt.Errorf("%w: page %d (%v): checksum differs from that in the pointer to it", ErrDamaged, r.page, k)
	}
	if kind(b[0]) != k || int(b[1]) != level || le.Uint32(b[4:]) != r.page || le.Uint64(b[8:]) != r.ckpt {
		return fmt.Errorf("%w: page %d is %v of level %d, says it is page %d of checkpoint %d, expected %v of level %d, checkpoint %d",
			ErrDamaged, r.page, kind(b[0]), b[1], le.Uint32(b[4:]), le.Uint64(b[8:]), k, level, r.ckpt)
	}
	if reason := layout(b, k); reason != "" {
		return fmt.Errorf("%w: page %d (%v): %s", ErrDamaged, r.page, k, reason)
	}
	return nil
}

// layout returns what is wrong with the inside of a page, empty if nothing.
func layout(b []byte, k kind) string {
	switch k {
	case kindLeaf:
		return layoutCells(b, leafCellLen)
	case kindBranch:
		return layoutCells(b, branchCellLen)
	case kindRun:
		return layoutRun(b)
	case kindFree:
		if pageCount(b) > chainWords {
			return fmt.Sprintf("%d words", pageCount(b))
		}
		return ""
	default:
		return "unknown kind"
	}
}

// layoutCells checks that cells follow each other without gaps and end in the page.
func layoutCells(b []byte, length func([]byte) int) string {
	n := pageCount(b)
	at := headerSize + 2*n
	if n == 0 || at > PageSize {
		return fmt.Sprintf("%d cells", n)
	}
	for i := range n {
		if int(le.Uint16(b[headerSize+2*i:])) != at {
			return fmt.Sprintf("cell %d is not where it must be", i)
		}
		size := length(b[at:])
		if size < 0 || at+size > PageSize {
			return fmt.Sprintf("cell %d is cut off, or of an unknown form", i)
		}
		at += size
	}
	return ""
}

// cellOffset is where cell i begins; i may be the count, then it is where the
// cells end.
func cellOffset(b []byte, i int) int {
	n := pageCount(b)
	if i < n {
		return int(le.Uint16(b[headerSize+2*i:]))
	}
	if n == 0 {
		return headerSize
	}
	last := int(le.Uint16(b[headerSize+2*(n-1):]))
	if kind(b[0]) == kindLeaf {
		return last + leafCellLen(b[last:])
	}
	return last + branchCellLen(b[last:])
}
