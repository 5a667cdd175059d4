package tlog

import "fmt"

// head is how ID and the headers of segments begin:
//
//	magic 8 | version u32 | CRC32C of all from +16 on u32 | +16 length u32 | fields …
type head struct {
	magic      string
	version    uint32
	fixed, max uint32 // the least and the greatest length, in bytes
	none       error  // wrapped where it isn't one
}

// headFields is where the fields of a head begin.
const headFields = 20

// begin returns the bytes before the fields, with room for checksum and length.
func (h head) begin() []byte {
	b := le.AppendUint32([]byte(h.magic), h.version)
	return append(b, make([]byte, headFields-len(b))...)
}

// end fills in length and checksum, and pads.
func (h head) end(b []byte) []byte {
	le.PutUint32(b[16:], uint32(len(b)))
	le.PutUint32(b[12:], crcOf(0, b[16:]))
	return pad(b)
}

// open checks the beginning of b, and returns the fields, the length of the whole,
// and its version.
func (h head) open(b []byte) (f fields, length, version uint32, err error) {
	f = fields{b: b}
	magic, version, crc, length := f.take(8), f.u32(), f.u32(), f.u32()
	switch {
	case f.bad || string(magic) != h.magic:
		return f, 0, 0, h.none
	case version > h.version:
		return f, 0, 0, fmt.Errorf("%w: version %d", errNewerSegment, version)
	case length < h.fixed || length > h.max || int(length) > len(b):
		return f, 0, 0, fmt.Errorf("%w: %d bytes", h.none, length)
	case version == 0 || crcOf(0, b[16:length]) != crc:
		return f, 0, 0, fmt.Errorf("%w: checksum", h.none)
	}
	return fields{b: b[headFields:length]}, length, version, nil
}

// copyNumber reads which of the two copies this is.
func (f *fields) copyNumber(which byte) error {
	if got := f.u8(); got != which {
		return fmt.Errorf("%w: copy %d where copy %d belongs", errSegment, got, which)
	}
	return nil
}
