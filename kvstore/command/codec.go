package command

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The encoding of an update. Numbers are little-endian, and there is one
// encoding of every update: what Decode accepts, Append writes again.
//
//	encoding := version u8 (1), update
//	update   := kind u8, then
//	  1 Set           key, value         14 DeletePrefix  prefix
//	  2 Delete        key                15 AssertExists  key
//	  3 TestAndSet    key, expected?,    16 Replace       key, wanted?
//	                  wanted?            17 AssertRange   prefix, count u32, keys
//	  5 Sequence      count u32, updates 32 Confirm       key, value
//	  6 Nop
//	  7 UserFunction  name, argument?
//	  8 Assert        key, value?
//	key, value, prefix, name := length u32, bytes
//	x? := 0 u8 | 1 u8, length u32, bytes
//
// The kinds are Arakoon's tags where it has one.
const encodingVersion = 1

const (
	kindSet          = 1
	kindDelete       = 2
	kindTestAndSet   = 3
	kindSequence     = 5
	kindNop          = 6
	kindUserFunction = 7
	kindAssert       = 8
	kindDeletePrefix = 14
	kindAssertExists = 15
	kindReplace      = 16
	kindAssertRange  = 17
	kindConfirm      = 32
)

// ErrMalformed is wrapped by every error of Decode.
var ErrMalformed = errors.New("command: malformed update")

// Encode returns the encoding of u.
func Encode(u Update) []byte { return Append(make([]byte, 0, 2+Size(u)), u) }

// Append appends the encoding of u to dst.
func Append(dst []byte, u Update) []byte {
	return appendUpdate(append(dst, encodingVersion), u)
}

func appendUpdate(dst []byte, u Update) []byte {
	switch u := u.(type) {
	case Set:
		return appendBytes(appendString(append(dst, kindSet), u.Key), u.Value)
	case Delete:
		return appendString(append(dst, kindDelete), u.Key)
	case DeletePrefix:
		return appendString(append(dst, kindDeletePrefix), u.Prefix)
	case Confirm:
		return appendBytes(appendString(append(dst, kindConfirm), u.Key), u.Value)
	case TestAndSet:
		dst = appendString(append(dst, kindTestAndSet), u.Key)
		return appendOption(appendOption(dst, u.Expected), u.Wanted)
	case Replace:
		return appendOption(appendString(append(dst, kindReplace), u.Key), u.Wanted)
	case Assert:
		return appendOption(appendString(append(dst, kindAssert), u.Key), u.Value)
	case AssertExists:
		return appendString(append(dst, kindAssertExists), u.Key)
	case AssertRange:
		dst = appendCount(appendString(append(dst, kindAssertRange), u.Prefix), len(u.Keys))
		for _, k := range u.Keys {
			dst = appendString(dst, k)
		}
		return dst
	case Sequence:
		dst = appendCount(append(dst, kindSequence), len(u.Updates))
		for _, step := range u.Updates {
			dst = appendUpdate(dst, step)
		}
		return dst
	case UserFunction:
		return appendOption(appendString(append(dst, kindUserFunction), u.Name), u.Arg)
	case Nop:
		return append(dst, kindNop)
	default:
		panic(fmt.Sprintf("command: unknown update %T", u))
	}
}

func appendCount(dst []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}

func appendString(dst []byte, s string) []byte { return append(appendCount(dst, len(s)), s...) }

func appendBytes(dst, b []byte) []byte { return append(appendCount(dst, len(b)), b...) }

func appendOption(dst []byte, o Option) []byte {
	if !o.Some {
		return append(dst, 0)
	}
	return appendBytes(append(dst, 1), o.Bytes)
}

// Decode reads what Append wrote. Keys are copies, values are slices of b: who
// keeps one longer than b copies it. Bytes that are no update give an error.
func Decode(b []byte) (Update, error) {
	if len(b) > MaxUpdateBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrMalformed, len(b), MaxUpdateBytes)
	}
	d := decoder{b: b, steps: MaxSteps}
	if v := d.u8(); v != encodingVersion {
		d.fail("version %d, want %d", v, encodingVersion)
	}
	u := d.update(MaxDepth)
	if len(d.b) != 0 {
		d.fail("%d bytes behind the update", len(d.b))
	}
	if d.err != nil {
		return nil, d.err
	}
	return u, nil
}

// decoder reads fields; the first that is wrong sets err, and all later ones
// are empty.
type decoder struct {
	b     []byte
	steps int // that may still come
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
	d.b = nil
}

func (d *decoder) u8() byte {
	if len(d.b) == 0 {
		d.fail("cut short")
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) u32() uint32 {
	if len(d.b) < 4 {
		d.fail("cut short")
		return 0
	}
	v := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.u32()
	if uint64(n) > uint64(len(d.b)) {
		d.fail("%d bytes announced, %d left", n, len(d.b))
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) string() string { return string(d.bytes()) }

func (d *decoder) option() Option {
	switch v := d.u8(); v {
	case 0:
		return None
	case 1:
		return Some(d.bytes())
	default:
		d.fail("option byte %d", v)
		return None
	}
}

// count reads the number of elements of at least size bytes each, so that no
// more is allocated than came in.
func (d *decoder) count(size int) int {
	n := int(d.u32())
	if n > d.steps || n > len(d.b)/size {
		d.fail("%d elements in %d bytes", n, len(d.b))
		return 0
	}
	d.steps -= n
	return n
}

func (d *decoder) update(depth int) Update {
	switch kind := d.u8(); kind {
	case kindSet:
		return Set{Key: d.string(), Value: d.bytes()}
	case kindDelete:
		return Delete{Key: d.string()}
	case kindDeletePrefix:
		return DeletePrefix{Prefix: d.string()}
	case kindConfirm:
		return Confirm{Key: d.string(), Value: d.bytes()}
	case kindTestAndSet:
		return TestAndSet{Key: d.string(), Expected: d.option(), Wanted: d.option()}
	case kindReplace:
		return Replace{Key: d.string(), Wanted: d.option()}
	case kindAssert:
		return Assert{Key: d.string(), Value: d.option()}
	case kindAssertExists:
		return AssertExists{Key: d.string()}
	case kindAssertRange:
		return d.assertRange()
	case kindSequence:
		return d.sequence(depth)
	case kindUserFunction:
		return UserFunction{Name: d.string(), Arg: d.option()}
	case kindNop:
		return Nop{}
	default:
		d.fail("kind %d", kind)
		return Nop{}
	}
}

func (d *decoder) assertRange() Update {
	a := AssertRange{Prefix: d.string()}
	n := d.count(4)
	a.Keys = make([]string, 0, n)
	for range n {
		a.Keys = append(a.Keys, d.string())
	}
	return a
}

func (d *decoder) sequence(depth int) Update {
	if depth == 0 {
		d.fail("sequences nested deeper than %d", MaxDepth)
		return Nop{}
	}
	n := d.count(1)
	s := Sequence{Updates: make([]Update, 0, n)}
	for i := 0; i < n && d.err == nil; i++ {
		s.Updates = append(s.Updates, d.update(depth-1))
	}
	return s
}
