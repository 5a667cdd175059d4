package tlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// SegmentInfo describes one segment's file.
type SegmentInfo struct {
	Name        string
	Number      uint64
	Kind        string        // "tlog", or "tlx" if it is compressed
	Bytes       int64         // on the disk
	Length      int64         // uncompressed
	First, Last core.Instance // of the accepted entries; 0: none
	Entries     int
	Batches     int
	Base        core.Instance // what is below is void
	Follows     uint64        // 0: none
	Replaces    uint64        // 0: none
	Sealed      bool          // something behind its last entries shows that they were synced
	Counts      bool          // it is a part of the log; else the next start removes it
	// Damage says what can't be read, one sentence each.
	Damage []string

	torn string // a batch at the end that was never acknowledged, or is being written
}

// Ls describes the segments in dir, oldest first. It reads the headers of batches,
// and no bodies (Verify does). It takes no lock and changes nothing, so a segment
// that a running log removes meanwhile is left out.
func Ls(d disk.Disk, dir string) ([]SegmentInfo, error) {
	in, err := newInspection(d, dir)
	if err != nil {
		return nil, err
	}
	var list []SegmentInfo
	for _, number := range in.numbers {
		s, err := in.segment(number, false)
		if errors.Is(err, disk.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

// inspection is a look at a log from outside.
type inspection struct {
	d       disk.Disk
	dir     string
	id      *idFile // nil: absent or unreadable
	numbers []uint64
	chain   []uint64 // those that count, as far as it can be told
}

func newInspection(d disk.Disk, dir string) (*inspection, error) {
	in := &inspection{d: d, dir: dir}
	names, err := d.List(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if n, _, ok := segmentNumber(name); ok && !slices.Contains(in.numbers, n) {
			in.numbers = append(in.numbers, n)
		}
	}
	slices.Sort(in.numbers)
	if in.id, _, err = readID(d, dir); err != nil {
		in.id = nil // Verify says so
		return in, nil
	}
	mark, err := readBaseMark(d, dir, in.id.incarnation)
	if err != nil {
		return nil, err
	}
	oldest := uint64(1)
	if mark != nil {
		oldest = max(oldest, mark.oldest)
	}
	for n := in.id.newest; n >= oldest; {
		in.chain = append(in.chain, n)
		head := headerOf(d, dir, n)
		if head == nil {
			break
		}
		if n == in.id.newest {
			oldest = max(oldest, head.oldest)
		}
		n = head.prev
	}
	return in, nil
}

// headerOf returns the header of a segment; nil if it can't be read.
func headerOf(d disk.Disk, dir string, number uint64) *segmentHeader {
	f, err := openSource(d, dir, number)
	if err != nil {
		return nil
	}
	defer closeQuietly(f)
	head, err := readSegmentHeader(f)
	if err != nil {
		return nil
	}
	return &head.segmentHeader
}

// segment describes one segment; bodies are read if asked for. What is wrong with
// the segment is in its Damage; an error is the disk's, or says that it is gone.
func (in *inspection) segment(number uint64, bodies bool) (*SegmentInfo, error) {
	s := &SegmentInfo{Name: segmentName(number), Number: number, Kind: "tlog", Counts: slices.Contains(in.chain, number)}
	f, err := openSource(in.d, in.dir, number)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) {
		s.Name, s.Kind = compressedName(number), "tlx"
		s.Damage = append(s.Damage, err.Error())
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer closeQuietly(f)
	s.Name, s.Bytes = f.name, f.bytes
	if f.tlx {
		s.Kind = "tlx"
	}
	pg, err := newPager(f)
	if err != nil {
		return nil, err
	}
	s.Length = pg.size
	head, err := readSegmentHeader(f)
	if errors.Is(err, errSegment) || errors.Is(err, errNewerSegment) {
		s.Damage = append(s.Damage, fmt.Sprintf("header: %v, in both copies", err))
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.Follows, s.Replaces, s.Base = head.prev, head.replaced, max(head.base, 1)
	s.Damage = append(s.Damage, head.damage...)
	next := followerOf(in.d, in.dir, number)
	l := &lister{info: s}
	if err := walkOver(pg, head, next, l, bodies); err != nil {
		return nil, err
	}
	s.Sealed = l.empty || next != nil || head.carried >= l.last
	if c, ok := f.source.(*compressed); ok {
		s.Damage = append(s.Damage, c.damage...)
	}
	return s, nil
}

// lister is a visitor that adds up what a segment holds.
type lister struct {
	info  *SegmentInfo
	empty bool   // the last batch has no records
	last  uint64 // its number
}

// kept implements visitor.
func (l *lister) kept(_ *scanner, f found, bad []int, padding bool) error {
	s := l.info
	s.Batches++
	for i := range f.head.table {
		if e := &f.head.table[i]; e.kind == core.RecordAccepted {
			s.Entries++
			s.Last = max(s.Last, e.instance)
			if s.First == 0 || e.instance < s.First {
				s.First = e.instance
			}
		}
	}
	for _, i := range bad {
		l.damage("batch %d at offset %d: %v", f.head.number, f.off, &f.head.table[i])
	}
	if padding {
		l.damage("batch %d at offset %d: the padding has changed", f.head.number, f.off)
	}
	l.empty, l.last = len(f.head.table) == 0, f.head.number
	return nil
}

func (l *lister) damage(format string, args ...any) {
	l.info.Damage = append(l.info.Damage, fmt.Sprintf(format, args...))
}

// gone implements visitor.
func (l *lister) gone(number uint64, table []tableEntry) error {
	l.damage("batch %d can't be read; its %d records are known from the next header", number, len(table))
	return nil
}

// vanished implements visitor.
func (l *lister) vanished(number uint64) error {
	l.damage("batch %d can't be read, nor what it held", number)
	return nil
}

// torn implements visitor: it was never acknowledged, or is being written just now.
func (l *lister) torn(number uint64, off int64) error {
	l.info.torn = fmt.Sprintf("batch %d at offset %d", number, off)
	return nil
}
