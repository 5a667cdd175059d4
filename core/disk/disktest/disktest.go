// Package disktest holds a Disk to the promises of package disk. Every
// implementation runs it: the memory disk and the OS disk alike.
//
//	func TestConformance(t *testing.T) {
//		disktest.Run(t, func(t *testing.T) disk.Disk { return disk.NewMem(0) })
//	}
//
// What only a power loss can show is tested on the memory disk alone.
package disktest

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Run runs the suite; open gives an empty disk for each of its tests.
func Run(t *testing.T, open func(t *testing.T) disk.Disk) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, disk.Disk)
	}{
		{"MissingFilesAndDirectories", testMissing},
		{"CreateEmptiesAnExistingFile", testCreateEmpties},
		{"ReadAtFollowsIoReaderAt", testReadAt},
		{"WritesBehindTheEndLeaveZeros", testHoles},
		{"TruncateCutsAndExtends", testTruncate},
		{"RenameReplaces", testRename},
		{"RenameStaysInItsDirectory", testRenameAcross},
		{"RemovedFilesStayReadableThroughHandles", testRemove},
		{"ReplacedFilesStayReadableThroughHandles", testReplaced},
		{"ListIsAscendingFilesOnly", testList},
		{"LockExcludes", testLock},
		{"PathsStayInside", testPaths},
		{"ClosedFilesRefuse", testClosed},
		{"HandlesShareTheFile", testHandles},
		{"SyncsSucceed", testSync},
		{"FreeIsPositive", testFree},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// put creates a file with the given bytes.
func put(t *testing.T, d disk.Disk, path string, b []byte) {
	t.Helper()
	f, err := d.Create(path)
	require.NoError(t, err)
	n, err := f.WriteAt(b, 0)
	require.NoError(t, err)
	require.Equal(t, len(b), n)
	require.NoError(t, f.Close())
}

// get returns a file's bytes.
func get(t *testing.T, d disk.Disk, path string) []byte {
	t.Helper()
	f, err := d.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	size, err := f.Size()
	require.NoError(t, err)
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size+1))
	require.NoError(t, err)
	require.Len(t, b, int(size))
	return b
}

func testMissing(t *testing.T, d disk.Disk) {
	_, err := d.Open("a")
	require.ErrorIs(t, err, disk.ErrNotExist)
	_, err = d.Open("dir/a")
	require.ErrorIs(t, err, disk.ErrNotExist)
	_, err = d.Create("dir/a")
	require.ErrorIs(t, err, disk.ErrNotExist)
	_, err = d.List("dir")
	require.ErrorIs(t, err, disk.ErrNotExist)
	_, err = d.Lock("dir")
	require.ErrorIs(t, err, disk.ErrNotExist)
	require.ErrorIs(t, d.Remove("a"), disk.ErrNotExist)
	require.ErrorIs(t, d.Rename("a", "b"), disk.ErrNotExist)
	require.ErrorIs(t, d.SyncDir("dir"), disk.ErrNotExist)
}

func testCreateEmpties(t *testing.T, d disk.Disk) {
	put(t, d, "a", []byte("long content"))
	put(t, d, "a", []byte("new"))
	require.Equal(t, "new", string(get(t, d, "a")))
}

func testReadAt(t *testing.T, d disk.Disk) {
	put(t, d, "a", []byte("0123456789"))
	f, err := d.Open("a")
	require.NoError(t, err)
	defer f.Close()
	for _, c := range []struct {
		off  int64
		size int
		want string
		err  error
	}{
		{0, 4, "0123", nil}, {4, 6, "456789", nil}, {4, 7, "456789", io.EOF},
		{10, 1, "", io.EOF}, {99, 3, "", io.EOF}, {3, 0, "", nil}, {10, 0, "", nil},
	} {
		p := make([]byte, c.size)
		n, err := f.ReadAt(p, c.off)
		require.Equal(t, c.err, err, "%d bytes at %d", c.size, c.off)
		require.Equal(t, c.want, string(p[:n]), "%d bytes at %d", c.size, c.off)
	}
	_, err = f.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
	_, err = f.WriteAt(make([]byte, 1), -1)
	require.Error(t, err)
}

func testHoles(t *testing.T, d disk.Disk) {
	f, err := d.Create("a")
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt([]byte("x"), 5000)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("yz"), 4095)
	require.NoError(t, err)
	want := make([]byte, 5001)
	copy(want[4095:], "yz")
	want[5000] = 'x'
	require.Equal(t, want, get(t, d, "a"))
}

func testTruncate(t *testing.T, d disk.Disk) {
	put(t, d, "a", bytes.Repeat([]byte("x"), 1000))
	f, err := d.Open("a")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(10))
	require.NoError(t, f.Truncate(20))
	require.Error(t, f.Truncate(-1))
	size, err := f.Size()
	require.NoError(t, err)
	require.Equal(t, int64(20), size)
	require.Equal(t, "xxxxxxxxxx\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", string(get(t, d, "a")))
}

func testRename(t *testing.T, d disk.Disk) {
	put(t, d, "a", []byte("A"))
	put(t, d, "b", []byte("B"))
	require.NoError(t, d.Rename("a", "b"))
	require.Equal(t, "A", string(get(t, d, "b")))
	_, err := d.Open("a")
	require.ErrorIs(t, err, disk.ErrNotExist)
	require.NoError(t, d.Rename("b", "b"))
	require.Equal(t, "A", string(get(t, d, "b")))
}

func testRenameAcross(t *testing.T, d disk.Disk) {
	require.NoError(t, d.MkdirAll("dir"))
	put(t, d, "a", []byte("A"))
	require.ErrorIs(t, d.Rename("a", "dir/a"), disk.ErrPath)
	require.Equal(t, "A", string(get(t, d, "a")))
}

func testRemove(t *testing.T, d disk.Disk) {
	put(t, d, "a", []byte("A"))
	f, err := d.Open("a")
	require.NoError(t, err)
	require.NoError(t, d.Remove("a"))
	p := make([]byte, 1)
	_, err = f.ReadAt(p, 0)
	require.NoError(t, err)
	require.Equal(t, "A", string(p))
	require.NoError(t, f.Close())
	require.ErrorIs(t, d.Remove("a"), disk.ErrNotExist)
}

// testReplaced: a snapshot is renamed over the file that readers have open.
func testReplaced(t *testing.T, d disk.Disk) {
	put(t, d, "a", []byte("A"))
	put(t, d, "b", []byte("B"))
	f, err := d.Open("a")
	require.NoError(t, err)
	require.NoError(t, d.Rename("b", "a"))
	p := make([]byte, 1)
	_, err = f.ReadAt(p, 0)
	require.NoError(t, err)
	require.Equal(t, "A", string(p))
	_, err = f.WriteAt([]byte("x"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	require.Equal(t, "B", string(get(t, d, "a")))
}

func testList(t *testing.T, d disk.Disk) {
	require.NoError(t, d.MkdirAll("x/deep/er"))
	require.NoError(t, d.MkdirAll("x/deep"))
	for _, name := range []string{"b", "10", "a", "2"} {
		put(t, d, "x/"+name, nil)
	}
	names, err := d.List("x")
	require.NoError(t, err)
	require.Equal(t, []string{"10", "2", "a", "b"}, names)
	names, err = d.List(".")
	require.NoError(t, err)
	require.Empty(t, names)
}

func testLock(t *testing.T, d disk.Disk) {
	require.NoError(t, d.MkdirAll("x"))
	require.NoError(t, d.MkdirAll("y"))
	l, err := d.Lock("x")
	require.NoError(t, err)
	_, err = d.Lock("x")
	require.ErrorIs(t, err, disk.ErrLocked)
	other, err := d.Lock("y")
	require.NoError(t, err)
	require.NoError(t, other.Unlock())
	require.NoError(t, l.Unlock())
	l, err = d.Lock("x")
	require.NoError(t, err)
	require.NoError(t, l.Unlock())
	names, err := d.List("x")
	require.NoError(t, err)
	require.Empty(t, names, "a lock leaves no file")
}

func testPaths(t *testing.T, d disk.Disk) {
	put(t, d, "a", nil)
	for _, p := range []string{"", "/a", "../a", "x/../a", "x/..", "./a", "a/", "x//a"} {
		_, err := d.Open(p)
		require.ErrorIs(t, err, disk.ErrPath, "open %q", p)
		_, err = d.Create(p)
		require.ErrorIs(t, err, disk.ErrPath, "create %q", p)
		require.ErrorIs(t, d.Remove(p), disk.ErrPath, "remove %q", p)
		require.ErrorIs(t, d.Rename(p, "b"), disk.ErrPath, "rename from %q", p)
		require.ErrorIs(t, d.Rename("a", p), disk.ErrPath, "rename to %q", p)
		require.ErrorIs(t, d.MkdirAll(p), disk.ErrPath, "make %q", p)
		require.ErrorIs(t, d.SyncDir(p), disk.ErrPath, "sync %q", p)
		_, err = d.List(p)
		require.ErrorIs(t, err, disk.ErrPath, "list %q", p)
		_, err = d.Lock(p)
		require.ErrorIs(t, err, disk.ErrPath, "lock %q", p)
	}
}

func testClosed(t *testing.T, d disk.Disk) {
	f, err := d.Create("a")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = f.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, disk.ErrClosed)
	_, err = f.WriteAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, disk.ErrClosed)
	_, err = f.Size()
	require.ErrorIs(t, err, disk.ErrClosed)
	require.ErrorIs(t, f.Truncate(0), disk.ErrClosed)
	require.ErrorIs(t, f.Sync(), disk.ErrClosed)
	require.ErrorIs(t, f.Close(), disk.ErrClosed)
}

func testHandles(t *testing.T, d disk.Disk) {
	f, err := d.Create("a")
	require.NoError(t, err)
	defer f.Close()
	g, err := d.Open("a")
	require.NoError(t, err)
	defer g.Close()
	_, err = f.WriteAt([]byte("hello"), 0)
	require.NoError(t, err)
	p := make([]byte, 5)
	_, err = g.ReadAt(p, 0)
	require.NoError(t, err)
	require.Equal(t, "hello", string(p))
}

func testSync(t *testing.T, d disk.Disk) {
	require.NoError(t, d.MkdirAll("x"))
	f, err := d.Create("x/a")
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	_, err = f.WriteAt([]byte("1"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Truncate(0))
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	require.NoError(t, d.SyncDir("x"))
	require.NoError(t, d.SyncDir("."))
}

func testFree(t *testing.T, d disk.Disk) {
	free, err := d.Free()
	require.NoError(t, err)
	require.Positive(t, free)
}
