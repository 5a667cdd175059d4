package tlog

import (
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew; read the diff before you commit it")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "go test ./core/tlog -run Golden -rewrite makes it")
	require.Equal(t, string(want), got)
}

// goldenLog holds each kind of record, an overwritten instance, a seal, a roll
// and an open.
func goldenLog(t *testing.T) *disk.Mem {
	d := disk.NewMem(0)
	require.NoError(t, new(history).run(d))
	return d
}

// TestGoldenBytes pins the format: these bytes must stay readable for ever.
func TestGoldenBytes(t *testing.T) {
	d := goldenLog(t)
	var out strings.Builder
	for _, name := range []string{"ID", "001.tlog", "006.tlog"} {
		b := bytesOf(t, d, "log/"+name)
		out.WriteString("== " + name + "\n")
		skipped := false
		for line := range strings.Lines(hex.Dump(b)) {
			zero := strings.Contains(line, "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00")
			if zero && !skipped {
				out.WriteString("…\n")
			}
			if skipped = zero; !zero {
				out.WriteString(line)
			}
		}
	}
	golden(t, "bytes.golden", out.String())
}

func TestGoldenDump(t *testing.T) {
	d := goldenLog(t)
	before := d.Counters().Mutations
	var out strings.Builder
	require.NoError(t, Dump(&out, d, "log"))
	require.Equal(t, before, d.Counters().Mutations, "a dump changes nothing")
	golden(t, "dump.golden", out.String())
}

// TestGoldenDumpOfDamage shows each verdict but keep.
func TestGoldenDumpOfDamage(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	for i := 1; i <= 7; i++ {
		appendSync(t, l, core.Position(i), promised(1, i-1), accepted(2*i-1, 1, "some value"), accepted(2*i, 1, "another"))
	}
	require.NoError(t, l.Close())
	batch := func(i int) int64 { return int64((1 + i) * pageBytes) }
	require.NoError(t, d.Flip("log/001.tlog", batch(2)+9, 1))                                 // header: named by the next
	require.NoError(t, d.Flip("log/001.tlog", batch(3)+int64(batchFixed+4*tableEntryLen), 1)) // a body
	require.NoError(t, d.Flip("log/001.tlog", batch(4)+9, 1))                                 // two headers
	require.NoError(t, d.Flip("log/001.tlog", batch(5)+9, 1))
	require.NoError(t, d.Flip("log/001.tlog", batch(6)+4000, 1))                              // padding
	require.NoError(t, d.Flip("log/001.tlog", batch(7)+int64(batchFixed+4*tableEntryLen), 1)) // the last: in doubt
	require.NoError(t, d.Flip("log/001.tlog", 99, 1))                                         // header of the segment
	require.NoError(t, d.Flip("log/ID", 99, 1))
	var out strings.Builder
	require.NoError(t, Dump(&out, d, "log"))
	golden(t, "damage.golden", out.String())
}
