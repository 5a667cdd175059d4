package osdisk

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/disk/disktest"
)

func open(t testing.TB) *Disk {
	t.Helper()
	d, err := New(t.TempDir())
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) {
	disktest.Run(t, func(t *testing.T) disk.Disk { return open(t) })
}

func TestModesKeepOthersOut(t *testing.T) {
	d := open(t)
	require.NoError(t, d.MkdirAll("a/b"))
	f, err := d.Create("a/b/c")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	for p, want := range map[string]os.FileMode{"a": 0o700, "a/b": 0o700, "a/b/c": 0o600} {
		info, err := os.Stat(filepath.Join(d.Root(), p))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), p)
	}
}

func TestRemoveLeavesDirectories(t *testing.T) {
	d := open(t)
	require.NoError(t, d.MkdirAll("a"))
	require.Error(t, d.Remove("a"))
	require.NoError(t, d.SyncDir("a"))
}

func TestRootMustBeADirectory(t *testing.T) {
	p := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(p, nil, 0o600))
	_, err := New(p)
	require.Error(t, err)
	_, err = New(filepath.Join(p, "below"))
	require.Error(t, err)
	d, err := New(filepath.Join(t.TempDir(), "not", "there", "yet"))
	require.NoError(t, err)
	require.NoError(t, d.SyncDir("."))
}

// TestFullFileSystem writes to /dev/full, where every write finds no space.
func TestFullFileSystem(t *testing.T) {
	d := &Disk{root: "/dev"}
	f, err := d.Open("full")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, disk.ErrFull)
	require.NoError(t, f.Close())
}

// TestFailedSyncStaysFailed syncs a pipe's end, which can't be synced.
func TestFailedSyncStaysFailed(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	f := &file{f: w}
	first := f.Sync()
	require.Error(t, first)
	g, err := os.Create(filepath.Join(t.TempDir(), "good"))
	require.NoError(t, err)
	defer g.Close()
	f.f = g
	require.Equal(t, first, f.Sync())
}

// TestADriveThatFails: callers learn from the sentinel that it is the drive.
func TestADriveThatFails(t *testing.T) {
	err := translated(&os.PathError{Op: "read", Path: "/data/log/003.tlog", Err: syscall.EIO})
	require.ErrorIs(t, err, disk.ErrIO)
	require.ErrorContains(t, err, "/data/log/003.tlog")
}
