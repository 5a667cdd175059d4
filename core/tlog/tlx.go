package tlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// A compressed segment is a file NNN.tlx. It stands for the bytes of NNN.tlog:
// whoever reads it sees those, at the offsets that they had, with all their
// checksums. It holds a header twice, each copy padded with zeros to a multiple
// of 4096, and then the frames, back to back. A copy of the header is
//
//	offset  size  field
//	     0     8  magic "ARKTLX2\n"
//	     8     4  version of the format, 1
//	    12     4  CRC32C of bytes 16..H-1
//	    16     4  H, the length of this copy
//	    20     1  which copy: 1 or 2
//	    21     8  number of the segment
//	    29     8  length of the segment, uncompressed
//	    37     4  B, length of the segment's own header, both copies
//	    41     4  c, length of that, compressed
//	    45     4  n, number of frames
//	    49   8·n  for each frame: its length (u32), and its CRC32C (u32), begun
//	              with the number of the segment
//	     …     c  the segment's own header, compressed
//	     H     …  zeros
//
// Frame k (from 0) is the segment's bytes B+k·2^20 and on, 2^20 of them (the last
// frame: what is left), compressed on its own, so that a read needs one or two. The
// compression is S2's block format.
//
// A frame that fails its checksum is never decompressed. It reads as zeros, which
// the checksums of the batches take for what they are: damage.
const (
	compressedMagic   = "ARKTLX2\n"
	compressedVersion = 1
	compressedFixed   = 49
	frameBytes        = 1 << 20
	maxFrames         = 1 << 14
	maxOwnHeader      = 2 * (maxSegmentHead + pageBytes) // the segment's, both copies
	// maxCompressedHead is far above any header of ours.
	maxCompressedHead = compressedFixed + 8*maxFrames + 2*maxOwnHeader
)

// frame says where a frame is.
type frame struct {
	off    int64
	length uint32
	crc    uint32
}

// compressedHead is what both copies of the header say.
type compressedHead struct {
	number uint64
	raw    int64  // length of the segment
	own    []byte // the segment's own header
	frames []frame
}

// frameCount returns how many frames a segment of raw bytes has behind its header.
func frameCount(raw, own int64) int64 { return (raw - own + frameBytes - 1) / frameBytes }

// length returns how many bytes the uncompressed frame k has.
func (h *compressedHead) length(k int) int {
	return int(min(h.raw-int64(len(h.own))-int64(k)*frameBytes, frameBytes))
}

// encode returns both copies, padded.
func (h *compressedHead) encode() []byte {
	own := s2.Encode(nil, h.own)
	return append(h.encodeCopy(1, own), h.encodeCopy(2, own)...)
}

func (h *compressedHead) encodeCopy(which byte, own []byte) []byte {
	b := append(compressedForm.begin(), which)
	b = le.AppendUint64(le.AppendUint64(b, h.number), uint64(h.raw))
	for _, n := range []int{len(h.own), len(own), len(h.frames)} {
		b = le.AppendUint32(b, uint32(n))
	}
	for _, f := range h.frames {
		b = le.AppendUint32(le.AppendUint32(b, f.length), f.crc)
	}
	b = append(b, own...)
	return compressedForm.end(b)
}

var compressedForm = head{magic: compressedMagic, version: compressedVersion, fixed: compressedFixed,
	max: maxCompressedHead, none: errSegment}

// decodeCompressedHead reads one copy; size is its padded length. Its errors are
// those of a segment's header.
func decodeCompressedHead(b []byte, which byte) (h *compressedHead, size int64, err error) {
	h, packed, size, err := checkCompressedHead(b, which)
	if err != nil {
		return nil, 0, err
	}
	if h.own, err = s2.Decode(nil, packed); err != nil {
		return nil, 0, fmt.Errorf("%w: the segment's own: %w", errSegment, err)
	}
	return h, size, nil
}

// checkCompressedHead reads one copy, but doesn't unpack the segment's own header: the
// checksum vouches for it.
func checkCompressedHead(b []byte, which byte) (h *compressedHead, packed []byte, size int64, err error) {
	f, length, _, err := compressedForm.open(b)
	if err == nil {
		err = f.copyNumber(which)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	h = &compressedHead{number: f.u64(), raw: int64(f.u64())}
	own, inFile, n := int64(f.u32()), int(f.u32()), int64(f.u32())
	size = padded(int64(length))
	if own > maxOwnHeader || h.raw < own || h.raw > maxFrames*frameBytes || n != frameCount(h.raw, own) || n*8 > int64(len(f.b)) {
		return nil, nil, 0, fmt.Errorf("%w: %d frames for %d bytes behind %d", errSegment, n, h.raw, own)
	}
	off := 2 * size
	h.frames = make([]frame, n)
	for k := range h.frames {
		h.frames[k] = frame{off, f.u32(), f.u32()}
		off += int64(h.frames[k].length)
	}
	packed = f.take(inFile)
	if got, err := s2.DecodedLen(packed); f.bad || len(f.b) != 0 || err != nil || int64(got) != own {
		return nil, nil, 0, fmt.Errorf("%w: the segment's own", errSegment)
	}
	return h, packed, size, nil
}

// compressed is a compressed segment that is read.
type compressed struct {
	*compressedHead
	f      disk.File
	bytes  int64
	damage []string // found so far
	at     int      // frame in buf; -1: none
	buf    []byte
	packed []byte
}

// openCompressed reads the header of a compressed segment. It takes the file over.
func openCompressed(f disk.File) (*compressed, error) {
	c := &compressed{f: f, at: -1}
	err := c.readHead()
	if err != nil {
		closeQuietly(f)
		return nil, err
	}
	return c, nil
}

func (c *compressed) readHead() (err error) {
	if c.bytes, err = c.f.Size(); err != nil {
		return err
	}
	b := make([]byte, min(c.bytes, 4*pageBytes))
	for {
		n, err := c.f.ReadAt(b, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		one, size, err1 := decodeCompressedHead(b[:n], 1)
		if err1 == nil {
			c.compressedHead = one
			if _, _, _, err2 := checkCompressedHead(b[min(size, int64(n)):n], 2); err2 == nil || int64(n) >= min(2*size, c.bytes) {
				if err2 != nil {
					c.damage = append(c.damage, fmt.Sprintf("second copy of the compressed header: %v", err2))
				}
				return nil
			}
		}
		for at := int64(pageBytes); err1 != nil && at+pageBytes <= int64(n); at += pageBytes {
			if two, size, err := decodeCompressedHead(b[at:n], 2); err == nil && size == at {
				c.compressedHead = two
				c.damage = append(c.damage, fmt.Sprintf("first copy of the compressed header: %v", err1))
				return nil
			}
		}
		if int64(len(b)) >= min(c.bytes, 2*(maxCompressedHead+pageBytes)) {
			return err1
		}
		b = make([]byte, min(c.bytes, int64(len(b))*8))
	}
}

// Size implements source: the uncompressed length.
func (c *compressed) Size() (int64, error) { return c.raw, nil }

// Close implements source.
func (c *compressed) Close() error { return c.f.Close() }

// ReadAt implements source.
func (c *compressed) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < c.raw {
		from := c.own
		if own := int64(len(c.own)); off >= own {
			k := (off - own) / frameBytes
			if err := c.load(int(k)); err != nil {
				return n, err
			}
			from = c.buf[off-own-k*frameBytes:]
		} else {
			from = from[off:]
		}
		m := copy(p[n:], from)
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// load brings frame k into buf: zeros where it is damaged.
func (c *compressed) load(k int) error {
	if c.at == k {
		return nil
	}
	c.at = -1
	f, length := c.frames[k], c.length(k)
	if cap(c.buf) < length {
		c.buf = make([]byte, length) // a small segment has one small frame
	}
	c.buf = c.buf[:length]
	ok := int(f.length) <= s2.MaxEncodedLen(frameBytes)
	if ok {
		c.packed = append(c.packed[:0], make([]byte, f.length)...)
		if _, err := c.f.ReadAt(c.packed, f.off); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		got, err := s2.DecodedLen(c.packed)
		ok = crcOf(salted(c.number), c.packed) == f.crc && err == nil && got == length
	}
	if ok {
		_, err := s2.Decode(c.buf, c.packed)
		ok = err == nil
	}
	if !ok {
		clear(c.buf)
		c.damage = append(c.damage, fmt.Sprintf("frame %d at offset %d, %d bytes: checksum", k, f.off, f.length))
	}
	c.at = k
	return nil
}

// openedSource is a segment's file, compressed or not.
type openedSource struct {
	source
	name  string
	tlx   bool
	bytes int64 // on the disk
}

// openSource opens a segment. While a running log compresses it, both files are
// there or the compressed one is. disk.ErrNotExist if neither is.
func openSource(d disk.Disk, dir string, number uint64) (*openedSource, error) {
	name := segmentName(number)
	f, err := d.Open(join(dir, name))
	if errors.Is(err, disk.ErrNotExist) {
		name = compressedName(number)
		if f, err = d.Open(join(dir, name)); err != nil {
			return nil, err
		}
		c, err := openCompressed(f)
		switch {
		case errors.Is(err, errNewerSegment):
			return nil, newerf("%s: %v; use the newer software", join(dir, name), err)
		case errors.Is(err, errSegment):
			return nil, damagedf("%s: %v, in both copies; wipe the directory and let the node join again as a new one", join(dir, name), err)
		case err != nil:
			return nil, err
		}
		return &openedSource{c, name, true, c.bytes}, nil
	}
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		closeQuietly(f)
		return nil, err
	}
	return &openedSource{f, name, false, size}, nil
}
