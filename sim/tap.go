package sim

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// tap is the disk as a process sees it: a memory disk on whose wire the ledger
// listens. It reads what is written to log segments by the boxes in core/tlog
// (batch.go, segment.go) with a reader of its own, so that a bug in tlog's reader
// can't hide itself; what a successful sync covered is durable from then on.
type tap struct {
	*disk.Mem
	n       *node
	written map[string][]batch // by path, not synced yet; never ranged over
	synced  []batch            // durable, not yet in the ledger
	err     error
	failed  bool // a sync did: from now on more may be durable than is known
}

func (n *node) tap() disk.Disk {
	n.wire = &tap{Mem: n.disk, n: n, written: map[string][]batch{}}
	return n.wire
}

// scan takes what has become durable into the ledger.
func (n *node) scan() (found *violation) {
	t := n.wire
	if t.err != nil {
		found = violated("K10", "n%d: %v", n.seat, t.err)
	}
	n.ledger.founded = false
	for i := range t.synced {
		found = earlier(found, n.ledger.add(&t.synced[i], n.w.checks.ghost))
	}
	t.synced = t.synced[:0]
	return found
}

// Open implements disk.Disk.
func (t *tap) Open(path string) (disk.File, error) {
	f, err := t.Mem.Open(path)
	return t.wrap(f, path), err
}

// Create implements disk.Disk.
func (t *tap) Create(path string) (disk.File, error) {
	f, err := t.Mem.Create(path)
	delete(t.written, path)
	if segment, _, ok := segmentOf(path); ok {
		t.n.ledger.unplace(segment)
	}
	return t.wrap(f, path), err
}

// Rename implements disk.Disk. A segment that takes its compressed form keeps what
// was wrong with it.
func (t *tap) Rename(oldPath, newPath string) error {
	if segment, tlx, ok := segmentOf(newPath); ok && tlx {
		if s := t.n.ledger.places[segment]; s != nil {
			for k := range s.list {
				p := &s.list[k]
				p.lost = !t.n.intact(segment, p)
			}
		}
	}
	return t.Mem.Rename(oldPath, newPath)
}

func (t *tap) wrap(f disk.File, path string) disk.File {
	if f == nil || !strings.HasSuffix(path, ".tlog") {
		return f
	}
	return &tapFile{File: f, t: t, path: path}
}

type tapFile struct {
	disk.File
	t    *tap
	path string
}

// WriteAt implements disk.File.
func (f *tapFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	if err != nil {
		return n, err
	}
	b, err := readWrite(p)
	if err != nil {
		f.t.err = fmt.Errorf("%s at %d: %w", f.path, off, err)
	} else if b != nil {
		b.segment, _, _ = segmentOf(f.path)
		b.off, b.size = off, int64(len(p))
		f.t.written[f.path] = append(f.t.written[f.path], *b)
	}
	return n, nil
}

// Sync implements disk.File.
func (f *tapFile) Sync() error {
	err := f.File.Sync()
	if f.t.failed = f.t.failed || err != nil; err == nil {
		f.t.synced = append(f.t.synced, f.t.written[f.path]...)
		delete(f.t.written, f.path)
	}
	return err
}

// readWrite reads what one write put into a segment: a batch, a header, or zeros.
func readWrite(p []byte) (*batch, error) {
	switch {
	case len(p) >= 8 && string(p[:8]) == "ARKTLOG\n":
		return readSegmentHeader(p)
	case len(p) >= 4 && string(p[:4]) == "BTCH":
		return readBatch(p)
	case len(p) == 0 || p[0] == 0:
		return nil, nil
	default:
		return nil, fmt.Errorf("%d bytes that are neither a batch nor a header", len(p))
	}
}

var le = binary.LittleEndian

func readBallot(p []byte) core.Ballot {
	return core.Ballot{Round: le.Uint64(p), Member: core.MemberID(le.Uint32(p[8:]))}
}

func readHard(p []byte) core.HardState {
	return core.HardState{Promised: readBallot(p), Commit: core.Instance(le.Uint64(p[12:])),
		LongestLease: time.Duration(le.Uint64(p[20:]))}
}

func readSegmentHeader(p []byte) (*batch, error) {
	const fixed = 145
	if len(p) < fixed {
		return nil, fmt.Errorf("a segment header of %d bytes", len(p))
	}
	b := &batch{hard: readHard(p[101:]), header: true}
	copy(b.incarnation[:], p[37:])
	b.carried = le.Uint64(p[85:])
	b.adopted = core.SeatSet(le.Uint64(p[129:]))
	if n := int(le.Uint32(p[141:])); n > 0 {
		if fixed+n > len(p) {
			return nil, fmt.Errorf("a genesis of %d bytes in a header of %d", n, len(p))
		}
		b.records = []core.Record{{Kind: core.RecordGenesis, Bytes: p[fixed : fixed+n]}}
	}
	return b, nil
}

func readBatch(p []byte) (*batch, error) {
	const fixed, entry = 78, 29
	if len(p) < fixed {
		return nil, fmt.Errorf("a batch of %d bytes", len(p))
	}
	b := &batch{hard: readHard(p[40:]), number: le.Uint64(p[28:])}
	n, body := int(p[76]), int64(le.Uint32(p[8:]))
	if fixed+n*entry > len(p) {
		return nil, fmt.Errorf("a table of %d records in %d bytes", n, len(p))
	}
	for i := range n {
		e := p[fixed+i*entry:]
		size := int64(le.Uint32(e[21:]))
		if body+size > int64(len(p)) {
			return nil, fmt.Errorf("record %d ends at %d of %d bytes", i, body+size, len(p))
		}
		// The log writes from a buffer that it uses again: what is kept is copied.
		bytes := append([]byte(nil), p[body:body+size]...)
		b.records = append(b.records, core.Record{Kind: core.RecordKind(e[0]), Instance: core.Instance(le.Uint64(e[1:])),
			Ballot: readBallot(e[9:]), Bytes: bytes})
		body += size
	}
	return b, nil
}
