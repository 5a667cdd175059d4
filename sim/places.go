package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// place is where a segment of a log durably holds a batch, or its own header.
type place struct {
	off, size int64
	number    uint64 // of a batch; 0: the header, in two copies
	entries   []core.Instance
	other     bool // has records that are no entries
	lost      bool // was damaged when the segment was compressed
}

// top is the highest instance in the place.
func (p *place) top() (top core.Instance) {
	for _, i := range p.entries {
		top = max(top, i)
	}
	return top
}

// segmentPlaces is what a segment holds, in the order of offsets.
type segmentPlaces struct {
	list    []place
	carried uint64 // batches through this one were written by the open
}

// place notes where a batch went that has become durable.
func (l *ledger) place(b *batch) {
	if l.places == nil {
		l.places = map[uint64]*segmentPlaces{}
	}
	s := l.places[b.segment]
	if s == nil {
		s = &segmentPlaces{}
		l.places[b.segment] = s
	}
	p := place{off: b.off, size: b.size, number: b.number}
	if b.header {
		s.carried = b.carried
	}
	for i := range b.records {
		if r := &b.records[i]; r.Kind == core.RecordAccepted {
			p.entries = append(p.entries, r.Instance)
		} else {
			p.other = true
		}
	}
	if k := len(s.list) - 1; k >= 0 && s.list[k].off+s.list[k].size <= p.off {
		s.list = append(s.list, p)
		return
	}
	s.list = slices.DeleteFunc(s.list, func(q place) bool { return q.off < p.off+p.size && p.off < q.off+q.size })
	s.list = append(s.list, p)
	slices.SortFunc(s.list, func(a, b place) int { return int(a.off - b.off) })
}

// unplace forgets a segment whose file is made anew.
func (l *ledger) unplace(segment uint64) { delete(l.places, segment) }

// segmentOf returns the number in the path of a segment, compressed or not.
func segmentOf(path string) (number uint64, tlx, ok bool) {
	name, found := strings.CutPrefix(path, logDir+"/")
	digits, tlx := strings.CutSuffix(name, ".tlx")
	if !tlx {
		digits, ok = strings.CutSuffix(name, ".tlog")
	}
	number, err := strconv.ParseUint(digits, 10, 63)
	return number, tlx, found && (tlx || ok) && err == nil
}

func segmentPath(number uint64) string    { return fmt.Sprintf("%s/%03d.tlog", logDir, number) }
func compressedPath(number uint64) string { return fmt.Sprintf("%s/%03d.tlx", logDir, number) }

// Files of a log directory whose bytes the budget knows, and how ID is laid out:
// two copies, a page each.
const (
	idPath   = logDir + "/ID"
	basePath = logDir + "/BASE"
	pageSize = 4096
)

// newestSegment returns what the durable ID says; 0 if no copy is intact.
func (n *node) newestSegment() uint64 {
	for _, off := range []int64{0, pageSize} {
		if b, err := n.disk.DurableBytes(idPath, off, pageSize); err == nil && len(b) == pageSize && n.disk.Intact(idPath, off, pageSize) {
			return le.Uint64(b[36:])
		}
	}
	return 0
}

// intact reports whether a place of a segment can be read, from either of its files.
func (n *node) intact(segment uint64, p *place) bool {
	return n.reader(segment)(p)
}

// reader returns intact for the places of one segment.
func (n *node) reader(segment uint64) func(*place) bool {
	if path := segmentPath(segment); n.hasFile(path) {
		return func(p *place) bool { return n.disk.Intact(path, p.off, p.size) }
	}
	path := compressedPath(segment)
	size, ok := n.disk.DurableSize(path)
	whole := ok && n.disk.Intact(path, 0, size)
	return func(p *place) bool { return whole && !p.lost }
}

func (n *node) hasFile(path string) bool {
	_, ok := n.disk.DurableSize(path)
	return ok
}

// inLog returns, by instance, whether the durable log holds an entry intact, in the
// segments that count.
func (n *node) inLog() []bool {
	held := make([]bool, n.ledger.last+1)
	newest := n.newestSegment()
	for _, segment := range slices.Sorted(maps.Keys(n.ledger.places)) {
		if segment > newest {
			break
		}
		s, intact := n.ledger.places[segment], n.reader(segment)
		for k := range s.list {
			p := &s.list[k]
			if len(p.entries) == 0 || !intact(p) {
				continue
			}
			for _, i := range p.entries {
				held[i] = true
			}
		}
	}
	return held
}

// cover returns the instance through which the durable store holds everything,
// whichever of its two checkpoints a start finds; 0 if it is absent or damaged.
func (n *node) cover() core.Instance {
	const metaPages, magic = 3, "ARKTREE\n"
	b, err := n.disk.DurableBytes(storePath, 0, 2*pageSize)
	if err != nil || !n.disk.Intact(storePath, 0, pageSize) && !n.disk.Intact(storePath, pageSize, pageSize) || !n.pagesIntact(metaPages) {
		return 0
	}
	cover, any := core.Instance(0), false
	for off := int64(0); off+pageSize <= int64(len(b)); off += pageSize {
		slot := b[off:]
		if string(slot[:8]) != magic || !n.disk.Intact(storePath, off, pageSize) || le.Uint64(slot[16:]) == 0 {
			continue
		}
		if applied := core.Instance(le.Uint64(slot[24:])); !any || applied < cover {
			cover, any = applied, true
		}
	}
	return cover
}

// pagesIntact reports whether nothing behind the first pages of the store was
// damaged.
func (n *node) pagesIntact(behind int64) bool {
	size := n.storeSize()
	return size <= behind*pageSize || n.disk.Intact(storePath, behind*pageSize, size-behind*pageSize)
}

func (n *node) storeSize() int64 {
	size, _ := n.disk.DurableSize(storePath)
	return size
}
