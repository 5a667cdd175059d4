package tlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Dump prints the log in dir for people, one line per batch and per record. It
// judges damage as an open would, works on damaged logs, takes no lock and
// changes nothing. On a log in use it shows what has been written so far.
func Dump(w io.Writer, d disk.Disk, dir string) error {
	p := &printer{w: w}
	newest := uint64(0)
	switch id, damage, err := readID(d, dir); {
	case errors.Is(err, disk.ErrNotExist):
		p.line("ID      absent")
	case err != nil:
		p.line("ID      %v", err)
	default:
		newest = id.newest
		p.line("ID      cluster=%q node=%q incarnation=%v newest=%s", id.cluster, id.node, id.incarnation, segmentName(id.newest))
		p.damage(damage)
	}
	names, err := d.List(dir)
	if err != nil {
		return err
	}
	last := uint64(0)
	for _, name := range names {
		number, _, ok := segmentNumber(name)
		if !ok || number == last {
			continue
		}
		last = number
		if err := p.segment(d, dir, number, newest); err != nil {
			return err
		}
	}
	return p.err
}

// printer writes lines until the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) damage(what string) {
	if what != "" {
		p.line("        DAMAGED %s", what)
	}
}

func (p *printer) segment(d disk.Disk, dir string, number, newest uint64) error {
	f, err := openSource(d, dir, number)
	switch {
	case errors.Is(err, disk.ErrNotExist):
		return nil // a running log removed it
	case errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer):
		p.line("%s DAMAGED %v", compressedName(number), err)
		return nil
	case err != nil:
		return err
	}
	defer closeQuietly(f)
	pg, err := newPager(f)
	if err != nil {
		return err
	}
	head, err := readSegmentHeader(f)
	if errors.Is(err, errSegment) || errors.Is(err, errNewerSegment) {
		p.line("%s DAMAGED %v (%d bytes)", f.name, err, pg.size)
		return nil
	}
	if err != nil {
		return err
	}
	p.header(f, head, pg.size, number > newest)
	err = walk(pg, head, followerOf(d, dir, head.number), p)
	if c, ok := f.source.(*compressed); ok {
		for _, what := range c.damage {
			p.damage(what)
		}
	}
	return err
}

// followerOf returns the header of the segment that follows one, if it can be
// found right behind it; nil otherwise.
func followerOf(d disk.Disk, dir string, number uint64) *segmentHeader {
	names, err := d.List(dir)
	if err != nil {
		return nil
	}
	for _, name := range names {
		n, _, ok := segmentNumber(name)
		if !ok || n <= number {
			continue
		}
		f, err := openSource(d, dir, n)
		if err != nil {
			continue
		}
		head, err := readSegmentHeader(f)
		closeQuietly(f)
		if err == nil && head.prev == number {
			return &head.segmentHeader
		}
	}
	return nil
}

func (p *printer) header(f *openedSource, h *headFound, size int64, uncounted bool) {
	how := "first"
	switch {
	case h.replaced != 0:
		how = fmt.Sprintf("replaces %s, batches %d..%d", segmentName(h.replaced), h.first, h.carried)
	case h.prev != 0:
		how = fmt.Sprintf("follows %s, which ends with batch %d", segmentName(h.prev), h.prevLast)
	}
	if h.replaced != 0 && h.prev != 0 {
		how += fmt.Sprintf("; follows %s through batch %d", segmentName(h.prev), h.prevLast)
	}
	p.line("%s %s; %s genesis=%dB adopted=%#x bytes=%d", f.name, how, stateString(h.state),
		len(h.genesis), uint64(h.adopted), size)
	if f.tlx {
		p.line("        compressed to %d bytes", f.bytes)
	}
	if h.base > 1 || len(h.setting) > 0 {
		p.line("        base=%d oldest=%s setting=%dB", h.base, segmentName(h.oldest), len(h.setting))
	}
	if uncounted {
		p.line("        ID does not name it yet: an open ignores it")
	}
	for _, d := range h.damage {
		p.damage(d)
	}
}

func stateString(s core.HardState) string {
	return fmt.Sprintf("promised=%v commit=%d lease=%v", s.Promised, s.Commit, s.LongestLease)
}

// kept implements visitor.
func (p *printer) kept(_ *scanner, f found, bad []int, padding bool) error {
	h := f.head
	word := "batch"
	if len(h.table) == 0 {
		word = "empty"
	}
	p.line("  %s %d at %d: records=%d bytes=%d %s", word, h.number, f.off, len(h.table), h.bodies, stateString(h.state))
	if padding {
		p.damage("the padding has changed")
	}
	for i := range h.table {
		state := ""
		if len(bad) > 0 && bad[0] == i {
			state, bad = " DAMAGED", bad[1:]
		}
		p.line("    %v%s", &h.table[i], state)
	}
	return p.err
}

// String prints an entry of a record table for people.
func (e *tableEntry) String() string {
	switch e.kind {
	case core.RecordAccepted:
		return fmt.Sprintf("accepted i=%d ballot=%v bytes=%d crc=%08x", e.instance, e.ballot, e.length, e.crc)
	case core.RecordGenesis:
		return fmt.Sprintf("genesis bytes=%d crc=%08x", e.length, e.crc)
	case core.RecordAdopted:
		return fmt.Sprintf("adopted bytes=%d crc=%08x", e.length, e.crc)
	case core.RecordSetting:
		return fmt.Sprintf("setting bytes=%d crc=%08x", e.length, e.crc)
	case recordUnknown:
		return fmt.Sprintf("unknown i=%d ballot=%v: damage took it", e.instance, e.ballot)
	case recordLost:
		return fmt.Sprintf("lost: damage may have taken anything above i=%d", e.instance)
	default:
		return fmt.Sprintf("kind=%d", e.kind)
	}
}

// gone implements visitor.
func (p *printer) gone(number uint64, table []tableEntry) error {
	p.line("  batch %d DAMAGED, its records as the next header names them:", number)
	for i := range table {
		p.line("    %v DAMAGED", &table[i])
	}
	return p.err
}

// vanished implements visitor.
func (p *printer) vanished(number uint64) error {
	p.line("  batch %d DAMAGED, nothing is known of its records", number)
	return p.err
}

// torn implements visitor.
func (p *printer) torn(number uint64, off int64) error {
	p.line("  batch %d at %d torn: never acknowledged, an open cuts it", number, off)
	return p.err
}
