package tlog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// write replaces a file's bytes.
func write(t testing.TB, d disk.Disk, path string, b []byte) {
	t.Helper()
	f, err := d.Create(path)
	require.NoError(t, err)
	_, err = f.WriteAt(b, 0)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func bytesOf(t testing.TB, d disk.Disk, path string) []byte {
	t.Helper()
	f, err := d.Open(path)
	require.NoError(t, err)
	defer f.Close()
	size, err := f.Size()
	require.NoError(t, err)
	b := make([]byte, size)
	_, err = f.ReadAt(b, 0)
	if size > 0 {
		require.NoError(t, err)
	}
	return b
}

// newer makes the copies of a header say that they are of a newer format.
func newer(b []byte, copies ...int) []byte {
	for _, at := range copies {
		b[at+8] = 9
	}
	return b
}

// otherLog returns the disk of another log.
func otherLog(t *testing.T, cluster, node string) *disk.Mem {
	d := disk.NewMem(0)
	o := options()
	o.ClusterID, o.Node = cluster, node
	o.Rand = func(b []byte) {
		for i := range b {
			b[i] = byte(i + 99)
		}
	}
	l, _ := mustOpen(t, d, o)
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "theirs"))
	require.NoError(t, l.Close())
	return d
}

var refusals = []struct {
	name   string
	change func(t *testing.T, d *disk.Mem)
	err    error
	says   []string
}{
	{"OCaml Arakoon", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Remove("log/ID"))
		require.NoError(t, d.Remove("log/001.tlog"))
		write(t, d, "log/000.tlog", []byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 2, 0, 0, 0, 9, 9})
	}, ErrForeign, []string{"T101", "log/000.tlog", "OCaml", "import"}},
	{"OCaml archive", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Remove("log/ID"))
		require.NoError(t, d.Remove("log/001.tlog"))
		write(t, d, "log/000.tlx", nil)
	}, ErrForeign, []string{"T101", "log/000.tlx"}},
	{"other cluster", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/ID", bytesOf(t, otherLog(t, "x", "n1"), "log/ID"))
	}, ErrForeign, []string{"T101", `cluster "x"`, "tlog_dir"}},
	{"other node", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/ID", bytesOf(t, otherLog(t, "c", "n2"), "log/ID"))
	}, ErrForeign, []string{"T101", `node "n2"`}},
	{"segment of another node", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/001.tlog", bytesOf(t, otherLog(t, "c", "n1"), "log/001.tlog"))
	}, ErrForeign, []string{"T101", "log/001.tlog", "incarnation"}},
	{"segment under another number", func(t *testing.T, d *disk.Mem) {
		l, _ := mustOpen(t, d, options())
		require.NoError(t, l.Close())
		write(t, d, "log/003.tlog", bytesOf(t, d, "log/002.tlog"))
		id, _, err := readID(d, "log")
		require.NoError(t, err)
		id.newest = 3
		require.NoError(t, writeID(d, "log", id))
	}, ErrForeign, []string{"T101", "segment 2", "segment 3"}},
	{"newer ID", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/ID", newer(bytesOf(t, d, "log/ID"), 0, pageBytes))
	}, ErrNewer, []string{"T102", "version 9", "newer software"}},
	{"newer segment", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/001.tlog", newer(bytesOf(t, d, "log/001.tlog"), 0, pageBytes))
	}, ErrNewer, []string{"T102", "log/001.tlog"}},
	{"missing segment", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Remove("log/001.tlog"))
	}, ErrMissing, []string{"T103", "log/001.tlog", "restore"}},
	{"missing ID", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Remove("log/ID"))
	}, ErrMissing, []string{"T103", "log/ID", "restore"}},
	{"ID damaged twice", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Flip("log/ID", 20, 1))
		require.NoError(t, d.Flip("log/ID", pageBytes+20, 1))
	}, ErrDamaged, []string{"T104", "log/ID"}},
	{"empty ID", func(t *testing.T, d *disk.Mem) {
		write(t, d, "log/ID", nil)
	}, ErrDamaged, []string{"T104"}},
	{"header damaged twice", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Flip("log/001.tlog", 30, 1))
		require.NoError(t, d.Flip("log/001.tlog", pageBytes+30, 1))
	}, ErrDamaged, []string{"T104", "log/001.tlog", "both copies"}},
	{"genesis gone", func(t *testing.T, d *disk.Mem) {
		require.NoError(t, d.Flip("log/001.tlog", 2*pageBytes+batchFixed+2*tableEntryLen+3, 1))
	}, ErrDamaged, []string{"T104", "genesis"}},
}

// TestRefusals: each says its number, what was found, and what to do.
func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			d := disk.NewMem(0)
			l, _ := mustOpen(t, d, options())
			appendSync(t, l, 1, promised(1, 0),
				core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}, accepted(1, 1, "a"))
			appendSync(t, l, 2, promised(2, 0))
			require.NoError(t, l.Close())
			c.change(t, d)
			before := files(t, d)
			_, _, err := Open(d, options())
			require.ErrorIs(t, err, c.err)
			for _, s := range c.says {
				require.True(t, strings.Contains(err.Error(), s), "%q lacks %q", err, s)
			}
			require.Equal(t, before, files(t, d), "what is refused is left alone")
			_, err = d.Lock("log")
			require.NoError(t, err, "the lock is given up")
		})
	}
}

// TestBootCutShortIsNoMissingID: an ID comes before the first segment.
func TestBootCutShortIsNoMissingID(t *testing.T) {
	total, err := boundaries(disk.NewMem(0), func(d *disk.Mem) error {
		_, _, err := Open(d, options())
		return err
	})
	require.NoError(t, err)
	for n := range total {
		d := disk.NewMem(0)
		d.FailAfter(n)
		_, _, err := Open(d, options())
		require.ErrorIs(t, err, disk.ErrCrashed)
		for label, image := range d.Images(12, true) {
			_, opened, err := Open(image, options())
			require.NoError(t, err, "operation %d, image %s", n, label)
			require.Equal(t, core.Restored{}, opened.Restored)
		}
	}
}
