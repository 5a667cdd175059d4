package realnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A frame is what one node writes to another. All integers are little endian.
//
//	+------------+------------+------------+----------------------+
//	| length u32 | CRC32C u32 | version u8 | (size u32, message)* |
//	+------------+------------+------------+----------------------+
//	               \_ of length, version and messages
//
// length counts what follows the CRC. The messages of a frame are envelopes in
// core's encoding; in a handshake (version 0) there is one, see handshake.go.
const (
	frameHeader     = 8
	maxFrame        = 64 << 20 // bytes behind the CRC
	softFrame       = 4 << 20  // a frame this long takes no further message
	frameHandshake  = 0        // version byte of a handshake
	protocolVersion = 1        // version byte of everything else; the newest spoken
	protocolOldest  = 1        // the oldest spoken
)

// What can be wrong with a peer's bytes; test with errors.Is.
var (
	errFrameLength  = errors.New("frame length")
	errFrameCRC     = errors.New("frame checksum")
	errFrameVersion = errors.New("frame version")
	errFrameMessage = errors.New("frame message")
	errFrameAddress = errors.New("frame addressed wrongly")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// beginFrame appends an empty frame; endFrame completes the one at start.
func beginFrame(dst []byte, version byte) []byte {
	return append(dst, 0, 0, 0, 0, 0, 0, 0, 0, version)
}

func endFrame(b []byte, start int) {
	f := b[start:]
	binary.LittleEndian.PutUint32(f, uint32(len(f)-frameHeader))
	binary.LittleEndian.PutUint32(f[4:], frameCRC(f[:4], f[frameHeader:]))
}

// appendMessage appends one message with its size to the frame being built.
func appendMessage(dst []byte, encode func([]byte) []byte) []byte {
	at := len(dst)
	dst = encode(append(dst, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func frameCRC(length, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, body)
}

// frameSize returns how many bytes follow a frame's header.
func frameSize(header []byte, limit int) (int, error) {
	n := binary.LittleEndian.Uint32(header)
	if n < 1 || int64(n) > int64(limit) {
		return 0, fmt.Errorf("%w: %d bytes, 1 to %d are allowed", errFrameLength, n, limit)
	}
	return int(n), nil
}

// openFrame checks a frame's body against its header and returns its messages,
// still with their sizes.
func openFrame(header, body []byte, version byte) ([]byte, error) {
	want := binary.LittleEndian.Uint32(header[4:])
	if got := frameCRC(header[:4], body); got != want {
		return nil, fmt.Errorf("%w: %08x, computed %08x", errFrameCRC, want, got)
	}
	if body[0] != version {
		return nil, fmt.Errorf("%w: %d, agreed on %d", errFrameVersion, body[0], version)
	}
	return body[1:], nil
}

// nextMessage cuts the first message off.
func nextMessage(b []byte) (msg, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("%w: %d bytes behind the last", errFrameMessage, len(b))
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	if uint64(n) > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: of %d bytes, %d left", errFrameMessage, n, len(b))
	}
	return b[:n:n], b[n:], nil
}

// frameReader cuts frames out of a stream: many per read when they are small.
type frameReader struct {
	src   io.Reader
	limit int
	buf   []byte // buf[r:w] is read and not yet taken
	r, w  int
}

const frameBuffer = 64 << 10 // bytes read at a time

func newFrameReader(src io.Reader, limit int) *frameReader {
	return &frameReader{src: src, limit: limit, buf: make([]byte, frameBuffer)}
}

// buffered reports whether a whole frame, or one that is wrong, is there already.
func (f *frameReader) buffered() bool {
	if f.w-f.r < frameHeader {
		return false
	}
	n, err := frameSize(f.buf[f.r:], f.limit)
	return err != nil || f.w-f.r >= frameHeader+n
}

// next returns the messages of the next frame in memory of their own: what a
// Replica was given is kept, and must never change.
func (f *frameReader) next(version byte) ([]byte, error) {
	for f.w-f.r < frameHeader {
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
	var header [frameHeader]byte
	f.r += copy(header[:], f.buf[f.r:f.w])
	n, err := frameSize(header[:], f.limit)
	if err != nil {
		return nil, err
	}
	body, err := f.body(n)
	if err != nil {
		return nil, err
	}
	return openFrame(header[:], body, version)
}

// body takes n bytes. Memory grows with what really arrives, not with what a
// length promises.
func (f *frameReader) body(n int) ([]byte, error) {
	const step = 1 << 20
	body := make([]byte, min(n, max(step, f.w-f.r)))
	have := copy(body, f.buf[f.r:f.w])
	f.r += have
	for {
		if _, err := io.ReadFull(f.src, body[have:]); err != nil {
			return nil, midFrame(err)
		}
		have = len(body)
		if have == n {
			return body, nil
		}
		grown := make([]byte, min(n, 2*have))
		copy(grown, body)
		body = grown
	}
}

// fill reads more bytes behind those that wait.
func (f *frameReader) fill() error {
	copy(f.buf, f.buf[f.r:f.w])
	f.w -= f.r
	f.r = 0
	n, err := f.src.Read(f.buf[f.w:])
	f.w += n
	if n > 0 || err == nil {
		return nil
	}
	if f.w > 0 {
		return midFrame(err)
	}
	return err
}

// midFrame makes an end of stream inside a frame an error of its own.
func midFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
