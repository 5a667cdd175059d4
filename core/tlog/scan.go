package tlog

import (
	"errors"
	"fmt"
	"io"
)

// windowBytes is how much of a file is read at a time.
const windowBytes = 256 << 10

// source is where a segment's bytes come from: a file, or one that is read
// through its compression.
type source interface {
	ReadAt(p []byte, off int64) (int, error)
	Size() (int64, error)
	Close() error
}

// pager reads one file through a window, so that a walk over small batches
// costs few reads.
type pager struct {
	f     source
	size  int64
	start int64
	buf   []byte
}

func newPager(f source) (*pager, error) {
	size, err := f.Size()
	return &pager{f: f, size: size}, err
}

// at returns the n bytes at off, fewer at the end of the file. They are valid
// until the next call; n is at most windowBytes.
func (p *pager) at(off int64, n int) ([]byte, error) {
	n = int(max(min(int64(n), p.size-off), 0))
	if off < p.start || off+int64(n) > p.start+int64(len(p.buf)) {
		if err := p.fill(off); err != nil {
			return nil, err
		}
		n = min(n, len(p.buf))
	}
	return p.buf[off-p.start:][:n], nil
}

func (p *pager) fill(off int64) error {
	if p.buf == nil {
		p.buf = make([]byte, max(min(windowBytes, p.size), 1))
	}
	n, err := p.f.ReadAt(p.buf[:cap(p.buf)], off)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	p.start, p.buf = off, p.buf[:n]
	return nil
}

// scanner walks over the batches of one segment, from one offset to another.
type scanner struct {
	pg      *pager
	segment uint64
	salt    uint64
	off     int64
	end     int64
}

// found is what the scanner met: a batch whose header is intact, or (nil header)
// bytes that are none.
type found struct {
	off, end int64
	head     *batchHeader
	zero     bool // no header: only zeros
}

// next returns what stands at the scanner's place and moves behind it; false at
// the end. Behind bytes that are no header it resumes at the next page: a
// damaged length hides nothing.
func (s *scanner) next() (found, bool, error) {
	f := found{off: s.off, zero: true}
	for s.off < s.end {
		b, err := s.pg.at(s.off, maxBatchHeader)
		if err != nil {
			return f, false, err
		}
		head, err := decodeBatchHeader(b, s.salt, s.segment, s.off)
		switch {
		case err == nil && s.off > f.off:
			f.end = s.off
			return f, true, nil // the batch is found again at the next call
		case err == nil:
			s.off += head.size()
			return found{off: f.off, end: s.off, head: head}, true, nil
		}
		f.zero = f.zero && allZero(b[:min(pageBytes, len(b))])
		s.off += pageBytes
	}
	f.end = min(s.off, s.end)
	return f, f.end > f.off, nil
}

// inspect reads the bodies of a batch and returns the indexes of the records
// that are damaged; padding tells whether what lies behind them is.
func (s *scanner) inspect(f found) (bad []int, padding bool, err error) {
	off := f.off + f.head.length
	for i, e := range f.head.table {
		crc, err := s.sum(off, int64(e.length))
		if err != nil {
			return nil, false, err
		}
		if crc != e.crc {
			bad = append(bad, i)
		}
		off += int64(e.length)
	}
	b, err := s.pg.at(off, int(f.end-off))
	return bad, err == nil && (!allZero(b) || int64(len(b)) != f.end-off), err
}

// sum returns the salted CRC of n bytes, which may be more than a window.
func (s *scanner) sum(off, n int64) (uint32, error) {
	crc := salted(s.salt)
	for n > 0 {
		b, err := s.pg.at(off, int(min(n, windowBytes)))
		if err != nil {
			return 0, err
		}
		if len(b) == 0 {
			return ^crc, nil // the file ends too early
		}
		crc = crcOf(crc, b)
		off, n = off+int64(len(b)), n-int64(len(b))
	}
	return crc, nil
}

// body reads the bytes of record i of a batch into fresh memory.
func (s *scanner) body(f found, i int) ([]byte, error) {
	off := f.off + f.head.length
	for _, e := range f.head.table[:i] {
		off += int64(e.length)
	}
	return readBody(s.pg.f, s.salt, off, f.head.table[i])
}

// readBody reads one body and checks it.
func readBody(f source, salt uint64, off int64, e tableEntry) ([]byte, error) {
	b := make([]byte, e.length)
	if _, err := f.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if crcOf(salted(salt), b) != e.crc {
		return nil, fmt.Errorf("%w: the %d bytes of instance %d at offset %d have changed", ErrDamaged,
			e.length, e.instance, off)
	}
	return b, nil
}
