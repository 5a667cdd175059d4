package offline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/disk/disktest"
)

func TestDisk_IsADisk(t *testing.T) {
	disktest.Run(t, func(t *testing.T) disk.Disk {
		o, err := Open(t.TempDir(), "")
		require.NoError(t, err)
		t.Cleanup(o.Close)
		return o
	})
}

func TestDisk_ChangesNothingBelow(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400))
	}
	write("a", "first")
	write("b", "second")
	write("c", "third")
	o, err := Open(dir, "")
	require.NoError(t, err)
	defer o.Close()

	f, err := o.Open("a")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("F"), 0)
	require.NoError(t, err)
	got := make([]byte, 5)
	_, err = f.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, "First", string(got))
	require.NoError(t, o.Remove("b"))
	_, err = o.Open("b")
	require.ErrorIs(t, err, disk.ErrNotExist)
	require.ErrorIs(t, o.Remove("b"), disk.ErrNotExist)
	require.NoError(t, o.Rename("c", "d"))
	names, err := o.List(".")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "d"}, names)

	for name, text := range map[string]string{"a": "first", "b": "second", "c": "third"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, text, string(b))
	}
	_, err = Open(filepath.Join(dir, "a"), "")
	require.ErrorContains(t, err, "not a directory")
	_, err = Open(filepath.Join(dir, "none"), "")
	require.ErrorIs(t, err, os.ErrNotExist)
}
