package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// FuzzRequest feeds what a client may send: nothing panics, a command that is
// accepted stays within its limits, and cutting the bytes in two changes nothing.
func FuzzRequest(f *testing.F) {
	for _, tc := range updates {
		f.Add(AppendUpdate(nil, tc.u), uint16(3))
	}
	for _, tc := range queries {
		f.Add(AppendQuery(nil, tc.c, tc.q), uint16(7))
	}
	f.Add(AppendPing(AppendPrologue(nil, "ricky"), "me", "ricky"), uint16(20))
	f.Fuzz(func(t *testing.T, in []byte, at uint16) {
		if n, err := ReadPrologue(in, "ricky"); err == nil {
			in = in[n:]
		}
		cut := min(int(at), len(in))
		var whole, parts Scanner
		n, err := whole.Scan(in)
		m, perr := parts.Scan(in[:cut])
		if m == 0 && perr == nil {
			m, perr = parts.Scan(in)
		}
		if n != m || (err == nil) != (perr == nil) {
			t.Fatalf("%s: %d, %v; cut at %d: %d, %v", hex.EncodeToString(in), n, err, cut, m, perr)
		}
		if n == 0 {
			return
		}
		r, err := DecodeRequest(in[:n])
		if err != nil {
			return
		}
		if r.Update != nil {
			reencode(t, r.Update)
		}
	})
}

// reencode checks that what the wire accepts can be logged and sent again.
func reencode(t *testing.T, u command.Update) {
	if _, err := command.Decode(command.Encode(u)); err != nil {
		t.Fatalf("accepted, but can't be logged: %v", err)
	}
	again, err := DecodeRequest(AppendUpdate(nil, u))
	if err != nil {
		t.Fatalf("accepted, but refused the second time: %v", err)
	}
	if !bytes.Equal(command.Encode(u), command.Encode(again.Update)) {
		t.Fatalf("%#v became %#v", u, again.Update)
	}
}

// FuzzResponse feeds what a server may answer.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"00000000", "0000000001", "000000000100000076", "0000000001090000006172616b6f6f6e5f30",
		"00000000020000000100000063010000003301000000620100000032",
		"04000000090000006172616b6f6f6e5f31", "00000000020100000000000000",
	} {
		b, _ := hex.DecodeString(s)
		for _, op := range []Op{OpGet, OpWhoMaster, OpRangeEntries, OpMultiGetOption, OpGetTxID} {
			f.Add(b, uint16(op))
		}
	}
	f.Add(AppendField(nil, List("arakoon_stats", Float("start", 1.5), Int32("n", 2), Int64("i", 3))), uint16(OpStatistics))
	f.Fuzz(func(t *testing.T, in []byte, op uint16) {
		_, _ = ReadReply(bufio.NewReaderSize(bytes.NewReader(in), 64), Op(op))
		_, _ = DecodeFields(in)
	})
}
