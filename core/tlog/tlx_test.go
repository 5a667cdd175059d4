package tlog

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// compressedLog returns the disk of a log whose first two segments are compressed,
// the first of them in several frames, and what it holds.
func compressedLog(t testing.TB) (*disk.Mem, Options, []core.Entry) {
	t.Helper()
	d := disk.NewMem(0)
	o := options()
	o.Compress, o.SegmentBytes, o.MaxEntries = true, 4<<20, 7
	l, _ := mustOpen(t, d, o)
	var want []core.Entry
	for i := 1; i <= 16; i++ {
		n := 60
		if i == 5 {
			n = 60_000 // goes on into a second frame
		}
		value := []byte{}
		for k := range n {
			value = fmt.Append(value, "value ", i, " ", uint32(k*k)*uint32(0x9e3779b9), " ")
		}
		r := accepted(i, 1, string(value))
		recs := []core.Record{r}
		if i == 1 {
			recs = append(recs, genesisRecord())
		}
		appendSync(t, l, core.Position(i), promised(1, i-1), recs...)
		want = append(want, core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes})
	}
	require.Equal(t, []string{"compress 1", "compress 2"}, lookAfter(t, l, 16, Retention{Segments: 99}))
	require.NoError(t, l.Close())
	require.NoError(t, d.SyncDir("log"))
	d.PowerLoss(disk.LoseAll)
	require.Equal(t, []string{"001.tlx", "002.tlx", "003.tlog", "BASE"}, names(d))
	return d, o, want
}

// TestFlipsInCompressedSegmentsAreFound by Verify and by whoever reads, and are
// never served, whether a start reads the segments or not.
func TestFlipsInCompressedSegmentsAreFound(t *testing.T) {
	d, o, want := compressedLog(t)
	report, err := Verify(io.Discard, d, "log")
	require.NoError(t, err)
	require.Empty(t, report.Damage)
	require.Equal(t, len(want), report.Entries)
	flips, served, gone := 0, 0, 0
	for _, name := range []string{"001.tlx", "002.tlx"} {
		size := files(t, d)[name]
		for off := int64(0); off < size; off += 1 + size/60 {
			where := fmt.Sprintf("%s, byte %d of %d", name, off, size)
			c := d.Clone()
			require.NoError(t, c.Flip("log/"+name, off, 1<<(off%8)))
			report, err := Verify(io.Discard, c, "log")
			require.NoError(t, err, where)
			inZeros := bytesOf(t, d, "log/"+name)[off] == 0
			require.True(t, len(report.Damage) > 0 || inZeros, "%s: not found", where)
			for _, checkpoint := range []core.Instance{0, 15} {
				o.Checkpoint = checkpoint
				l, _, err := Open(c, o)
				require.NoError(t, err, "%s: one flip never stops a node", where)
				for _, e := range want {
					got, err := read(t, l, e.Instance, e.Instance, 1)
					if err != nil {
						require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotHeld), "%s: %v", where, err)
						gone++
						continue
					}
					require.Equal(t, []core.Entry{e}, got, where)
					served++
				}
				require.NoError(t, l.Close())
			}
			flips++
		}
	}
	t.Logf("flips=%d served=%d refused=%d wrong=0", flips, served, gone)
	require.NotZero(t, gone)
}

// TestCompressedHeaderGone takes both copies.
func TestCompressedHeaderGone(t *testing.T) {
	d, o, _ := compressedLog(t)
	require.NoError(t, d.Flip("log/001.tlx", 30, 1))
	l, opened := mustOpen(t, d, o)
	require.NoError(t, l.Close())
	require.NotEmpty(t, opened.Restored.Genesis)
	require.NoError(t, d.Flip("log/001.tlx", pageBytes+30, 1))
	_, _, err := Open(d, o)
	require.ErrorIs(t, err, ErrDamaged)
	for _, s := range []string{"T104", "log/001.tlx", "both copies"} {
		require.Contains(t, err.Error(), s)
	}
	report, err := Verify(io.Discard, d, "log")
	require.NoError(t, err)
	require.NotEmpty(t, report.Damage)
	list, err := Ls(d, "log")
	require.NoError(t, err)
	require.NotEmpty(t, list[0].Damage)
	require.NoError(t, Dump(io.Discard, d, "log"))
}

// TestBothFilesOfASegment: a compression that was cut short right before its end
// leaves both. One of them goes at the next start.
func TestBothFilesOfASegment(t *testing.T) {
	d, o, want := compressedLog(t)
	c, err := d.Open("log/001.tlx")
	require.NoError(t, err)
	tlx, err := openCompressed(c)
	require.NoError(t, err)
	raw := make([]byte, tlx.raw)
	_, err = tlx.ReadAt(raw, 0)
	require.NoError(t, err)
	write(t, d, "log/001.tlog", raw)
	require.NoError(t, Dump(io.Discard, d, "log"))
	l, opened := mustOpen(t, d, o)
	require.Empty(t, opened.Report)
	require.Contains(t, names(d), "001.tlog")
	require.NotContains(t, names(d), "001.tlx")
	got, err := read(t, l, 1, 3, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want[:3], got)
}

// FuzzTlx puts patches over a compressed segment, with and without right checksums,
// and reads it from end to end.
func FuzzTlx(f *testing.F) {
	d, o, _ := compressedLog(f)
	whole := bytesOf(f, d, "log/002.tlx")
	f.Add(uint32(40), []byte{0xff, 0xff, 0xff, 0xff}, true)
	f.Add(uint32(29), []byte{0, 0, 0, 0, 1}, true)
	f.Add(uint32(2*pageBytes+9), []byte{1, 2, 3}, true)
	f.Add(uint32(5000), []byte{}, false)
	f.Fuzz(func(t *testing.T, off uint32, patch []byte, sum bool) {
		d := d.Clone()
		b := bytes.Clone(whole)
		at := int(off) % len(b)
		if len(patch) == 0 {
			b = b[:at]
		} else {
			copy(b[at:], patch)
		}
		if sum {
			resumCompressed(b)
		}
		write(t, d, "log/002.tlx", b)
		if err := Dump(io.Discard, d, "log"); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(io.Discard, d, "log"); err != nil {
			t.Fatal(err)
		}
		for _, o.Checkpoint = range []core.Instance{0, 15} {
			l, _, err := Open(d.Clone(), o)
			if err != nil {
				continue
			}
			for i := core.Instance(1); i <= 16; i++ {
				j := l.NextRead(i, i, 1)
				j.Run()
				if _, err := l.FinishRead(j); err != nil {
					continue
				}
			}
		}
	})
}

// resumCompressed puts right checksums on frames and headers.
func resumCompressed(b []byte) {
	for _, at := range []int{0, pageBytes} {
		if len(b) < at+pageBytes {
			return
		}
		page := b[at:]
		n, length := int(le.Uint32(page[45:])), int(le.Uint32(page[16:]))
		if length < compressedFixed || length > len(page) {
			continue
		}
		off := 2 * int(padded(int64(length)))
		for k := 0; k < n && compressedFixed+8*k+8 <= length; k++ {
			entry := page[compressedFixed+8*k:]
			size := int(le.Uint32(entry))
			if size > len(b) || off+size > len(b) {
				break
			}
			le.PutUint32(entry[4:], crcOf(salted(le.Uint64(page[21:])), b[off:off+size]))
			off += size
		}
		le.PutUint32(page[12:], crcOf(0, page[16:length]))
	}
}

// TestFramesThatSayTheyAreHuge take no memory.
func TestFramesThatSayTheyAreHuge(t *testing.T) {
	h := compressedHead{number: 1, raw: 3 * pageBytes, own: make([]byte, 2*pageBytes)}
	packed := s2.Encode(nil, make([]byte, 64<<20))
	h.frames = []frame{{0, uint32(len(packed)), crcOf(salted(1), packed)}}
	b := append(h.encode(), packed...)
	d := disk.NewMem(0)
	require.NoError(t, d.MkdirAll("log"))
	write(t, d, "log/001.tlx", b)
	f, err := d.Open("log/001.tlx")
	require.NoError(t, err)
	c, err := openCompressed(f)
	require.NoError(t, err)
	p := make([]byte, pageBytes)
	n, err := c.ReadAt(p, 2*pageBytes)
	require.NoError(t, err)
	require.Equal(t, pageBytes, n)
	require.True(t, allZero(p))
	require.NotEmpty(t, c.damage)
	require.LessOrEqual(t, cap(c.buf), frameBytes)
}

// unhex makes the files of a golden hex dump on a disk.
func unhex(t *testing.T, d *disk.Mem, golden string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + golden)
	require.NoError(t, err)
	for part := range strings.SplitSeq(string(text), "== ") {
		lines := strings.Split(part, "\n")
		name, size, ok := strings.Cut(lines[0], " ")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(size)
		require.NoError(t, err)
		b := make([]byte, n)
		for _, line := range lines[1:] {
			if len(line) < 60 {
				continue
			}
			at, err := strconv.ParseInt(line[:8], 16, 64)
			require.NoError(t, err)
			bytes, err := hex.DecodeString(strings.ReplaceAll(line[10:58], " ", ""))
			require.NoError(t, err)
			copy(b[at:], bytes)
		}
		write(t, d, "log/"+name, b)
	}
}

// TestGoldenCompressedSegment: these bytes must stay readable for ever.
func TestGoldenCompressedSegment(t *testing.T) {
	d := disk.NewMem(0)
	require.NoError(t, d.MkdirAll("log"))
	unhex(t, d, "v1.golden")
	if *rewrite {
		c, o := d.Clone(), historyOptions()
		o.Compress = true
		l, _ := mustOpen(t, c, o)
		require.Equal(t, []string{"compress 1", "compress 3"}, lookAfter(t, l, 99, Retention{Segments: 9}))
		b := bytesOf(t, c, "log/001.tlx")
		var out strings.Builder
		fmt.Fprintf(&out, "== 001.tlx %d\n", len(b))
		for line := range strings.Lines(hex.Dump(append(b, make([]byte, 16-len(b)%16)...))) {
			if len(line) > 60 && !strings.Contains(line, "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00") {
				out.WriteString(line)
			}
		}
		require.NoError(t, os.WriteFile("testdata/tlx.golden", []byte(out.String()), 0o644))
	}
	require.NoError(t, d.Remove("log/001.tlog"))
	unhex(t, d, "tlx.golden")
	h := new(history)
	require.NoError(t, h.run(disk.NewMem(0)))
	require.NoError(t, h.check(d))
	require.Contains(t, names(d), "001.tlx")
}

// TestOlderFormatOpens: a log of version 1 is read, goes on as version 2, and its
// segments are read whole.
func TestOlderFormatOpens(t *testing.T) {
	d := disk.NewMem(0)
	require.NoError(t, d.MkdirAll("log"))
	unhex(t, d, "v1.golden")
	h := new(history)
	require.NoError(t, h.run(disk.NewMem(0)))
	require.NoError(t, h.check(d.Clone()))

	// The header of a version that says less makes nobody skip what stands before it.
	o := historyOptions()
	o.Checkpoint = 10
	l, opened := mustOpen(t, d, o)
	require.NoError(t, h.compare(l, opened, len(h.appends)))
	require.False(t, l.index.isWhole(1))
	require.NoError(t, l.Close())
	require.NoError(t, h.check(d))
}

// TestLsAndVerify describe a log with all that there may be in it, beside a log in
// use, and change nothing.
func TestLsAndVerify(t *testing.T) {
	d, o, _ := compressedLog(t)
	l, _ := mustOpen(t, d, o)
	appendSync(t, l, 1, promised(2, 16), accepted(17, 2, "more"))
	before := d.Counters().Mutations
	var out strings.Builder
	list, err := Ls(d, "log")
	require.NoError(t, err)
	for _, s := range list {
		if s.Kind == "tlx" {
			require.Less(t, s.Bytes, s.Length)
			s.Bytes = 0 // the compression may differ between processors
		}
		fmt.Fprintf(&out, "%+v\n", s)
	}
	report, err := Verify(&out, d, "log")
	require.NoError(t, err)
	fmt.Fprintf(&out, "%+v\n", *report)
	require.Equal(t, before, d.Counters().Mutations)
	golden(t, "ls.golden", out.String())
	require.NoError(t, d.Remove("log/002.tlx"))
	report, err = Verify(io.Discard, d, "log")
	require.NoError(t, err)
	require.Equal(t, []string{"002.tlog is missing"}, report.Damage)
}
