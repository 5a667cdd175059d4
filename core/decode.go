package core

import "encoding/binary"

// decoder reads little-endian fields from foreign bytes. The first field that
// is not there sets failed; every later read gives zeros, so callers check once.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) take(n int) []byte {
	if d.failed || n < 0 || n > len(d.b) {
		d.failed = true
		return nil
	}
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) u8() byte {
	if p := d.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (d *decoder) bool() bool { return d.u8() != 0 }

func (d *decoder) u16() uint16 {
	if p := d.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (d *decoder) u32() uint32 {
	if p := d.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if p := d.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (d *decoder) string() string { return string(d.take(int(d.u16()))) }

func (d *decoder) incarnation() (i Incarnation) {
	copy(i[:], d.take(len(i)))
	return i
}

func (d *decoder) ballot() Ballot {
	return Ballot{Round: d.u64(), Member: MemberID(d.u32())}
}

func (d *decoder) value() Value {
	n := d.u32()
	if n > MaxValueBytes {
		d.failed = true
		return nil
	}
	return Value(d.take(int(n)))
}

func appendString(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...)
}

func appendBallot(dst []byte, b Ballot) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, b.Round)
	return binary.LittleEndian.AppendUint32(dst, uint32(b.Member))
}

func appendValue(dst []byte, v Value) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
	return append(dst, v...)
}
