package sim

import (
	"strings"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Loss of durable bytes (FAULTS 1.1, at rest): each class draws a file of the node
// and a place in it, the budget decides, and then a process may start at once on
// what is left, or much later.

// rotting is what a class of loss makes of a place in a file.
type rotting struct {
	make func(n *node, w *wound, id Identity) error
	// shape fills in the wound; false: the place won't do.
	shape func(w *wound, size int64) bool
}

var rottings = map[Fault]rotting{ // never ranged over
	FaultFlip: {make: func(n *node, w *wound, id Identity) error {
		mask := byte(1 << n.w.choose(id, DecideRotBit, evenly(8)))
		return n.disk.Damage(w.path, w.off, 1, func(b []byte) { b[0] ^= mask })
	}, shape: func(w *wound, _ int64) bool { w.size = 1; return true }},
	FaultZeroed: {make: func(n *node, w *wound, _ Identity) error {
		return n.disk.Damage(w.path, w.off, int(w.size), func(b []byte) { clear(b) })
	}, shape: func(w *wound, size int64) bool {
		w.off -= w.off % disk.SectorSize
		w.size = min(disk.SectorSize, size-w.off)
		return true
	}},
	FaultUnreadable: {make: func(n *node, w *wound, _ Identity) error { return n.disk.Unreadable(w.path, w.off) },
		shape: func(w *wound, _ int64) bool {
			w.size, w.unreadable = 1, true
			return true
		}},
	FaultCutShort: {make: func(n *node, w *wound, _ Identity) error { return n.disk.CutShort(w.path, w.off) },
		shape: func(w *wound, size int64) bool {
			w.short, w.size = true, size-w.off
			return w.size > 0
		}},
	FaultFileLost: {make: func(n *node, w *wound, _ Identity) error { return n.disk.Lose(w.path) },
		shape: func(w *wound, size int64) bool {
			w.gone, w.off, w.size = true, 0, size
			return true
		}},
}

// rotAs returns what a class does when its slot comes.
func rotAs(class Fault) func(*World, *node, int64) {
	return func(w *World, n *node, _ int64) {
		if w.opts.Rot > 0 {
			w.rot(class, n)
		}
	}
}

// rot makes one loss, where the budget allows it.
func (w *World) rot(class Fault, n *node) {
	n.wounds++
	id := Identity{A: n.id(), N: n.wounds}
	if w.choose(id, DecideRotIf, Odds{w.opts.Rot, 1}) == 0 || w.nemesis.away().Has(n.seat) {
		return
	}
	r := rottings[class]
	at, size, ok := n.placeToHurt(id)
	if !ok || !r.shape(&at, size) {
		return
	}
	if at.gone && n.gap != noGap {
		return // file by file it would lose all, which is another class
	}
	h := n.judge(&at)
	if h.hidden || !w.budget.allows(n, &h, id) {
		return
	}
	if err := r.make(n, &at, id); err != nil {
		return // something is pending there: another time
	}
	w.counts[class]++
	n.hurt, n.ledger.hurt = true, true
	w.line(n.id(), "%v at offset %d of %s", class, at.off, at.path)
	n.excuse(h.gap)
	n.meetIt(id)
}

// meetIt lets a new process find what is left, in half of the cases at once.
func (n *node) meetIt(id Identity) {
	switch n.w.choose(id, DecideRotThen, Odds{500_000, 2}) {
	case 1:
		n.w.restart(n)
	case 2:
		n.w.kill(true, n)
	default: // whenever it starts again
	}
}

// placeToHurt draws a file of the node and a place in it, the newest segment and the
// store as often as all else together.
func (n *node) placeToHurt(id Identity) (at wound, size int64, ok bool) {
	w := n.w
	files := n.disk.DurableFiles(logDir)
	store := disk.DurableFile{Path: storePath, Size: n.storeSize()}
	newest := store
	for _, f := range files {
		if f.Path == segmentPath(n.newestSegment()) {
			newest = f
		}
	}
	files = append(files, newest, newest, store, store)
	file := files[w.choose(id, DecideRotFile, evenly(len(files)))]
	if file.Size == 0 {
		return wound{}, 0, false
	}
	if off, aimed := n.aim(id, file); aimed {
		return wound{path: file.Path, off: off}, file.Size, true
	}
	return wound{path: file.Path, off: file.Size * int64(w.choose(id, DecideRotAt, evenly(rotSteps))) / rotSteps}, file.Size, true
}

// rotSteps is how many places in a file a decision can name.
const rotSteps = 1 << 16

// What an aimed wound hits: headers are small, so that a place drawn from the whole of a
// file would hardly ever be in one, and what they say decides how all else is read.
const (
	aimedHeader = 192 // bytes from the start of a batch: its header, if it has few records
	aimedWounds = 500_000
)

// aim draws a byte in the header of one of the batches that a segment durably holds, in
// half of the cases.
func (n *node) aim(id Identity, file disk.DurableFile) (off int64, aimed bool) {
	segment, tlx, ok := segmentOf(file.Path)
	if !ok || tlx || n.ledger.places[segment] == nil {
		return 0, false
	}
	c := n.w.choose(id, DecideRotAim, Odds{aimedWounds, rotSteps})
	list := n.ledger.places[segment].list
	if c == 0 || len(list) == 0 {
		return 0, false
	}
	at := list[(c-1)/aimedHeader%len(list)].off + int64((c-1)%aimedHeader)
	return at, at < file.Size
}

// lieAs returns what the classes do of which the node's next sync of a file of the log
// lies: what it writes lands nowhere, or elsewhere.
func lieAs(class Fault) func(*World, *node, int64) {
	return func(w *World, n *node, _ int64) {
		n.wounds++
		id := Identity{A: n.id(), N: n.wounds}
		if w.opts.Rot == 0 || !n.up || w.choose(id, DecideRotIf, Odds{w.opts.Rot, 1}) == 0 {
			return
		}
		if h := (harm{gap: gapRepair}); n.liedAt == nil && w.budget.allows(n, &h, id) {
			n.lieOnce(class, id)
		}
	}
}

// lieOnce arms the lie. Until something intact stands behind the batch that it is
// about, nothing could notice that it is missing, so until then the node keeps its
// memory (see gaps).
func (n *node) lieOnce(class Fault, id Identity) {
	w := n.w
	w.line(n.id(), "its next sync lies: %v", class)
	n.excuse(gapRepair)
	n.hurt, n.ledger.hurt, n.liedAt = true, true, &wound{}
	id.B = 2
	n.evictLater(id)
	id.B = 0
	at, _, ok := n.placeToHurt(id)
	at.off -= at.off % pageSize
	n.disk.LieOnSync(1, func(op disk.Op) disk.Landing {
		if n.liedAt.path == "" {
			*n.liedAt = wound{path: op.Path, off: op.Off}
			w.counts[class]++
		}
		if class == FaultPhantom || !ok {
			return disk.Landing{Kind: disk.Nowhere}
		}
		to := wound{path: at.path, off: at.off + op.Off - n.liedAt.off, size: int64(op.Len)}
		if h := n.judge(&to); h.hidden || strings.HasPrefix(op.Path, to.path) {
			return disk.Landing{Kind: disk.Nowhere}
		}
		return disk.Landing{Kind: disk.Elsewhere, Path: to.path, Off: to.off}
	})
}

// doubtful reports whether the newest batch may be missing, with nothing behind it
// that would tell.
func (n *node) doubtful() bool {
	if n.liedAt == nil || n.liedAt.path == "" {
		return false
	}
	segment, _, ok := segmentOf(n.liedAt.path)
	s := n.ledger.places[segment]
	if !ok || segment < n.newestSegment() {
		return false
	}
	return s == nil || len(s.list) == 0 || s.list[len(s.list)-1].off <= n.liedAt.off
}
