package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// The first two pages are the meta slots; the third is explained below. Checkpoints take turns with them; the
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
		return metaPage{}, fmt.Errorf("%w: version %d, this program reads %d; start the newer program", ErrNewer, le.Uint32(b[8:]), metaVersion)
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

// metas is what the first pages say.
type metas struct {
	slots [2]metaPage
	bad   [2]error
	size  int64 // of the file
	// highest is the number of the newest checkpoint that was ever begun here, as far
	// as one can see.
	highest uint64
	doubt   bool // the newest slot was dropped: nobody knows whether it was ever synced
}

// readMetas reads both slots, and how long the file is. It gives an error if neither
// slot can be used: the most telling one of the two.
//
// What is read may be in the system's memory only, and a sync that failed may have
// dropped what the newest meta rests on. So that one counts only if the word behind
// the slots says that its sync returned; else the one before it does, to which the
// log reaches back.
func readMetas(f disk.File) (m metas, err error) {
	if m.size, err = f.Size(); err != nil {
		return m, fmt.Errorf("tree: the file's size can't be read: %w", err)
	}
	buf := make([]byte, firstPage*PageSize)
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return m, fmt.Errorf("tree: the meta pages can't be read: %w", err)
	}
	for k := range m.slots {
		m.read(k, buf[min(k*PageSize, n):min((k+1)*PageSize, n)])
	}
	if err := m.unusable(); err != nil {
		return m, err
	}
	newest := newestOf(&m.slots)
	if m.slots[1-newest].ckpt != 0 && decodeWord(buf[2*PageSize:]) != m.slots[newest].ckpt {
		m.slots[newest], m.doubt = metaPage{}, true
	}
	return m, nil
}

func (m *metas) read(k int, page []byte) {
	s, err := decodeMeta(page)
	if err == nil && int64(s.pages)*PageSize > m.size {
		err = fmt.Errorf("%w: %d pages, the file has %d", ErrDamaged, s.pages, m.size/PageSize)
	}
	m.highest = max(m.highest, s.ckpt)
	if m.bad[k] = err; err == nil {
		m.slots[k] = s
	}
}

// unusable says why neither slot can be used, nil if one can.
func (m *metas) unusable() error {
	for _, err := range m.bad {
		if errors.Is(err, ErrNewer) {
			return err
		}
	}
	err := m.bad[0]
	if errors.Is(err, ErrForeign) && errors.Is(m.bad[1], ErrDamaged) {
		err = m.bad[1]
	}
	switch {
	case m.slots[0].ckpt != 0 || m.slots[1].ckpt != 0:
		return nil
	case errors.Is(err, ErrForeign):
		return fmt.Errorf("%w; check which file the configuration names, and move this one away", err)
	default:
		return fmt.Errorf("%w, in both slots", err)
	}
}

// The word of the last sync stands behind the slots: magic, number of the
// checkpoint whose sync has returned, CRC32C. It is written without a sync of its
// own: that it can be read at all is enough.
var wordMagic = []byte("ARKSYNC\n")

func encodeWord(ckpt uint64) []byte {
	b := make([]byte, PageSize)
	copy(b, wordMagic)
	le.PutUint64(b[8:], ckpt)
	le.PutUint32(b[16:], checksum(b[:16]))
	return b
}

func decodeWord(b []byte) uint64 {
	if !bytes.Equal(b[:8], wordMagic) || le.Uint32(b[16:]) != checksum(b[:16]) {
		return 0
	}
	return le.Uint64(b[8:])
}

// newestOf returns the slot that counts.
func newestOf(slots *[2]metaPage) int {
	if slots[1].ckpt > slots[0].ckpt {
		return 1
	}
	return 0
}
