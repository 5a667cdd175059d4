package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Limits of one command.
const (
	// MaxFrame bounds the bytes of one command. It lies above the limit of an update,
	// so that one that is too large can still be read, described and refused.
	MaxFrame = 64 << 20
	// MaxKeys bounds the elements of one list.
	MaxKeys = 1 << 20
)

// ProtocolError is why a connection ends: bytes that are no command of ours.
// Answer, if not empty, is sent before the close.
type ProtocolError struct {
	Reason string
	Answer []byte
}

func (e *ProtocolError) Error() string { return "wire: " + e.Reason }

// Scanner finds the end of a command while its bytes arrive. It reads no field
// twice, so that a command that comes in a million pieces costs no more than one
// that comes at once. The zero value is ready; it is so again after a command.
type Scanner struct {
	layout *layout // nil: the command word is not read yet
	fields int     // fields passed
	left   int     // elements left of the list in fields[fields]
	off    int     // bytes passed
	need   int     // no use in scanning before the command has so many bytes
}

// Scan looks at buf, which starts with a command and holds at least what it held
// at the last call. It returns the size of the command once it is complete, and
// 0 while it isn't. Errors are *ProtocolError.
func (s *Scanner) Scan(buf []byte) (int, error) {
	if s.layout == nil {
		if len(buf) < 4 {
			s.need = 4
			return 0, nil
		}
		if err := s.word(binary.LittleEndian.Uint32(buf)); err != nil {
			return 0, err
		}
	}
	for s.fields < len(s.layout.fields) {
		done, err := s.field(buf)
		if err != nil || !done {
			return 0, err
		}
		s.fields++
	}
	n := s.off
	*s = Scanner{}
	return n, nil
}

// Need returns how many bytes the command will have at least.
func (s *Scanner) Need() int { return s.need }

// EOF is the error of a stream that ends here, with pending bytes of a command
// not yet complete.
func (s *Scanner) EOF(pending int) *ProtocolError {
	e := &ProtocolError{Reason: "the client disconnected"}
	if pending >= 4 && s.layout != nil && s.layout.told {
		e.Reason = "the client disconnected within " + s.layout.name
		e.Answer = AppendError(nil, command.CodeUnknownFailure, MsgEndOfFile)
	}
	return e
}

func (s *Scanner) word(w uint32) error {
	if w&Magic != Magic {
		return &ProtocolError{
			Reason: fmt.Sprintf("command word %08x lacks the magic", w),
			Answer: binary.LittleEndian.AppendUint32(nil, uint32(command.CodeNoMagic)),
		}
	}
	op := Op(w)
	l := layoutOf(op)
	switch {
	case l == nil:
		msg := fmt.Sprintf("%x: command not found", uint16(op))
		return &ProtocolError{Reason: msg, Answer: AppendError(nil, command.CodeNotFound, msg)}
	case !l.served:
		msg := l.name + " is not supported by this version"
		return &ProtocolError{Reason: msg, Answer: AppendError(nil, command.CodeNotSupported, msg)}
	}
	s.layout, s.off, s.need = l, 4, 4
	return nil
}

// field passes one field and reports whether it is complete.
func (s *Scanner) field(buf []byte) (bool, error) {
	switch s.layout.fields[s.fields] {
	case fieldString:
		return s.str(buf, 0)
	case fieldOption:
		if !s.has(buf, 1) {
			return false, nil
		}
		switch buf[s.off] {
		case 0:
			s.off++
			return true, nil
		case 1:
			return s.str(buf, 1)
		default:
			return false, s.malformed(fmt.Sprintf("option byte %02x", buf[s.off]))
		}
	case fieldBool:
		if !s.has(buf, 1) {
			return false, nil
		}
		if buf[s.off] > 1 {
			return false, s.malformed(fmt.Sprintf("bool byte %02x", buf[s.off]))
		}
		s.off++
		return true, nil
	case fieldInt32:
		if !s.has(buf, 4) {
			return false, nil
		}
		s.off += 4
		return true, nil
	case fieldConsistency:
		return s.consistency(buf)
	case fieldStrings:
		return s.strings(buf)
	default:
		panic("wire: a field of no type")
	}
}

func (s *Scanner) consistency(buf []byte) (bool, error) {
	if !s.has(buf, 1) {
		return false, nil
	}
	switch b := buf[s.off]; b {
	case 0, 1:
		s.off++
	case 2:
		if !s.has(buf, 9) {
			return false, nil
		}
		s.off += 9
	default:
		return false, s.malformed(fmt.Sprintf("consistency byte %02x", b))
	}
	return true, nil
}

// str passes skip bytes and then a string.
func (s *Scanner) str(buf []byte, skip int) (bool, error) {
	if !s.has(buf, skip+4) {
		return false, nil
	}
	size := int(int32(binary.LittleEndian.Uint32(buf[s.off+skip:])))
	if size < 0 || size > MaxFrame-s.off-skip-4 {
		return false, s.malformed(fmt.Sprintf("string of %d bytes", size))
	}
	if !s.has(buf, skip+4+size) {
		return false, nil
	}
	s.off += skip + 4 + size
	return true, nil
}

func (s *Scanner) strings(buf []byte) (bool, error) {
	if s.left == 0 {
		if !s.has(buf, 4) {
			return false, nil
		}
		count := int(int32(binary.LittleEndian.Uint32(buf[s.off:])))
		if count < 0 || count > MaxKeys {
			return false, s.malformed(fmt.Sprintf("list of %d elements", count))
		}
		s.off += 4
		s.left = count
	}
	for s.left > 0 {
		done, err := s.str(buf, 0)
		if err != nil || !done {
			return false, err
		}
		s.left--
	}
	return true, nil
}

// has reports whether the command has n more bytes in buf, and else notes how
// many it will have at least.
func (s *Scanner) has(buf []byte, n int) bool {
	if len(buf)-s.off >= n {
		return true
	}
	s.need = s.off + n
	return false
}

func (s *Scanner) malformed(what string) error {
	e := &ProtocolError{Reason: fmt.Sprintf("malformed %s: %s at byte %d", s.layout.name, what, s.off)}
	if s.layout.told {
		e.Answer = AppendError(nil, command.CodeUnknownFailure, command.UnknownFailureText)
	}
	return e
}
