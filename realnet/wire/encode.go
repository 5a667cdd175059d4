package wire

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// The encoders of commands append one whole command to b.

func appendWord(b []byte, op Op) []byte { return AppendInt32(b, int32(Magic|uint32(op))) }

// AppendCommand appends a command without fields.
func AppendCommand(b []byte, op Op) []byte { return appendWord(b, op) }

// AppendPing appends PING; the server compares the cluster id with its own.
func AppendPing(b []byte, client, cluster string) []byte {
	return AppendString(AppendString(appendWord(b, OpPing), client), cluster)
}

// AppendCollapse appends COLLAPSE_TLOGS, AppendCopyDBToHead COPY_DB_TO_HEAD: keep is
// how many log files stay.
func AppendCollapse(b []byte, keep int32) []byte {
	return AppendInt32(appendWord(b, OpCollapseTLogs), keep)
}

// AppendCopyDBToHead appends COPY_DB_TO_HEAD.
func AppendCopyDBToHead(b []byte, keep int32) []byte {
	return AppendInt32(appendWord(b, OpCopyDBToHead), keep)
}

// AppendUserHook appends USER_HOOK.
func AppendUserHook(b []byte, c Consistency, name string) []byte {
	return AppendString(appendConsistency(appendWord(b, OpUserHook), c), name)
}

// UpdateOp is the command that carries u: an assertion has none of its own as an
// update and travels in a sequence.
func UpdateOp(u command.Update) Op {
	switch u.(type) {
	case command.Set:
		return OpSet
	case command.Confirm:
		return OpConfirm
	case command.Delete:
		return OpDelete
	case command.DeletePrefix:
		return OpDeletePrefix
	case command.TestAndSet:
		return OpTestAndSet
	case command.Replace:
		return OpReplace
	case command.UserFunction:
		return OpUserFunction
	case command.Nop:
		return OpNop
	case command.Sequence, command.Assert, command.AssertExists, command.AssertRange:
		return OpSequence
	default:
		panic(fmt.Sprintf("wire: unknown update %T", u))
	}
}

// AppendUpdate appends the command that carries u.
func AppendUpdate(b []byte, u command.Update) []byte {
	b = appendWord(b, UpdateOp(u))
	switch u := u.(type) {
	case command.Set:
		return AppendString(AppendString(b, u.Key), u.Value)
	case command.Confirm:
		return AppendString(AppendString(b, u.Key), u.Value)
	case command.Delete:
		return AppendString(b, u.Key)
	case command.DeletePrefix:
		return AppendString(b, u.Prefix)
	case command.TestAndSet:
		return AppendOption(AppendOption(AppendString(b, u.Key), u.Expected), u.Wanted)
	case command.Replace:
		return AppendOption(AppendString(b, u.Key), u.Wanted)
	case command.UserFunction:
		return AppendOption(AppendString(b, u.Name), u.Arg)
	case command.Nop:
		return b
	case command.Sequence:
		return appendPayload(b, u)
	default:
		return appendPayload(b, command.Sequence{Updates: []command.Update{u}})
	}
}

// QueryOp is the command that carries q.
func QueryOp(q command.Query) Op {
	switch q.(type) {
	case command.Get:
		return OpGet
	case command.Exists:
		return OpExists
	case command.Assert:
		return OpAssert
	case command.AssertExists:
		return OpAssertExists
	case command.MultiGet:
		return OpMultiGet
	case command.MultiGetOption:
		return OpMultiGetOption
	case command.Range:
		return OpRange
	case command.RangeEntries:
		return OpRangeEntries
	case command.RevRangeEntries:
		return OpRevRangeEntries
	case command.PrefixKeys:
		return OpPrefixKeys
	case command.KeyCount:
		return OpGetKeyCount
	default:
		panic(fmt.Sprintf("wire: unknown query %T", q))
	}
}

// AppendQuery appends the command that carries q. GET_KEY_COUNT has no
// consistency: it is always consistent.
func AppendQuery(b []byte, c Consistency, q command.Query) []byte {
	b = appendWord(b, QueryOp(q))
	if _, ok := q.(command.KeyCount); ok {
		return b
	}
	b = appendConsistency(b, c)
	switch q := q.(type) {
	case command.Get:
		return AppendString(b, q.Key)
	case command.Exists:
		return AppendString(b, q.Key)
	case command.Assert:
		return AppendOption(AppendString(b, q.Key), q.Value)
	case command.AssertExists:
		return AppendString(b, q.Key)
	case command.MultiGet:
		return appendStrings(b, q.Keys)
	case command.MultiGetOption:
		return appendStrings(b, q.Keys)
	case command.Range:
		return appendRange(b, q.First, q.Last, q.Max)
	case command.RangeEntries:
		return appendRange(b, q.First, q.Last, q.Max)
	case command.RevRangeEntries:
		return appendRange(b, q.High, q.Low, q.Max)
	case command.PrefixKeys:
		return AppendInt32(AppendString(b, q.Prefix), q.Max)
	default:
		panic(fmt.Sprintf("wire: unknown query %T", q))
	}
}

func appendRange(b []byte, first, last command.Bound, limit int32) []byte {
	return AppendInt32(appendBound(appendBound(b, first), last), limit)
}

func appendBound(b []byte, e command.Bound) []byte {
	if e.Some {
		b = AppendString(append(b, 1), e.Key)
	} else {
		b = append(b, 0)
	}
	return AppendBool(b, e.Inclusive)
}

func appendStrings(b []byte, list []string) []byte {
	b = AppendInt32(b, int32(len(list)))
	for _, s := range list {
		b = AppendString(b, s)
	}
	return b
}
