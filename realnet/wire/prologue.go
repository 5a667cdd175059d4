package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxClusterID bounds the cluster id that a prologue may carry.
const MaxClusterID = 1 << 10

// ErrShort says that the bytes so far are a beginning only.
var ErrShort = errors.New("wire: more bytes are needed")

// AppendPrologue appends what a client sends first.
func AppendPrologue(b []byte, cluster string) []byte {
	b = binary.LittleEndian.AppendUint32(b, Magic)
	b = binary.LittleEndian.AppendUint32(b, uint32(Version))
	return AppendString(b, cluster)
}

// ReadPrologue checks the first bytes of a connection and returns how many they
// are. ErrShort asks for more. Any other error ends the connection, as soon as
// the offending field is complete: without a word for a client of Arakoon, with
// a hint for somebody who speaks HTTP or TLS.
func ReadPrologue(b []byte, cluster string) (int, error) {
	if len(b) < 4 {
		return 0, ErrShort
	}
	if magic := binary.LittleEndian.Uint32(b); magic != Magic {
		return 0, foreign(b, magic)
	}
	if len(b) < 8 {
		return 0, ErrShort
	}
	if v := int32(binary.LittleEndian.Uint32(b[4:])); v != Version {
		return 0, &ProtocolError{Reason: fmt.Sprintf("prologue of version %d, this is version %d", v, Version)}
	}
	if len(b) < 12 {
		return 0, ErrShort
	}
	size := int(int32(binary.LittleEndian.Uint32(b[8:])))
	if size < 0 || size > MaxClusterID {
		return 0, &ProtocolError{Reason: fmt.Sprintf("prologue with a cluster id of %d bytes", size)}
	}
	if len(b) < 12+size {
		return 0, ErrShort
	}
	if id := string(b[12 : 12+size]); id != cluster {
		return 0, &ProtocolError{Reason: fmt.Sprintf("prologue of cluster %q, this is cluster %q", id, cluster)}
	}
	return 12 + size, nil
}

// httpHint is what somebody with a browser gets to see.
const httpHint = "This is the client port of an Arakoon node. It speaks the Arakoon protocol, not HTTP;\n" +
	"the status pages are on the admin port.\n"

var httpWords = []string{"GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI "}

// foreign names the protocol that begins with b, if it is a known one.
func foreign(b []byte, magic uint32) *ProtocolError {
	for _, w := range httpWords {
		if bytes.HasPrefix(b, []byte(w)) {
			return &ProtocolError{
				Reason: "HTTP on the client port",
				Answer: fmt.Appendf(nil, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"+
					"Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(httpHint), httpHint),
			}
		}
	}
	if b[0] == 0x16 && b[1] == 0x03 {
		return &ProtocolError{
			Reason: "TLS on a client port that has no TLS (tls_service = false)",
			// A fatal alert, protocol_version.
			Answer: []byte{0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46},
		}
	}
	return &ProtocolError{Reason: fmt.Sprintf("prologue with magic %08x", magic)}
}
