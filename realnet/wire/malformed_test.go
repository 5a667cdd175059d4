package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// refused scans and decodes b, which must end the connection, and returns what
// is said before.
func refused(t *testing.T, b []byte) string {
	t.Helper()
	var s Scanner
	n, err := s.Scan(b)
	if err == nil {
		require.NotZero(t, n, "neither refused nor complete")
		_, err = DecodeRequest(b[:n])
	}
	var p *ProtocolError
	require.ErrorAs(t, err, &p)
	require.NotEmpty(t, p.Reason)
	return hex.EncodeToString(p.Answer)
}

const unknownFailure = "ff0000000f000000756e6b6e6f776e206661696c757265"

func TestMalformedCommands(t *testing.T) {
	for name, tc := range map[string][2]string{ // any order: each is on its own
		"D01 unknown opcode 99":       {"9900ffb1", "050000001500000039393a20636f6d6d616e64206e6f7420666f756e64"},
		"D02 unknown opcode 2a":       {"2a00ffb1", "050000001500000032613a20636f6d6d616e64206e6f7420666f756e64"},
		"opcode beyond the table":     {"ffffffb1", hex.EncodeToString(AppendError(nil, 5, "ffff: command not found"))},
		"D03 no magic":                {"08000000", "01000000"},
		"D04 magic bits missing":      {"0200ffb0", "01000000"},
		"D06 consistency byte":        {"0800ffb107010000006b", ""},
		"D07 bool byte":               {"0d00ffb1010000006b07", unknownFailure},
		"range's bool byte":           {"0b00ffb1000002", ""},
		"D08 GET of length -1":        {"0800ffb100ffffffff", ""},
		"GET of 2 GiB":                {"0800ffb100ffffff7f", ""},
		"D09 PING of length -1":       {"0100ffb1ffffffff", unknownFailure},
		"SET of length -1":            {"0900ffb1ffffffff", ""},
		"SET with a value of 64 MiB":  {"0900ffb1000000000000000400", ""},
		"MULTI_GET of -1 keys":        {"1100ffb100ffffffff", ""},
		"MULTI_GET of 2^31-1 keys":    {"1100ffb100ffffff7f", ""},
		"D10 payload is a Set":        {"1000ffb10e0000000100000001000000610100000062", "ff0000001b00000073686f756c642068617665206265656e20612073657175656e6365"},
		"D11 synced payload, tag 13":  {"2400ffb1080000000d00000000000000", "ff0000001b00000073686f756c642068617665206265656e20612073657175656e6365"},
		"D12 unknown tag 99":          {"1000ffb10400000063000000", unknownFailure},
		"a master's name is refused":  {"1000ffb11a000000050000000100000004000000020000006e390000000000000000", unknownFailure},
		"range assertion of kind 2":   {"1000ffb11800000005000000010000001100000000000000 02000000 00000000", unknownFailure},
		"payload of -1 updates":       {"1000ffb10800000005000000ffffffff", unknownFailure},
		"payload of many updates":     {"1000ffb10800000005000000ffffff7f", unknownFailure},
		"empty payload":               {"1000ffb100000000", unknownFailure},
		"known, not served: NURSERY":  {"2000ffb1", hex.EncodeToString(AppendError(nil, 0x20, "GET_NURSERY_CFG is not supported by this version"))},
		"string beyond the frame":     {"0d00ffb101000000 6b 01 ffffff03", unknownFailure},
		"option byte in a sequence":   {"1000ffb11100000005000000010000000800000001000000 6102", unknownFailure},
		"length -1 within a sequence": {"1000ffb1100000000500000001000000 02000000 ffffffff", unknownFailure},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc[1], refused(t, unhex(t, tc[0]))) })
	}
}

func TestNestingIsBounded(t *testing.T) {
	nest := func(depth int) command.Sequence {
		s := command.Sequence{Updates: []command.Update{}}
		for range depth - 1 {
			s = command.Sequence{Updates: []command.Update{s}}
		}
		return s
	}
	r, err := DecodeRequest(AppendUpdate(nil, nest(command.MaxDepth)))
	require.NoError(t, err)
	require.Equal(t, nest(command.MaxDepth), r.Update)
	require.Equal(t, unknownFailure, refused(t, AppendUpdate(nil, nest(command.MaxDepth+1))))
}

func TestLooseMagicAndTrailingBytesPass(t *testing.T) {
	r, err := DecodeRequest(unhex(t, "0200ffff")) // D05
	require.NoError(t, err)
	require.Equal(t, OpWhoMaster, r.Op)
	r, err = DecodeRequest(unhex(t, "1000ffb10c00000005000000000000004a554e4b")) // D13
	require.NoError(t, err)
	require.Equal(t, command.Sequence{Updates: []command.Update{}}, r.Update)
	// An administrative write of the original is invisible to clients.
	r, err = DecodeRequest(unhex(t, "1000ffb1190000000500000001000000090000000300000061646d010100000031"))
	require.NoError(t, err)
	require.Equal(t, command.Sequence{Updates: []command.Update{command.Nop{}}}, r.Update)
}

// A command that arrives byte by byte is found complete exactly at its last byte.
func TestScannerAtEveryCut(t *testing.T) {
	var all []byte
	var sizes []int
	add := func(b []byte) { all, sizes = append(all, b...), append(sizes, len(b)) }
	for _, tc := range updates {
		add(AppendUpdate(nil, tc.u))
	}
	for _, tc := range queries {
		add(AppendQuery(nil, tc.c, tc.q))
	}
	add(AppendPing(nil, "me", "ricky"))
	add(AppendUserHook(nil, Consistency{}, "hook"))
	for _, op := range []Op{OpWhoMaster, OpVersion, OpDropMaster, OpStatistics} {
		add(AppendCommand(nil, op))
	}
	var s Scanner
	start := 0
	for _, size := range sizes {
		for have := range size {
			n, err := s.Scan(all[start : start+have])
			require.NoError(t, err)
			require.Zero(t, n, "complete after %d of %d bytes", have, size)
			require.Greater(t, s.Need(), have)
			require.LessOrEqual(t, s.Need(), size)
		}
		n, err := s.Scan(all[start:])
		require.NoError(t, err)
		require.Equal(t, size, n)
		start += size
	}
}

func TestEndOfFileWithinACommand(t *testing.T) {
	told := hex.EncodeToString(AppendError(nil, command.CodeUnknownFailure, MsgEndOfFile))
	for in, want := range map[string]string{ // any order: each is on its own
		"0d00ffb1050000006162": told, // D14, TEST_AND_SET
		"1000ffb1ff000000":     told, // SEQUENCE
		"0900ffb1050000006162": "",   // SET
		"0800ffb1":             "",   // GET
		"0d00":                 "",   // not even a command word
	} {
		b := unhex(t, in)
		var s Scanner
		n, err := s.Scan(b)
		require.NoError(t, err)
		require.Zero(t, n)
		require.Equal(t, want, hex.EncodeToString(s.EOF(len(b)).Answer), in)
	}
}

func TestPrologue(t *testing.T) {
	good := unhex(t, "0000ffb101000000050000007269636b79")
	require.Equal(t, good, AppendPrologue(nil, "ricky"))
	for have := range len(good) {
		_, err := ReadPrologue(good[:have], "ricky")
		require.ErrorIs(t, err, ErrShort)
	}
	n, err := ReadPrologue(append(good, 0x02), "ricky")
	require.NoError(t, err)
	require.Equal(t, len(good), n)

	for name, tc := range map[string]struct{ in, answer string }{ // any order: each is on its own
		"D20 wrong cluster":   {string(unhex(t, "0000ffb101000000040000006e6f7065")), ""},
		"D21 wrong version":   {string(unhex(t, "0000ffb102000000")), ""},
		"wrong magic":         {string(unhex(t, "0100ffb1")), ""},
		"cluster of -1 bytes": {string(unhex(t, "0000ffb101000000ffffffff")), ""},
		"cluster of 2 GiB":    {string(unhex(t, "0000ffb101000000ffffff7f")), ""},
		"HTTP":                {"GET / HTTP/1.1\r\n", "HTTP/1.1 400 "},
		"TLS":                 {"\x16\x03\x01\x02\x00", "\x15\x03\x01\x00\x02\x02\x46"},
	} {
		_, err := ReadPrologue([]byte(tc.in), "ricky")
		var p *ProtocolError
		require.ErrorAs(t, err, &p, name)
		require.True(t, strings.HasPrefix(string(p.Answer), tc.answer), name)
		require.Equal(t, tc.answer == "", len(p.Answer) == 0, name)
	}
}

func TestMalformedReplies(t *testing.T) {
	for _, tc := range []struct {
		op   Op
		in   string
		want error
	}{
		{OpGet, "", io.EOF},
		{OpGet, "0000", io.ErrUnexpectedEOF},
		{OpGet, "000000000500000061", io.ErrUnexpectedEOF},
		{OpGet, "00000000ffffffff", ErrReply},
		{OpGet, "00000000ffffff7f", ErrReply},
		{OpExists, "0000000002", ErrReply},
		{OpRange, "00000000ffffffff", ErrReply},
		{OpRange, "00000000ffffff0f", io.ErrUnexpectedEOF},
		{OpGetTxID, "0000000000", ErrReply},
		{OpSet, "04000000ffffff0f6e", io.ErrUnexpectedEOF},
	} {
		_, err := ReadReply(bufio.NewReader(bytes.NewReader(unhex(t, tc.in))), tc.op)
		require.ErrorIs(t, err, tc.want, "%v %s", tc.op, tc.in)
	}
	broken := errors.New("broken")
	_, err := ReadReply(bufio.NewReader(iotest.ErrReader(broken)), OpGet)
	require.ErrorIs(t, err, broken)
}

// A length that promises a gigabyte costs no more than what comes.
func TestRepliesCostWhatArrives(t *testing.T) {
	in := unhex(t, "00000000ffffff0f")
	in = append(in, make([]byte, 100)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadReply(bufio.NewReaderSize(bytes.NewReader(in), 16), OpGet)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
