package tlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// pageBytes is the unit of the files, in bytes: batches and headers begin at its
// multiples, so no sector ever holds parts of two of them.
const pageBytes = 4096

// Everything in the files is little endian. Strings are a u16 length and bytes.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// salted returns the CRC32C to begin with: that of the salt's eight bytes. So
// stale bytes of another segment, whatever its number, don't pass.
func salted(salt uint64) uint32 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], salt)
	return crc32.Checksum(b[:], castagnoli)
}

func crcOf(begin uint32, b []byte) uint32 { return crc32.Update(begin, castagnoli, b) }

// padded returns n rounded up to whole pages.
func padded(n int64) int64 { return (n + pageBytes - 1) / pageBytes * pageBytes }

// pad appends zeros up to a whole page.
func pad(b []byte) []byte {
	n := int(padded(int64(len(b)))) - len(b)
	return append(b, zeros[:n]...)
}

var zeros [64 << 10]byte

func allZero(b []byte) bool {
	for len(b) > 0 {
		n := min(len(b), len(zeros))
		if !bytes.Equal(b[:n], zeros[:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// fields reads foreign bytes. The first field that isn't there sets bad, and all
// later ones are zero: callers ask once, at the end.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if f.bad || n < 0 || n > len(f.b) {
		f.bad = true
		return nil
	}
	p := f.b[:n:n]
	f.b = f.b[n:]
	return p
}

func (f *fields) u8() byte {
	if p := f.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (f *fields) u16() uint16 {
	if p := f.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (f *fields) u32() uint32 {
	if p := f.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (f *fields) u64() uint64 {
	if p := f.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (f *fields) str() string { return string(f.take(int(f.u16()))) }

func (f *fields) incarnation() (i core.Incarnation) {
	copy(i[:], f.take(len(i)))
	return i
}

func (f *fields) ballot() core.Ballot {
	return core.Ballot{Round: f.u64(), Member: core.MemberID(f.u32())}
}

func (f *fields) hardState() core.HardState {
	return core.HardState{Promised: f.ballot(), Commit: core.Instance(f.u64()),
		LongestLease: time.Duration(f.u64())}
}

var le = binary.LittleEndian

func appendStr(dst []byte, s string) []byte {
	return append(le.AppendUint16(dst, uint16(len(s))), s...)
}

func appendBallot(dst []byte, b core.Ballot) []byte {
	return le.AppendUint32(le.AppendUint64(dst, b.Round), uint32(b.Member))
}

func appendHardState(dst []byte, s core.HardState) []byte {
	dst = appendBallot(dst, s.Promised)
	dst = le.AppendUint64(dst, uint64(s.Commit))
	return le.AppendUint64(dst, uint64(s.LongestLease))
}

// saneState reports whether a decoded state is one that we could have written.
func saneState(s core.HardState) bool {
	return s.Commit <= maxInstance && s.LongestLease >= 0
}
