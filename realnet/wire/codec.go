package wire

import (
	"encoding/binary"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// AppendInt32 appends an i32.
func AppendInt32(b []byte, v int32) []byte { return binary.LittleEndian.AppendUint32(b, uint32(v)) }

// AppendInt64 appends an i64.
func AppendInt64(b []byte, v int64) []byte { return binary.LittleEndian.AppendUint64(b, uint64(v)) }

// AppendBool appends a bool.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendString appends a string: its length and its bytes.
func AppendString[T ~string | ~[]byte](b []byte, s T) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// AppendOption appends an option<string>.
func AppendOption(b []byte, o command.Option) []byte {
	if !o.Some {
		return append(b, 0)
	}
	return AppendString(append(b, 1), o.Bytes)
}

// Strictness is how fresh the answer to a read must be.
type Strictness uint8

// The consistencies that a read can ask for.
const (
	Consistent   Strictness = iota // the newest chosen state: only the master may answer
	NoGuarantees                   // the local state of any node, however stale
	AtLeast                        // any node that has applied the log up to a stamp
)

// Consistency is the field that most reads begin with. Stamp is an instance of
// the log, as GET_TXID tells it, and counts for AtLeast only.
type Consistency struct {
	Strictness Strictness
	Stamp      int64
}

func appendConsistency(b []byte, c Consistency) []byte {
	b = append(b, byte(c.Strictness))
	if c.Strictness == AtLeast {
		b = AppendInt64(b, c.Stamp)
	}
	return b
}

// cursor reads the fields of a command that a Scanner has found complete, so it
// checks nothing again. What it returns are slices of the command.
type cursor struct{ b []byte }

func (c *cursor) int32() int32 {
	v := int32(binary.LittleEndian.Uint32(c.b))
	c.b = c.b[4:]
	return v
}

func (c *cursor) byte() byte {
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) bool() bool { return c.byte() == 1 }

func (c *cursor) string() []byte {
	n := c.int32()
	s := c.b[:n:n]
	c.b = c.b[n:]
	return s
}

func (c *cursor) text() string { return string(c.string()) }

func (c *cursor) option() command.Option {
	if !c.bool() {
		return command.None
	}
	return command.Some(c.string())
}

func (c *cursor) bound() command.Bound {
	var e command.Bound
	if e.Some = c.bool(); e.Some {
		e.Key = c.text()
	}
	e.Inclusive = c.bool()
	return e
}

func (c *cursor) texts() []string {
	list := make([]string, c.int32())
	for i := range list {
		list[i] = c.text()
	}
	return list
}

func (c *cursor) consistency() Consistency {
	k := Consistency{Strictness: Strictness(c.byte())}
	if k.Strictness == AtLeast {
		k.Stamp = int64(binary.LittleEndian.Uint64(c.b))
		c.b = c.b[8:]
	}
	return k
}
