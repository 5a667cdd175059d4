package tlog

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// install tells the log of a snapshot, and opens it anew.
func installAndOpen(t *testing.T, d disk.Disk, l *Log, s core.Instance) (*Log, *Opened) {
	t.Helper()
	j := l.NextInstall(s, promised(1, int(s)))
	j.Run()
	require.NoError(t, l.FinishInstall(j))
	require.NoError(t, l.Close())
	return mustOpen(t, d, options())
}

// TestInstallNotesWhatRottedSinceTheOpen: an own entry above the snapshot that can't
// be read any more was a vote; it is unknown from then on, and not absent.
func TestInstallNotesWhatRottedSinceTheOpen(t *testing.T) {
	for _, rotten := range [][]int{{3}, {4}, {3, 4}} {
		d := disk.NewMem(0)
		l := filled(t, d, options(), 4)
		var unknown []core.Unknown
		for _, i := range rotten {
			at := bytes.Index(bytesOf(t, d, "log/001.tlog"), fmt.Append(nil, "value ", i))
			require.NoError(t, d.Flip("log/001.tlog", int64(at), 1))
			unknown = append(unknown, core.Unknown{Instance: core.Instance(i), Ballot: core.Ballot{Round: 1, Member: 1}})
		}
		l, opened := installAndOpen(t, d, l, 2)
		require.Equal(t, unknown, opened.Restored.Unknown)
		for _, i := range rotten {
			_, err := read(t, l, core.Instance(i), core.Instance(i), 9)
			require.Error(t, err)
		}
	}
}

// TestInstallCarriesAnyNumberOfEntries: one batch holds only so many of them, and so
// many bytes.
func TestInstallCarriesAnyNumberOfEntries(t *testing.T) {
	for _, c := range []struct{ n, bytes int }{{2*maxRecords + 1, 1}, {5, carryBytes * 2 / 5}} {
		d := disk.NewMem(0)
		l, _ := mustOpen(t, d, options())
		var want []core.Entry
		for i := 1; i <= c.n; i++ {
			value := fmt.Sprintf("%0*d", c.bytes, i)
			appendSync(t, l, core.Position(i), promised(1, 0), accepted(i, 1, value))
			want = append(want, entry(i, 1, value))
		}
		_, opened := installAndOpen(t, d, l, 1)
		require.Equal(t, want[1:], opened.Restored.Entries)
	}
}
