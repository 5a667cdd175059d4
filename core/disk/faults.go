package disk

import (
	"errors"
	"fmt"
	"strings"
)

// ErrSync is what an injected failure of a sync gives.
var ErrSync = errors.New("disk: input/output error in sync")

// faults are armed by the caller and strike by count, never by chance.
type faults struct {
	failIn  int // the failIn-th next mutation finds the node crashed; 0: none
	crashed bool
	syncIn  int // the syncIn-th next sync goes wrong; 0: none
	syncAs  SyncFault
	// syncLost chooses among the writes of that sync.
	syncLost func(Op) bool
	// lands says where the writes of that sync land, if it lies.
	lands func(Op) Landing
}

// read is asked before an operation that changes nothing.
func (f *faults) read() error {
	if f.crashed {
		return ErrCrashed
	}
	return nil
}

// mutate is asked, once, by every operation that may change something.
func (m *Mem) mutate() error {
	if m.faults.failIn > 0 {
		m.faults.failIn--
		m.faults.crashed = m.faults.failIn == 0
	}
	if m.faults.crashed {
		return ErrCrashed
	}
	m.counters.Mutations++
	return nil
}

// FailAfter lets the node crash: n more mutating operations (creates, renames,
// removals, writes, truncations, syncs) are carried out, then every operation
// gives ErrCrashed, until Crash or PowerLoss. A negative n disarms it.
func (m *Mem) FailAfter(n int) {
	m.faults.failIn = max(n+1, 0)
	m.faults.crashed = false
}

// Crashed reports whether FailAfter has struck.
func (m *Mem) Crashed() bool { return m.faults.crashed }

// sync counts a sync, of a file or of a directory, and says whether it is the one
// that goes wrong. Only those of files lie.
func (m *Mem) sync(file bool) (goesWrong bool) {
	m.counters.Syncs++
	if m.faults.syncIn > 0 && (file || m.faults.syncAs != SyncLies) {
		m.faults.syncIn--
		return m.faults.syncIn == 0
	}
	return false
}

// SetCapacity changes how many bytes the files may have together; 0 means no
// limit. Below what they have, whatever needs room gives ErrFull until there is
// some again.
func (m *Mem) SetCapacity(bytes int64) { m.capacity = bytes }

// Flip changes the bits of mask in one byte of a file, in the visible and the
// durable image: rot.
func (m *Mem) Flip(p string, off int64, mask byte) error {
	d, name, err := m.lookup(p)
	if err != nil {
		return err
	}
	n, ok := d.visible[name]
	if !ok || off < 0 || off >= n.visible.size {
		return fmt.Errorf("%w: byte %d of %s", ErrNotExist, off, p)
	}
	flip := func(b []byte) { b[0] ^= mask }
	n.visible.edit(off, 1, flip)
	if off < n.durable.size {
		n.durable.edit(off, 1, flip)
	}
	return nil
}

// base returns the name in a path that CheckPath likes.
func base(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// parent returns the directory of such a path.
func parent(p string) string {
	if k := strings.LastIndexByte(p, '/'); k >= 0 {
		return p[:k]
	}
	return "."
}
