package realnet

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/disk/disktest"
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
	touch(s, "001.tlx.part")
	require.NoError(t, s.Rename("001.tlx.part", "001.tlx"))
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
