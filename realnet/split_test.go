package realnet

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/disk/disktest"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

func newSplit(t *testing.T) (s *split, log, archive *osdisk.Disk) {
	log, err := osdisk.New(t.TempDir())
	require.NoError(t, err)
	archive, err = osdisk.New(t.TempDir())
	require.NoError(t, err)
	return &split{log, archive}, log, archive
}

func TestSplit_IsADisk(t *testing.T) {
	disktest.Run(t, func(t *testing.T) disk.Disk { s, _, _ := newSplit(t); return s })
}

func TestSplit_PutsCompressedSegmentsElsewhere(t *testing.T) {
	s, log, archive := newSplit(t)
	touch := func(d disk.Disk, name string) {
		f, err := d.Create(name)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	touch(s, "002.tlog")
	touch(s, "compress.tmp")
	require.NoError(t, s.Rename("compress.tmp", "001.tlx"))
	touch(log, "000.tlx") // from before the option was set
	touch(archive, "other")
	require.Error(t, s.Rename("002.tlog", "002.tlx"))

	names, err := s.List(".")
	require.NoError(t, err)
	require.Equal(t, []string{"000.tlx", "001.tlx", "002.tlog"}, names)
	names, err = archive.List(".")
	require.NoError(t, err)
	require.Equal(t, []string{"001.tlx", "other"}, names)
	for _, name := range []string{"000.tlx", "001.tlx"} {
		f, err := s.Open(name)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		require.NoError(t, s.Remove(name))
		require.ErrorIs(t, s.Remove(name), disk.ErrNotExist)
	}

	lock, err := s.Lock(".")
	require.NoError(t, err)
	_, err = archive.Lock(".")
	require.ErrorIs(t, err, disk.ErrLocked)
	require.NoError(t, lock.Unlock())
	lock, err = archive.Lock(".")
	require.NoError(t, err)
	_, err = s.Lock(".")
	require.ErrorIs(t, err, disk.ErrLocked)
	require.NoError(t, lock.Unlock())
	lock, err = s.Lock(".")
	require.NoError(t, err, "half a lock was given back")
	require.NoError(t, lock.Unlock())
}

// A log on a split disk keeps its compressed segments apart, and finds them.
func TestSplit_HoldsALog(t *testing.T) {
	s, log, archive := newSplit(t)
	o := tlog.Options{Dir: ".", ClusterID: "ricky", Node: "n0", Rand: random, Compress: true, MaxEntries: 4, SegmentBytes: 1 << 20}
	l, _, err := tlog.Open(s, o)
	require.NoError(t, err)
	for i := range core.Instance(40) {
		v := core.EncodeBatch([][]byte{make([]byte, 200)})
		l.Append([]core.Record{{Kind: core.RecordAccepted, Instance: i + 1, Ballot: core.Ballot{Round: 1}, Bytes: v}},
			core.HardState{Promised: core.Ballot{Round: 1}, Commit: i}, core.Position(i+1))
		j := l.NextSync()
		j.Run()
		_, err := l.FinishSync(j)
		require.NoError(t, err)
	}
	for j := l.NextUpkeep(30, tlog.DefaultRetention); j != nil; j = l.NextUpkeep(30, tlog.DefaultRetention) {
		j.Run()
		_, err := l.FinishUpkeep(j)
		require.NoError(t, err)
	}
	count := func(d disk.Disk, what string) (n int) {
		names, err := d.List(".")
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, what) {
				n++
			}
		}
		return n
	}
	require.Zero(t, count(log, ".tlx"))
	require.Positive(t, count(archive, ".tlx"))
	require.NoError(t, l.Close())
	l, opened, err := tlog.Open(s, o)
	require.NoError(t, err)
	require.Equal(t, core.Instance(1), opened.First)
	j := l.NextRead(1, 39, 1<<20)
	j.Run()
	entries, err := l.FinishRead(j)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	require.NoError(t, l.Close())
}
