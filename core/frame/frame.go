package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/openvstorage/arakoon-go/core"
)

// A frame is what one node writes to another. All integers are little endian.
//
//	+------------+------------+------------+------------+----------------------+
//	| length u32 | CRC32C u32 | CRC32C u32 | version u8 | (size u32, message)* |
//	+------------+------------+------------+------------+----------------------+
//	               \_ of the   \_ of version and messages
//	                  length
//
// length counts what follows the header. It is checked by itself, before anybody
// waits for so many bytes: with a wrong one a reader would swallow the frames of
// hours, and its peer would be deaf without knowing. The messages of a frame are
// envelopes in core's encoding; a host's handshake has a version and a message of
// its own.
const (
	HeaderSize = 12
	MaxBody    = 64 << 20 // bytes behind the header
	Soft       = 4 << 20  // a frame this long takes no further message
	Version    = 1        // version byte of frames with envelopes; the newest spoken
)

// What can be wrong with a peer's bytes; test with errors.Is. A message that is no
// envelope is core.ErrEnvelope.
var (
	ErrLength  = errors.New("frame length")
	ErrCRC     = errors.New("frame checksum")
	ErrVersion = errors.New("frame version")
	ErrMessage = errors.New("frame message")
	ErrAddress = errors.New("frame addressed wrongly")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Begin appends an empty frame; End completes the one that begins at start.
func Begin(dst []byte, version byte) []byte {
	return append(append(dst, make([]byte, HeaderSize)...), version)
}

// End completes the frame that begins at start and ends with b.
func End(b []byte, start int) {
	f := b[start:]
	binary.LittleEndian.PutUint32(f, uint32(len(f)-HeaderSize))
	binary.LittleEndian.PutUint32(f[4:], checksum(f[:4]))
	binary.LittleEndian.PutUint32(f[8:], checksum(f[HeaderSize:]))
}

// AppendMessage appends one message with its size to the frame being built.
func AppendMessage(dst []byte, encode func([]byte) []byte) []byte {
	at := len(dst)
	dst = encode(append(dst, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// AppendEnvelope appends one envelope to the frame being built.
func AppendEnvelope(dst []byte, e *core.Envelope) []byte {
	return AppendMessage(dst, func(b []byte) []byte { return core.AppendEnvelope(b, e) })
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// Size returns how many bytes follow a frame's header; at most limit are allowed.
func Size(header []byte, limit int) (int, error) {
	n := binary.LittleEndian.Uint32(header)
	if checksum(header[:4]) != binary.LittleEndian.Uint32(header[4:]) {
		return 0, fmt.Errorf("%w: %d bytes, which its checksum denies", ErrLength, n)
	}
	if n < 1 || int64(n) > int64(limit) {
		return 0, fmt.Errorf("%w: %d bytes, 1 to %d are allowed", ErrLength, n, limit)
	}
	return int(n), nil
}

// Open checks a frame's body against its header and returns its messages, still
// with their sizes.
func Open(header, body []byte, version byte) ([]byte, error) {
	want := binary.LittleEndian.Uint32(header[8:])
	if got := checksum(body); got != want {
		return nil, fmt.Errorf("%w: %08x, computed %08x", ErrCRC, want, got)
	}
	if body[0] != version {
		return nil, fmt.Errorf("%w: %d, agreed on %d", ErrVersion, body[0], version)
	}
	return body[1:], nil
}

// NextMessage cuts the first message off.
func NextMessage(b []byte) (msg, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("%w: %d bytes behind the last", ErrMessage, len(b))
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	if uint64(n) > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: of %d bytes, %d left", ErrMessage, n, len(b))
	}
	return b[:n:n], b[n:], nil
}

// Envelopes appends the envelopes among a frame's messages to envs. On a
// connection from one seat to another, no others are allowed.
func Envelopes(envs []core.Envelope, msgs []byte, from, to core.Seat) ([]core.Envelope, error) {
	for len(msgs) > 0 {
		msg, rest, err := NextMessage(msgs)
		if err != nil {
			return envs, err
		}
		env, err := core.DecodeEnvelope(msg)
		if err != nil {
			return envs, err
		}
		if env.From != from || env.To != to {
			return envs, fmt.Errorf("%w: from seat %d to %d on the connection of %d to %d", ErrAddress, env.From, env.To, from, to)
		}
		envs = append(envs, env)
		msgs = rest
	}
	return envs, nil
}
