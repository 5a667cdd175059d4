package realnet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core/frame"
)

// The handshake of a peer connection: the dialler sends its hello, the other
// side answers with a welcome and, if it refuses, closes. Each is the magic and
// one frame of version 0 with one message:
//
//	hello    oldest u8, newest u8 (versions spoken), cluster id, sender, addressee
//	welcome  version u8 (0: refused), reason
//
// with strings as u16 and bytes. It keeps strangers out by mistake, not by force;
// the incarnations in every envelope are what safety rests on (DESIGN 4.10).
const (
	peerMagic    = "ARGP"
	maxName      = 255     // bytes of a node's name or a cluster id
	maxHandshake = 4 << 10 // bytes of a handshake frame

	frameHandshake = 0 // version byte of a handshake
	protocolOldest = 1 // the oldest version spoken; the newest is frame.Version
)

var (
	errHandshake = errors.New("malformed handshake")
	errRefused   = errors.New("refused by the peer")
)

// hello names both ends, as the dialler sees them.
type hello struct {
	oldest, newest byte
	cluster        string
	from, to       string
}

func appendHello(dst []byte, h hello) []byte {
	start := len(dst) + len(peerMagic)
	dst = frame.Begin(append(dst, peerMagic...), frameHandshake)
	dst = frame.AppendMessage(dst, func(b []byte) []byte {
		b = append(b, h.oldest, h.newest)
		b = appendShort(b, h.cluster)
		b = appendShort(b, h.from)
		return appendShort(b, h.to)
	})
	frame.End(dst, start)
	return dst
}

func appendWelcome(dst []byte, version byte, reason string) []byte {
	start := len(dst) + len(peerMagic)
	dst = frame.Begin(append(dst, peerMagic...), frameHandshake)
	dst = frame.AppendMessage(dst, func(b []byte) []byte {
		return appendShort(append(b, version), reason)
	})
	frame.End(dst, start)
	return dst
}

func appendShort(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...)
}

func cutShort(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := int(binary.LittleEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

func decodeHello(b []byte) (h hello, err error) {
	if len(b) < 2 {
		return h, errHandshake
	}
	h.oldest, h.newest, b = b[0], b[1], b[2:]
	for _, field := range []*string{&h.cluster, &h.from, &h.to} {
		var ok bool
		if *field, b, ok = cutShort(b); !ok || len(*field) > maxName {
			return h, errHandshake
		}
	}
	if len(b) != 0 {
		return h, errHandshake
	}
	return h, nil
}

func decodeWelcome(b []byte) (version byte, reason string, err error) {
	if len(b) < 1 {
		return 0, "", errHandshake
	}
	reason, rest, ok := cutShort(b[1:])
	if !ok || len(rest) != 0 {
		return 0, "", errHandshake
	}
	return b[0], reason, nil
}

// readHandshake reads the magic and the one message behind it, and not a byte
// more. first are the magic's bytes, for a hint if they are something else.
func readHandshake(src io.Reader) (msg []byte, first [4]byte, err error) {
	if _, err := io.ReadFull(src, first[:]); err != nil {
		return nil, first, err
	}
	if string(first[:]) != peerMagic {
		return nil, first, fmt.Errorf("%w: it begins with %q", errHandshake, first[:])
	}
	var header [frame.HeaderSize]byte
	if _, err := io.ReadFull(src, header[:]); err != nil {
		return nil, first, frame.MidFrame(err)
	}
	n, err := frame.Size(header[:], maxHandshake)
	if err != nil {
		return nil, first, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(src, body); err != nil {
		return nil, first, frame.MidFrame(err)
	}
	if body, err = frame.Open(header[:], body, frameHandshake); err != nil {
		return nil, first, err
	}
	msg, rest, err := frame.NextMessage(body)
	if err == nil && len(rest) != 0 {
		err = errHandshake
	}
	return msg, first, err
}

// agree picks the newest version that both sides speak; 0 if there is none.
func agree(h hello) byte {
	v := min(h.newest, frame.Version)
	if v < max(h.oldest, protocolOldest) {
		return 0
	}
	return v
}

// foreignProtocol guesses what somebody speaks who is wrong on the peer port.
func foreignProtocol(first [4]byte) string {
	switch {
	case first[0] == 0x16 && first[1] == 0x03:
		return "TLS"
	case string(first[:]) == "\x00\x00\xff\xb1":
		return "Arakoon client protocol"
	}
	for _, verb := range []string{"GET ", "POST", "HEAD", "PUT ", "DELE", "OPTI", "CONN", "PRI "} {
		if bytes.Equal(first[:], []byte(verb)) {
			return "HTTP"
		}
	}
	return ""
}
