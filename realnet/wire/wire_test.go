package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// updates has at least one of each kind, with the bytes that the protocol's
// reference gives where it does.
var updates = []struct {
	u    command.Update
	wire string
}{
	{command.Set{Key: "k", Value: []byte("v")}, "0900ffb1010000006b0100000076"},
	{command.Set{Key: "", Value: []byte{}}, "0900ffb10000000000000000"},
	{command.Confirm{Key: "a", Value: []byte("1")}, "1c00ffb101000000610100000031"},
	{command.Delete{Key: "nope"}, "0a00ffb1040000006e6f7065"},
	{command.DeletePrefix{Prefix: "r"}, "2700ffb10100000072"},
	{command.TestAndSet{Key: "n", Wanted: command.Some([]byte("new"))}, "0d00ffb1010000006e0001030000006e6577"},
	{command.TestAndSet{Key: "n", Expected: command.Some([]byte("new"))}, "0d00ffb1010000006e01030000006e657700"},
	{command.Replace{Key: "zzz"}, "3300ffb1030000007a7a7a00"},
	{command.Replace{Key: "a", Wanted: command.Some([]byte("10"))}, "3300ffb1010000006101020000003130"},
	{command.UserFunction{Name: "reverse", Arg: command.Some([]byte("echo"))}, "1500ffb1070000007265766572736501040000006563686f"},
	{command.UserFunction{Name: "nofn"}, "1500ffb1040000006e6f666e00"},
	{command.Nop{}, "4100ffb1"},
	{command.Sequence{Updates: []command.Update{
		command.Set{Key: "s1", Value: []byte("v1")}, command.Delete{Key: "b"},
		command.Assert{Key: "a", Value: command.Some([]byte("10"))},
		command.AssertExists{Key: "c"}, command.DeletePrefix{Prefix: "p"},
	}}, "1000ffb143000000050000000500000001000000020000007331020000007631020000000100000062080000000100000061010200000031300f00000001000000630e0000000100000070"},
	{command.Sequence{Updates: []command.Update{command.AssertRange{Prefix: "r", Keys: []string{"ra", "rb"}}}},
		"1000ffb12500000005000000010000001100000001000000720100000002000000020000007262020000007261"},
	{command.Sequence{Updates: []command.Update{}}, "1000ffb1080000000500000000000000"},
	{command.Sequence{Updates: []command.Update{
		command.Nop{}, command.Replace{Key: "k"}, command.UserFunction{Name: "f"}, command.Assert{Key: "t"},
		command.TestAndSet{Key: "t", Expected: command.Some([]byte{}), Wanted: command.Some([]byte("x"))},
		command.Sequence{Updates: []command.Update{command.Set{Key: "s3", Value: []byte("v3")}}},
	}}, ""},
}

func TestUpdatesTravelByteForByte(t *testing.T) {
	for _, tc := range updates {
		frame := AppendUpdate(nil, tc.u)
		if tc.wire != "" {
			require.Equal(t, tc.wire, hex.EncodeToString(frame), "%#v", tc.u)
		}
		var s Scanner
		n, err := s.Scan(frame)
		require.NoError(t, err)
		require.Equal(t, len(frame), n)
		r, err := DecodeRequest(frame)
		require.NoError(t, err)
		require.Equal(t, tc.u, r.Update)
		require.Equal(t, UpdateOp(tc.u), r.Op)
	}
}

var queries = []struct {
	c    Consistency
	q    command.Query
	wire string
}{
	{Consistency{}, command.Get{Key: "k"}, "0800ffb100010000006b"},
	{Consistency{Strictness: AtLeast, Stamp: 1}, command.Get{Key: "k"}, "0800ffb1020100000000000000010000006b"},
	{Consistency{Strictness: NoGuarantees}, command.Exists{Key: "k"}, "0700ffb101010000006b"},
	{Consistency{}, command.Assert{Key: "b", Value: command.Some([]byte("2"))}, "1600ffb1000100000062010100000032"},
	{Consistency{}, command.Assert{Key: "bb"}, "1600ffb10002000000626200"},
	{Consistency{}, command.AssertExists{Key: "b"}, "2900ffb1000100000062"},
	{Consistency{}, command.MultiGet{Keys: []string{"a", "b", "c"}}, "1100ffb10003000000010000006101000000620100000063"},
	{Consistency{}, command.MultiGetOption{Keys: []string{"a", "x1", "b"}}, "3100ffb1000300000001000000610200000078310100000062"},
	{Consistency{Strictness: NoGuarantees}, command.MultiGet{Keys: []string{}}, "1100ffb10100000000"},
	{Consistency{}, command.Range{First: command.Including("a"), Last: command.Including("c"), Max: -1}, "0b00ffb1000101000000610101010000006301ffffffff"},
	{Consistency{}, command.Range{Max: 0}, "0b00ffb1000000000000000000"},
	{Consistency{}, command.RangeEntries{First: command.Including("b"), Last: command.Open(), Max: 2}, "0f00ffb10001010000006201000102000000"},
	{Consistency{}, command.RevRangeEntries{High: command.Including("z"), Low: command.Excluding("b"), Max: -1}, "2300ffb10001010000007a0101010000006200ffffffff"},
	{Consistency{}, command.PrefixKeys{Prefix: "p", Max: 2}, "0c00ffb100010000007002000000"},
	{Consistency{}, command.KeyCount{}, "1a00ffb1"},
}

func TestQueriesTravelByteForByte(t *testing.T) {
	for _, tc := range queries {
		frame := AppendQuery(nil, tc.c, tc.q)
		require.Equal(t, tc.wire, hex.EncodeToString(frame), "%#v", tc.q)
		r, err := DecodeRequest(frame)
		require.NoError(t, err)
		require.Equal(t, Request{Op: QueryOp(tc.q), Consistency: tc.c, Query: tc.q}, r)
	}
}

// readReply is what a client makes of answer.
func readReply(t *testing.T, op Op, answer []byte) Reply {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(answer))
	got, err := ReadReply(r, op)
	require.NoError(t, err)
	require.Zero(t, r.Buffered(), "bytes left behind %v", op)
	return got
}

func TestAnswersTravelByteForByte(t *testing.T) {
	entries := []command.Entry{{Key: "b", Value: []byte("2")}, {Key: "c", Value: []byte("3")}}
	down := []command.Entry{entries[1], entries[0]}
	values := [][]byte{[]byte("10"), []byte("2"), []byte("3")}
	options := []command.Option{command.Some([]byte("10")), command.None, command.Some([]byte("2"))}
	for _, tc := range []struct {
		op   Op
		a    command.Answer
		wire string
		want Reply
	}{
		{OpExists, command.Answer{Found: true}, "0000000001", Reply{Found: true}},
		{OpGet, command.Answer{Value: []byte("v")}, "000000000100000076", Reply{Bytes: []byte("v")}},
		{OpGet, command.Refused(command.CodeNotFound, "Not_found"), "05000000090000004e6f745f666f756e64",
			Reply{Err: &command.Error{Code: command.CodeNotFound, Message: "Not_found"}}},
		{OpGetKeyCount, command.Answer{Count: 6}, "000000000600000000000000", Reply{Count: 6}},
		{OpRange, command.Answer{Keys: []string{"a", "b", "c"}}, "0000000003000000010000006301000000620100000061",
			Reply{Keys: []string{"a", "b", "c"}}},
		{OpPrefixKeys, command.Answer{Keys: []string{"pa", "pb"}}, "0000000002000000020000007062020000007061",
			Reply{Keys: []string{"pa", "pb"}}},
		{OpRangeEntries, command.Answer{Entries: entries}, "00000000020000000100000063010000003301000000620100000032",
			Reply{Entries: entries}},
		{OpRevRangeEntries, command.Answer{Entries: down}, "00000000020000000100000062010000003201000000630100000033",
			Reply{Entries: down}},
		{OpMultiGet, command.Answer{Values: values}, "000000000300000001000000330100000032020000003130", Reply{Values: values}},
		{OpMultiGetOption, command.Answer{Options: options}, "00000000030000000102000000313000010100000032", Reply{Options: options}},
		{OpAssert, command.Answer{}, "00000000", Reply{}},
		{OpAssertExists, command.Refused(command.CodeAssertionFailed, "bb"), "07000000020000006262",
			Reply{Err: &command.Error{Code: command.CodeAssertionFailed, Message: "bb"}}},
	} {
		b := AppendAnswer(nil, tc.op, tc.a)
		require.Equal(t, tc.wire, hex.EncodeToString(b), "%v", tc.op)
		require.Equal(t, tc.want, readReply(t, tc.op, b), "%v", tc.op)
	}
}

func TestResultsTravelByteForByte(t *testing.T) {
	old := command.Some([]byte("1"))
	for _, tc := range []struct {
		op   Op
		r    command.Result
		wire string
		want Reply
	}{
		{OpSet, command.Result{}, "00000000", Reply{}},
		{OpNop, command.Result{}, "00000000", Reply{}},
		{OpDelete, command.Failed(command.CodeNotFound, "nope"), "05000000040000006e6f7065",
			Reply{Err: &command.Error{Code: command.CodeNotFound, Message: "nope"}}},
		{OpTestAndSet, command.Result{Option: old}, "00000000010100000031", Reply{Option: old}},
		{OpReplace, command.Result{}, "0000000000", Reply{}},
		{OpUserFunction, command.Result{Option: command.Some([]byte("ohce"))}, "0000000001040000006f686365",
			Reply{Option: command.Some([]byte("ohce"))}},
		{OpDeletePrefix, command.Result{Count: 2}, "0000000002000000", Reply{Count: 2}},
	} {
		b := AppendResult(nil, tc.op, tc.r)
		require.Equal(t, tc.wire, hex.EncodeToString(b), "%v", tc.op)
		require.Equal(t, tc.want, readReply(t, tc.op, b), "%v", tc.op)
	}
}

func TestAdministrativeAnswers(t *testing.T) {
	require.Equal(t, "00000000020100000000000000", hex.EncodeToString(AppendStamp(nil, 1)))
	require.Equal(t, int64(1), readReply(t, OpGetTxID, AppendStamp(nil, 1)).Count)
	v := readReply(t, OpVersion, AppendVersion(nil, [3]int32{1, 9, 25}, "info"))
	require.Equal(t, Reply{Version: [3]int32{1, 9, 25}, Bytes: []byte("info")}, v)
	require.Equal(t, "01000000", hex.EncodeToString(AppendError(nil, command.CodeNoMagic, "dropped")))
	require.Equal(t, command.CodeNoMagic, readReply(t, OpGet, unhex(t, "01000000")).Err.Code)
	require.Equal(t, command.Some([]byte("arakoon_1")), readReply(t, OpWhoMaster, unhex(t, "0000000001090000006172616b6f6f6e5f31")).Option)
}

func TestCodesThatCloseTheConnection(t *testing.T) {
	open := map[command.Code]bool{0: true, 5: true, 7: true, 0x21: true, 0x26: true, 0x80: true}
	for c := range command.Code(0x100) {
		require.Equal(t, !open[c], Closes(c), "code %#x", uint32(c))
	}
}
