package tree

import (
	"fmt"
)

// A blob holds the bytes of one large value, or of what a long key has behind its
// first bytes. It is a list of runs, each a run of neighbouring pages. The first
// page of a run goes on behind its header (count is the number of pages) with
//
//	+16 next run 20 | +36 bytes of data u32 | +40 CRC32C of the other pages u32 | +44 data
//
// and the other pages hold data only. The checksum in the pointer covers the first
// page, so a blob can be freed without reading all of it. It is written from its
// end, since each run points to the one behind it.
const (
	runHead = 44
	// maxRun is the longest run in pages: 256 KiB.
	maxRun = 64

	blobRefSize = 20
)

// blobRef points to the first page of a run.
type blobRef struct {
	ref
	pages int  // in this run
	more  bool // another run follows
}

func (r blobRef) valid() bool { return r.page != 0 && r.pages > 0 && r.pages <= maxRun }

func (r blobRef) append(b []byte) []byte {
	var p [blobRefSize]byte
	r.put(p[:])
	le.PutUint16(p[16:], uint16(r.pages))
	if r.more {
		p[18] = 1
	}
	return append(b, p[:]...)
}

func getBlobRef(b []byte) blobRef {
	return blobRef{ref: getRef(b), pages: int(le.Uint16(b[16:])), more: b[18] != 0}
}

// runRoom is how many bytes of data a run of that many pages holds.
func runRoom(pages int) int { return pages*PageSize - runHead }

// runPages is how many pages, at most maxRun, the last run of n bytes should have.
func runPages(n int) int { return min((n+runHead+PageSize-1)/PageSize, maxRun) }

func layoutRun(b []byte) string {
	n, data := pageCount(b), le.Uint32(b[36:])
	if n < 1 || n > maxRun || data == 0 || int64(data) > int64(runRoom(n)) {
		return fmt.Sprintf("run of %d pages with %d bytes", n, data)
	}
	return ""
}

// run is the first page of a run, decoded.
type run struct {
	next blobRef
	data int // bytes of data in the run
	rest uint32
}

// fitsRun is fits for the first page of a run. Its length stands in the pointer
// and in the page.
func fitsRun(b []byte, r blobRef) (run, error) {
	if err := fits(b, r.ref, kindRun, 0); err != nil {
		return run{}, err
	}
	got := run{next: getBlobRef(b[16:]), data: int(le.Uint32(b[36:])), rest: le.Uint32(b[40:])}
	if pageCount(b) != r.pages || got.next.valid() != r.more {
		return run{}, fmt.Errorf("%w: page %d (run): %d pages, not what the pointer to it says", ErrDamaged, r.page, pageCount(b))
	}
	return got, nil
}

// readBlob returns size bytes of a blob from its start. ErrDamaged if it has
// fewer, or, with whole, more.
func (f *pages) readBlob(r blobRef, size int, whole bool) ([]byte, error) {
	first := r.page
	var out []byte
	buf := make([]byte, 0, r.pages*PageSize)
	for {
		buf = append(buf[:0], make([]byte, r.pages*PageSize)...)
		if err := f.readAt(buf, r.page); err != nil {
			return nil, err
		}
		got, err := fitsRun(buf[:PageSize], r)
		if err != nil {
			return nil, err
		}
		if checksum(buf[PageSize:]) != got.rest {
			return nil, fmt.Errorf("%w: page %d (run): checksum of its %d pages", ErrDamaged, r.page, r.pages)
		}
		if len(out)+got.data > maxEntry {
			return nil, fmt.Errorf("%w: page %d (run): endless", ErrDamaged, first)
		}
		out = append(out, buf[runHead:runHead+got.data]...)
		if len(out) >= size && !whole || !r.more {
			break
		}
		r = got.next
	}
	if len(out) < size || whole && len(out) != size {
		return nil, fmt.Errorf("%w: page %d (run): %d bytes, expected %d", ErrDamaged, first, len(out), size)
	}
	return out[:size], nil
}

// runsOf calls fn for every run of a blob, reading first pages only.
func (f *pages) runsOf(r blobRef, fn func(page uint32, pages int)) error {
	var buf [PageSize]byte
	for {
		fn(r.page, r.pages)
		if !r.more {
			return nil
		}
		if err := f.readAt(buf[:], r.page); err != nil {
			return err
		}
		got, err := fitsRun(buf[:], r)
		if err != nil {
			return err
		}
		r = got.next
	}
}

// blobWriter writes a blob, one run per call of next, from its end.
type blobWriter struct {
	head, body []byte // the data is both, one behind the other
	left       int    // bytes not written yet
	ref        blobRef
}

// newBlob writes what a long key has behind its first bytes, then the value.
func newBlob(key string, value []byte) *blobWriter {
	b := &blobWriter{body: value}
	if len(key) > maxInlineKey {
		b.head = []byte(key[maxInlineKey:])
	}
	b.left = len(b.head) + len(b.body)
	return b
}

// done reports whether ref is the whole blob.
func (b *blobWriter) done() bool { return b.left == 0 }

// next writes the run before the ones written so far.
func (b *blobWriter) next(w *writer) error {
	n := runPages(b.left)
	page := w.takeRun(n)
	data := min(b.left, runRoom(n))
	buf, err := w.room(page, n)
	if err != nil {
		return err
	}
	setHeader(buf, kindRun, 0, n, page, w.ckpt)
	if b.ref.page != 0 {
		copy(buf[16:], b.ref.append(nil))
	}
	le.PutUint32(buf[36:], uint32(data))
	b.copyTo(buf[runHead:], b.left-data, data)
	le.PutUint32(buf[40:], checksum(buf[PageSize:]))
	b.ref = blobRef{ref: ref{page: page, crc: checksum(buf[:PageSize]), ckpt: w.ckpt}, pages: n, more: b.ref.page != 0}
	b.left -= data
	return nil
}

// copyTo copies n bytes of the data from off on.
func (b *blobWriter) copyTo(dst []byte, off, n int) {
	if off < len(b.head) {
		k := copy(dst[:n], b.head[off:])
		dst, off, n = dst[k:], off+k, n-k
	}
	copy(dst[:n], b.body[max(off-len(b.head), 0):])
}
