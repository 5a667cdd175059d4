package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// The payload of SEQUENCE and SYNCED_SEQUENCE is a string that holds one update
// with tag 5 (for both commands).
//
//	update := tag i32, then
//	  1 Set           key, value           8 Assert        key, value?
//	  2 Delete        key                  9 AdminSet      key, value?
//	  3 TestAndSet    key, expected?,     13 SyncedSequence count, updates
//	                  wanted?             14 DeletePrefix  prefix
//	  5 Sequence      count, updates      15 AssertExists  key
//	  6 Nop                               16 Replace       key, wanted?
//	  7 UserFunction  name, argument?     17 AssertRange   prefix, 1 i32, keys
//
// The keys of AssertRange travel in descending order. AdminSet writes to a space
// of its own that no client can see; here it is accepted and does nothing. The
// tags 4 (MasterSet) and 10 to 12 (nursery) are refused: 4 lets a client plant a
// master's name. Bytes behind the update are ignored, as the original does.
const (
	tagSet            = 1
	tagDelete         = 2
	tagTestAndSet     = 3
	tagSequence       = 5
	tagNop            = 6
	tagUserFunction   = 7
	tagAssert         = 8
	tagAdminSet       = 9
	tagSyncedSequence = 13
	tagDeletePrefix   = 14
	tagAssertExists   = 15
	tagReplace        = 16
	tagAssertRange    = 17

	containsExactly = 1 // the only kind of range assertion
)

// decodeSequence decodes a payload. Its errors close the connection, with an
// answer.
func decodeSequence(payload []byte) (command.Sequence, error) {
	d := stepReader{b: payload, steps: command.MaxSteps}
	tag := d.int32()
	d.b = payload
	u := d.step(command.MaxDepth)
	switch {
	case d.why != "":
		return command.Sequence{}, &ProtocolError{
			Reason: "malformed sequence: " + d.why,
			Answer: AppendError(nil, command.CodeUnknownFailure, command.UnknownFailureText),
		}
	case tag != tagSequence:
		return command.Sequence{}, &ProtocolError{
			Reason: fmt.Sprintf("a sequence with outermost tag %d", tag),
			Answer: AppendError(nil, command.CodeUnknownFailure, MsgNotASequence),
		}
	}
	return u.(command.Sequence), nil
}

// stepReader reads a payload, which nobody has checked yet; after the first
// thing that is wrong everything is empty.
type stepReader struct {
	b     []byte
	steps int // that may still come
	why   string
}

func (d *stepReader) fail(format string, args ...any) {
	if d.why == "" {
		d.why = fmt.Sprintf(format, args...)
	}
	d.b = nil
}

func (d *stepReader) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("%d bytes announced, %d left", n, len(d.b))
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *stepReader) int32() int {
	if b := d.take(4); b != nil {
		return int(int32(binary.LittleEndian.Uint32(b)))
	}
	return 0
}

func (d *stepReader) bytes() []byte { return d.take(d.int32()) }
func (d *stepReader) text() string  { return string(d.bytes()) }

func (d *stepReader) option() command.Option {
	b := d.take(1)
	switch {
	case b == nil || b[0] == 0:
		return command.None
	case b[0] == 1:
		return command.Some(d.bytes())
	default:
		d.fail("option byte %02x", b[0])
		return command.None
	}
}

// count reads how many elements of at least 4 bytes each follow.
func (d *stepReader) count() int {
	n := d.int32()
	if n < 0 || n > d.steps || n > len(d.b)/4 {
		d.fail("%d elements in %d bytes", n, len(d.b))
		return 0
	}
	d.steps -= n
	return n
}

func (d *stepReader) step(depth int) command.Update {
	switch tag := d.int32(); tag {
	case tagSet:
		return command.Set{Key: d.text(), Value: d.bytes()}
	case tagDelete:
		return command.Delete{Key: d.text()}
	case tagTestAndSet:
		return command.TestAndSet{Key: d.text(), Expected: d.option(), Wanted: d.option()}
	case tagSequence, tagSyncedSequence:
		return d.sequence(depth)
	case tagNop:
		return command.Nop{}
	case tagUserFunction:
		return command.UserFunction{Name: d.text(), Arg: d.option()}
	case tagAssert:
		return command.Assert{Key: d.text(), Value: d.option()}
	case tagAdminSet:
		d.bytes()
		d.option()
		return command.Nop{}
	case tagDeletePrefix:
		return command.DeletePrefix{Prefix: d.text()}
	case tagAssertExists:
		return command.AssertExists{Key: d.text()}
	case tagReplace:
		return command.Replace{Key: d.text(), Wanted: d.option()}
	case tagAssertRange:
		return d.assertRange()
	default:
		d.fail("update tag %d", tag)
		return command.Nop{}
	}
}

func (d *stepReader) sequence(depth int) command.Update {
	if depth == 0 {
		d.fail("sequences nested deeper than %d", command.MaxDepth)
		return command.Sequence{}
	}
	n := d.count()
	s := command.Sequence{Updates: make([]command.Update, 0, n)}
	for i := 0; i < n && d.why == ""; i++ {
		s.Updates = append(s.Updates, d.step(depth-1))
	}
	return s
}

func (d *stepReader) assertRange() command.Update {
	a := command.AssertRange{Prefix: d.text()}
	if kind := d.int32(); kind != containsExactly {
		d.fail("range assertion of kind %d", kind)
	}
	n := d.count()
	a.Keys = make([]string, 0, n)
	for i := 0; i < n && d.why == ""; i++ {
		a.Keys = append(a.Keys, d.text())
	}
	reverse(a.Keys)
	return a
}

// appendPayload appends a sequence's payload with its length before it.
func appendPayload(b []byte, s command.Sequence) []byte {
	at := len(b)
	b = appendStep(AppendInt32(b, 0), s)
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

func appendStep(b []byte, u command.Update) []byte {
	switch u := u.(type) {
	case command.Set:
		return AppendString(AppendString(AppendInt32(b, tagSet), u.Key), u.Value)
	case command.Confirm: // has no tag; within a sequence Set does the same
		return AppendString(AppendString(AppendInt32(b, tagSet), u.Key), u.Value)
	case command.Delete:
		return AppendString(AppendInt32(b, tagDelete), u.Key)
	case command.TestAndSet:
		b = AppendString(AppendInt32(b, tagTestAndSet), u.Key)
		return AppendOption(AppendOption(b, u.Expected), u.Wanted)
	case command.Sequence:
		b = AppendInt32(AppendInt32(b, tagSequence), int32(len(u.Updates)))
		for _, s := range u.Updates {
			b = appendStep(b, s)
		}
		return b
	case command.Nop:
		return AppendInt32(b, tagNop)
	case command.UserFunction:
		return AppendOption(AppendString(AppendInt32(b, tagUserFunction), u.Name), u.Arg)
	case command.Assert:
		return AppendOption(AppendString(AppendInt32(b, tagAssert), u.Key), u.Value)
	case command.DeletePrefix:
		return AppendString(AppendInt32(b, tagDeletePrefix), u.Prefix)
	case command.AssertExists:
		return AppendString(AppendInt32(b, tagAssertExists), u.Key)
	case command.Replace:
		return AppendOption(AppendString(AppendInt32(b, tagReplace), u.Key), u.Wanted)
	case command.AssertRange:
		b = AppendString(AppendInt32(b, tagAssertRange), u.Prefix)
		b = AppendInt32(AppendInt32(b, containsExactly), int32(len(u.Keys)))
		for i := len(u.Keys) - 1; i >= 0; i-- {
			b = AppendString(b, u.Keys[i])
		}
		return b
	default:
		panic(fmt.Sprintf("wire: unknown update %T", u))
	}
}
