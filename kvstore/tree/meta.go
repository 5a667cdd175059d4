package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// The first two pages are the meta slots. Checkpoints take turns with them; the
// one with the higher number counts, if its checksum is right.
//
//	+0  magic 8 | +8 version u32 | +12 flags u32 (1: installed) | +16 checkpoint u64 | +24 applied u64
//	+32 root pointer 40 | +72 height u32 | +76 pages u32 | +80 lists ref 16
//	+96 state length u32 | +100 state | … | +4092 CRC32C of all before
const (
	metaVersion = 1
	metaState   = 100
	metaCRC     = PageSize - 4

	// MaxState is the longest Meta.State, in bytes.
	MaxState = 2048
)

var metaMagic = []byte("ARKTREE\n")

// Meta says what a checkpoint is of.
type Meta struct {
	Applied   core.Instance // the instance after which this is the state
	Installed bool          // it came by a snapshot, not from the own log
	State     []byte        // the store's own bytes, at most MaxState
}

// metaPage is a decoded meta slot.
type metaPage struct {
	Meta
	ckpt   uint64 // 0: the slot is bad
	root   pointer
	height int
	pages  uint32
	lists  ref
}

func (m *metaPage) encode() []byte {
	if len(m.State) > MaxState {
		assertf("state of %d bytes", len(m.State))
	}
	b := make([]byte, PageSize)
	copy(b, metaMagic)
	le.PutUint32(b[8:], metaVersion)
	if m.Installed {
		le.PutUint32(b[12:], 1)
	}
	le.PutUint64(b[16:], m.ckpt)
	le.PutUint64(b[24:], uint64(m.Applied))
	m.root.put(b[32:])
	le.PutUint32(b[72:], uint32(m.height))
	le.PutUint32(b[76:], m.pages)
	m.lists.put(b[80:])
	le.PutUint32(b[96:], uint32(len(m.State)))
	copy(b[metaState:], m.State)
	le.PutUint32(b[metaCRC:], checksum(b[:metaCRC]))
	return b
}

// decodeMeta reads a slot. Foreign bytes give an error, never a panic.
func decodeMeta(b []byte) (metaPage, error) {
	if len(b) < PageSize {
		return metaPage{}, fmt.Errorf("%w: a meta page of %d bytes", ErrDamaged, len(b))
	}
	b = b[:PageSize]
	switch {
	case !bytes.Equal(b[:8], metaMagic):
		return metaPage{}, fmt.Errorf("%w: it does not begin like one", ErrForeign)
	case le.Uint32(b[metaCRC:]) != checksum(b[:metaCRC]):
		return metaPage{}, fmt.Errorf("%w: checksum of a meta page", ErrDamaged)
	case le.Uint32(b[8:]) != metaVersion:
		return metaPage{}, fmt.Errorf("%w: version %d, this program reads %d", ErrNewer, le.Uint32(b[8:]), metaVersion)
	}
	m := metaPage{ckpt: le.Uint64(b[16:]), root: getPointer(b[32:]), height: int(le.Uint32(b[72:])),
		pages: le.Uint32(b[76:]), lists: getRef(b[80:])}
	n := le.Uint32(b[96:])
	if m.ckpt == 0 || n > MaxState || m.pages < firstPage || m.height > maxHeight || (m.height == 0) != (m.root.page == 0) {
		return metaPage{}, fmt.Errorf("%w: a meta page that can't be", ErrDamaged)
	}
	m.Meta = Meta{Applied: core.Instance(le.Uint64(b[24:])), Installed: le.Uint32(b[12:])&1 != 0,
		State: bytes.Clone(b[metaState : metaState+n])}
	return m, nil
}

// readMetas reads both slots, and how long the file is. It gives an error if neither
// slot can be used: the most telling one of the two.
func readMetas(f disk.File) (slots [2]metaPage, bad [2]error, size int64, err error) {
	if size, err = f.Size(); err != nil {
		return slots, bad, 0, fmt.Errorf("tree: the file's size can't be read: %w", err)
	}
	buf := make([]byte, 2*PageSize)
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return slots, bad, 0, fmt.Errorf("tree: the meta pages can't be read: %w", err)
	}
	for k := range slots {
		at := min(k*PageSize, n)
		slots[k], bad[k] = decodeMeta(buf[at:min(at+PageSize, n)])
		if bad[k] == nil && int64(slots[k].pages)*PageSize > size {
			bad[k] = fmt.Errorf("%w: %d pages, the file has %d", ErrDamaged, slots[k].pages, size/PageSize)
			slots[k] = metaPage{}
		}
	}
	for k := range slots {
		if errors.Is(bad[k], ErrNewer) {
			return slots, bad, size, bad[k]
		}
	}
	switch {
	case slots[0].ckpt != 0 || slots[1].ckpt != 0:
		return slots, bad, size, nil
	case errors.Is(bad[0], ErrForeign) && errors.Is(bad[1], ErrDamaged):
		return slots, bad, size, bad[1]
	default:
		return slots, bad, size, bad[0]
	}
}

// newestOf returns the slot that counts.
func newestOf(slots *[2]metaPage) int {
	if slots[1].ckpt > slots[0].ckpt {
		return 1
	}
	return 0
}
