package wire

import (
	"encoding/binary"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// The encoders of answers append one whole answer to b.

// AppendError appends a failure. CodeNoMagic travels without its message.
func AppendError(b []byte, code command.Code, message string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(code))
	if code == command.CodeNoMagic {
		return b
	}
	return AppendString(b, message)
}

// AppendOK appends the code of success; the result follows it.
func AppendOK(b []byte) []byte { return AppendInt32(b, int32(command.CodeOK)) }

// AppendResult appends the answer to the update op.
func AppendResult(b []byte, op Op, r command.Result) []byte {
	if r.Code != command.CodeOK {
		return AppendError(b, r.Code, r.Message)
	}
	b = AppendOK(b)
	switch op {
	case OpTestAndSet, OpReplace, OpUserFunction:
		return AppendOption(b, r.Option)
	case OpDeletePrefix:
		return AppendInt32(b, int32(r.Count))
	default:
		return b
	}
}

// AppendAnswer appends the answer to the query op.
func AppendAnswer(b []byte, op Op, a command.Answer) []byte {
	return StreamAnswer(b, op, a, func(b []byte) []byte { return b })
}

// streamAt is how many bytes of an answer StreamAnswer gathers.
const streamAt = 64 << 10

// StreamAnswer appends as AppendAnswer does, but calls flush whenever b has
// grown large; flush returns the slice to go on with, or nil to give up. So an
// answer of any size needs little memory.
func StreamAnswer(b []byte, op Op, a command.Answer, flush func([]byte) []byte) []byte {
	if a.Code != command.CodeOK {
		return AppendError(b, a.Code, a.Message)
	}
	b = AppendOK(b)
	switch op {
	case OpExists:
		return AppendBool(b, a.Found)
	case OpGet:
		return AppendString(b, a.Value)
	case OpGetKeyCount:
		return AppendInt64(b, a.Count)
	case OpMultiGet:
		return appendReversed(b, a.Values, AppendString[[]byte], flush)
	case OpRange, OpPrefixKeys:
		return appendReversed(b, a.Keys, AppendString[string], flush)
	case OpRangeEntries, OpRevRangeEntries:
		return appendReversed(b, a.Entries, appendEntry, flush)
	case OpMultiGetOption: // alone in the order asked for
		b = AppendInt32(b, int32(len(a.Options)))
		for _, o := range a.Options {
			if b = AppendOption(b, o); len(b) >= streamAt {
				if b = flush(b); b == nil {
					return nil
				}
			}
		}
		return b
	default: // the assertions
		return b
	}
}

func appendEntry(b []byte, e command.Entry) []byte {
	return AppendString(AppendString(b, e.Key), e.Value)
}

// appendReversed appends a list back to front.
func appendReversed[T any](b []byte, list []T, element func([]byte, T) []byte, flush func([]byte) []byte) []byte {
	b = AppendInt32(b, int32(len(list)))
	for i := len(list) - 1; i >= 0; i-- {
		if b = element(b, list[i]); len(b) >= streamAt {
			if b = flush(b); b == nil {
				return nil
			}
		}
	}
	return b
}

// AppendStamp appends the answer to GET_TXID: always "at least", with a stamp.
func AppendStamp(b []byte, stamp int64) []byte {
	return AppendInt64(append(AppendOK(b), byte(AtLeast)), stamp)
}

// AppendVersion appends the answer to VERSION.
func AppendVersion(b []byte, version [3]int32, info string) []byte {
	b = AppendOK(b)
	for _, v := range version {
		b = AppendInt32(b, v)
	}
	return AppendString(b, info)
}

// AppendCollapseCount appends the first frame of the answer to COLLAPSE_TLOGS: how
// many follow.
func AppendCollapseCount(b []byte, count int) []byte { return AppendInt32(AppendOK(b), int32(count)) }

// AppendCollapseStep appends one of the frames that follow, with a time in
// microseconds. A failure ends the answer: AppendError instead.
func AppendCollapseStep(b []byte, micros int64) []byte { return AppendInt64(AppendOK(b), micros) }

// AppendBackupSize appends the head of the answer to GET_DB: the bytes follow it.
func AppendBackupSize(b []byte, size int64) []byte { return AppendInt64(AppendOK(b), size) }
