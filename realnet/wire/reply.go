package wire

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// MaxReply bounds the bytes of one answer that a client takes.
const MaxReply = 1 << 30

// ErrReply says that the bytes of a server are no answer to the command.
var ErrReply = errors.New("wire: malformed answer")

// Reply is an answer as a client has decoded it. Which fields count depends on
// the command:
//
//	PING, GET, CURRENT_STATE, STATISTICS                Bytes
//	WHO_MASTER, TEST_AND_SET, REPLACE, USER_FUNCTION    Option
//	EXISTS, EXPECT_PROGRESS_POSSIBLE                    Found
//	GET_KEY_COUNT, DELETE_PREFIX, GET_TXID              Count
//	COLLAPSE_TLOGS, GET_DB                              Count, of steps or bytes that follow
//	RANGE, PREFIX_KEYS                                  Keys
//	RANGE_ENTRIES, REV_RANGE_ENTRIES                    Entries
//	MULTI_GET                                           Values
//	MULTI_GET_OPTION                                    Options
//	VERSION                                             Version, Bytes
//
// Lists are in the order of command.Answer, not in that of the wire.
type Reply struct {
	Err     *command.Error // nil: done
	Bytes   []byte
	Option  command.Option
	Found   bool
	Count   int64
	Keys    []string
	Values  [][]byte
	Options []command.Option
	Entries []command.Entry
	Version [3]int32
}

// ReadReply reads the answer to the command op. Memory grows with the bytes that
// arrive, not with the lengths that they claim. Errors are ErrReply, or those of
// the reader; io.EOF only if not a byte of the answer came.
func ReadReply(r *bufio.Reader, op Op) (Reply, error) {
	var a Reply
	if _, err := r.Peek(1); err != nil {
		return a, err
	}
	d := replyReader{r: r, budget: MaxReply}
	if code := command.Code(d.int32()); code != command.CodeOK {
		a.Err = &command.Error{Code: code}
		if code != command.CodeNoMagic {
			a.Err.Message = d.text()
		}
		return a, d.err
	}
	if d.err == nil {
		d.result(&a, op)
	}
	return a, d.err
}

func (d *replyReader) result(a *Reply, op Op) {
	switch op {
	case OpSet, OpDelete, OpSequence, OpSyncedSequence, OpConfirm, OpAssert, OpAssertExists,
		OpNop, OpFlushStore, OpDropMaster, OpOptDB, OpDefragDB, OpCopyDBToHead:
	case OpPing, OpGet, OpCurrentState, OpStatistics:
		a.Bytes = d.string()
	case OpWhoMaster, OpTestAndSet, OpReplace, OpUserFunction:
		a.Option = d.option()
	case OpExists, OpExpectProgressPossible:
		a.Found = d.bool()
	case OpGetKeyCount, OpGetDB:
		a.Count = d.int64()
	case OpDeletePrefix, OpCollapseTLogs:
		a.Count = int64(d.int32())
	case OpGetTxID:
		if d.byte() != byte(AtLeast) {
			d.fail("GET_TXID without a stamp")
		}
		a.Count = d.int64()
	case OpRange, OpPrefixKeys:
		a.Keys = list(d, d.text)
		reverse(a.Keys)
	case OpMultiGet:
		a.Values = list(d, d.string)
		reverse(a.Values)
	case OpMultiGetOption:
		a.Options = list(d, d.option)
	case OpRangeEntries, OpRevRangeEntries:
		a.Entries = list(d, d.entry)
		reverse(a.Entries)
	case OpVersion:
		a.Version = [3]int32{d.int32(), d.int32(), d.int32()}
		a.Bytes = d.string()
	default:
		d.fail("no answer is known to " + op.String())
	}
}

// ReadCollapseStep reads one of the frames that follow the answer to
// COLLAPSE_TLOGS: a time in microseconds, or a failure, which ends them.
func ReadCollapseStep(r *bufio.Reader) (micros int64, failure *command.Error, err error) {
	d := replyReader{r: r, budget: MaxReply}
	if code := command.Code(d.int32()); code != command.CodeOK {
		return 0, &command.Error{Code: code, Message: d.text()}, d.err
	}
	return d.int64(), nil, d.err
}

func reverse[T any](s []T) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// list reads a list in the wire's order.
func list[T any](d *replyReader, element func() T) []T {
	n := int(d.int32())
	if n < 0 || n > d.budget {
		d.fail(fmt.Sprintf("a list of %d elements", n))
		return nil
	}
	l := make([]T, 0, min(n, 1024))
	for range n {
		e := element()
		if d.err != nil {
			return nil
		}
		l = append(l, e)
	}
	return l
}
