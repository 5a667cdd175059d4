package tlog

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// The file BASE says which old segments were removed since the newest segment
// began; the header of every segment says it for the time before. It has two
// slots of two pages, written in turn, each page with a copy of the following,
// padded with zeros to 4096 bytes. The slot with the higher serial counts.
//
//	offset  size  field
//	     0     8  magic "ARKBASE\n"
//	     8     4  version of the format, 1
//	    12     4  CRC32C of bytes 16..63
//	    16    16  incarnation of the log directory
//	    32     8  serial, ascending
//	    40     8  the oldest segment that counts
//	    48     8  base instance: entries below it are void
//	    56     8  zeros
//
// It is written in place, so that a full disk can't keep a log from shrinking: a
// segment is removed when the slot that says so is synced, and not before. A BASE
// that is absent or unreadable therefore says that nothing was removed since the
// newest segment began. If something was, the segment that is missing tells.
const (
	baseName    = "BASE"
	baseMagic   = "ARKBASE\n"
	baseVersion = 1
	baseLen     = 64
	baseSlot    = 2 * pageBytes
	baseFile    = 2 * baseSlot
)

type baseMark struct {
	incarnation core.Incarnation
	serial      uint64
	oldest      uint64
	base        core.Instance
}

// encode returns a slot.
func (m *baseMark) encode() []byte {
	b := append([]byte{}, baseMagic...)
	b = le.AppendUint32(b, baseVersion)
	b = append(b, 0, 0, 0, 0)
	b = append(b, m.incarnation[:]...)
	b = le.AppendUint64(b, m.serial)
	b = le.AppendUint64(b, m.oldest)
	b = le.AppendUint64(b, uint64(m.base))
	b = append(b, make([]byte, baseLen-len(b))...)
	le.PutUint32(b[12:], crcOf(0, b[16:]))
	b = pad(b)
	return append(b, b...)
}

// offset returns the place of a slot in the file.
func (m *baseMark) offset() int64 { return int64(m.serial%2) * baseSlot }

// decodeBaseMark reads one page; false if it isn't a copy.
func decodeBaseMark(b []byte) (*baseMark, bool) {
	f := fields{b: b}
	magic, version, crc := f.take(8), f.u32(), f.u32()
	if len(b) < baseLen || string(magic) != baseMagic || version != baseVersion || crcOf(0, b[16:baseLen]) != crc {
		return nil, false
	}
	m := &baseMark{incarnation: f.incarnation(), serial: f.u64(), oldest: f.u64(), base: core.Instance(f.u64())}
	return m, m.oldest <= maxNumber && m.base <= maxInstance+1
}

// readBaseMark returns what BASE says; nil: nothing.
func readBaseMark(d disk.Disk, dir string, incarnation core.Incarnation) (*baseMark, error) {
	f, err := d.Open(join(dir, baseName))
	if errors.Is(err, disk.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer closeQuietly(f)
	b := make([]byte, baseFile)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var newest *baseMark
	for page := range slices.Chunk(b[:n], pageBytes) {
		m, ok := decodeBaseMark(page)
		if ok && m.incarnation == incarnation && (newest == nil || m.serial > newest.serial) {
			newest = m
		}
	}
	return newest, nil
}

// prepareBaseMark makes the file BASE where there is none, while there is room. On
// a full disk it is made when it is needed.
func (l *Log) prepareBaseMark(names []string) error {
	if slices.Contains(names, baseName) {
		m, err := readBaseMark(l.d, l.opts.Dir, l.w.id.incarnation)
		if m != nil {
			l.upkeep.serial = m.serial
		}
		return err
	}
	f, err := l.d.Create(join(l.opts.Dir, baseName))
	if err == nil {
		_, err = f.WriteAt(zeros[:baseFile], 0)
		if err2 := f.Close(); err == nil {
			err = err2
		}
	}
	if noSpace(err) {
		return nil
	}
	return err
}

// writeBaseMark makes durable that older segments don't count any more.
func writeBaseMark(d disk.Disk, dir string, m *baseMark) error {
	path := join(dir, baseName)
	f, err := d.Open(path)
	if errors.Is(err, disk.ErrNotExist) {
		f, err = d.Create(path)
	}
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(m.encode(), m.offset()); err == nil {
		err = failedSync(f.Sync())
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err == nil {
		err = failedSync(d.SyncDir(dir))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
