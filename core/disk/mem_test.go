package disk_test

import (
	"io"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/disk/disktest"
)

func TestConformance(t *testing.T) {
	disktest.Run(t, func(*testing.T) disk.Disk { return disk.NewMem(0) })
}

// create makes a file, durably if told so.
func create(t *testing.T, m *disk.Mem, path string, durable bool) disk.File {
	t.Helper()
	f, err := m.Create(path)
	require.NoError(t, err)
	if durable {
		require.NoError(t, f.Sync())
		require.NoError(t, m.SyncDir("."))
	}
	return f
}

func write(t *testing.T, f disk.File, off int64, s string) {
	t.Helper()
	_, err := f.WriteAt([]byte(s), off)
	require.NoError(t, err)
}

// content returns a file's bytes, "absent" if there is none.
func content(t *testing.T, m *disk.Mem, path string) string {
	t.Helper()
	f, err := m.Open(path)
	if err != nil {
		require.ErrorIs(t, err, disk.ErrNotExist)
		return "absent"
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	require.NoError(t, err)
	return string(b)
}

// images returns what a power loss may make of a file, sorted, once each.
func images(t *testing.T, m *disk.Mem, path string, torn bool) []string {
	t.Helper()
	seen := map[string]bool{}
	for label, image := range m.Images(12, torn) {
		c := content(t, image, path)
		require.Empty(t, image.Pending(), label)
		seen[c] = true
	}
	var all []string
	for c := range seen {
		all = append(all, c)
	}
	sort.Strings(all)
	return all
}

func TestSyncedBytesNeedTheirNameSynced(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", false)
	write(t, f, 0, "x")
	require.NoError(t, f.Sync())
	require.Equal(t, []string{"absent", "x"}, images(t, m, "a", false))
	require.NoError(t, m.SyncDir("."))
	require.Equal(t, []string{"x"}, images(t, m, "a", false))
}

func TestSyncedNamesNeedTheirBytesSynced(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", false)
	write(t, f, 0, "x")
	require.NoError(t, m.SyncDir("."))
	require.Equal(t, []string{"", "\x00", "x"}, images(t, m, "a", false), "size and bytes have no order")
}

func TestSameSectorKeepsItsOrder(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "....")
	require.NoError(t, f.Sync())
	write(t, f, 0, "1")
	write(t, f, 1, "2")
	write(t, f, 0, "3")
	require.Equal(t, []string{"....", "1...", "12..", "32.."}, images(t, m, "a", false))
}

func TestDifferentSectorsHaveNoOrder(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	blank := strings.Repeat(".", 1024)
	write(t, f, 0, blank)
	require.NoError(t, f.Sync())
	write(t, f, 510, "abcd")
	got := images(t, m, "a", false)
	for i := range got {
		got[i] = got[i][508:516]
	}
	sort.Strings(got)
	require.Equal(t, []string{"........", "....cd..", "..ab....", "..abcd.."}, got)
}

func TestTornSector(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "........")
	require.NoError(t, f.Sync())
	write(t, f, 2, "abcd")
	require.Equal(t, []string{"........", "..ab....", "..abcd.."}, images(t, m, "a", true))

	for _, c := range []struct {
		fate disk.Fate
		want func(string) bool
	}{
		{disk.Fate{Kind: disk.TornHead, Cut: 1}, func(s string) bool { return s == "..a....." }},
		{disk.Fate{Kind: disk.TornTail, Cut: 1}, func(s string) bool { return s == "...bcd.." }},
		{disk.Fate{Kind: disk.TornTail, Cut: 9}, func(s string) bool { return s == "........" }},
		{disk.Fate{Kind: disk.Garbled, Seed: 7}, func(s string) bool {
			return s[:2] == ".." && s[6:] == ".." && s[2:6] != "...." && s[2:6] != "abcd"
		}},
		{disk.Fate{Kind: disk.GarbledSector, Seed: 7}, func(s string) bool { return s[:2] != ".." && s[6:] != ".." }},
	} {
		image := m.Clone()
		image.PowerLoss(func(disk.Op) disk.Fate { return c.fate })
		require.True(t, c.want(content(t, image, "a")), "%v: %q", c.fate, content(t, image, "a"))
	}
}

func TestNothingLandsBehindATornWriteOfItsSector(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "....")
	require.NoError(t, f.Sync())
	write(t, f, 0, "ab")
	write(t, f, 2, "cd")
	asked := 0
	m.PowerLoss(func(disk.Op) disk.Fate {
		asked++
		return disk.Fate{Kind: disk.TornHead, Cut: 1}
	})
	require.Equal(t, 1, asked)
	require.Equal(t, "a...", content(t, m, "a"))
}

func TestRenameIsAtomicAndUnordered(t *testing.T) {
	m := disk.NewMem(0)
	write(t, create(t, m, "new", true), 0, "old bytes are not synced")
	g := create(t, m, "a", true)
	write(t, g, 0, "A")
	require.NoError(t, g.Sync())
	require.NoError(t, m.Rename("new", "a"))
	var got []string
	for _, c := range images(t, m, "a", false) {
		got = append(got, strings.Trim(c, "\x00"))
	}
	require.Contains(t, got, "A")
	require.Contains(t, got, "", "the rename may land before the bytes")
	require.Contains(t, got, "old bytes are not synced")
	require.NotContains(t, got, "absent")
}

func TestNamesKeepTheirOrder(t *testing.T) {
	m := disk.NewMem(0)
	for _, s := range []string{"1", "2"} {
		f := create(t, m, "tmp", false)
		write(t, f, 0, s)
		require.NoError(t, f.Sync())
		require.NoError(t, m.Rename("tmp", "a"))
	}
	require.Equal(t, []string{"1", "2", "absent"}, images(t, m, "a", false))
	require.NoError(t, m.Remove("a"))
	require.NoError(t, m.SyncDir("."))
	require.Empty(t, m.Pending(), "what no name leads to is forgotten")
}

func TestWritesBehindALostShrinkingDontLand(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "abc")
	require.NoError(t, f.Sync())
	require.NoError(t, f.Truncate(1))
	write(t, f, 1, "X")
	require.Equal(t, []string{"a", "a\x00", "aX", "abc"}, images(t, m, "a", false))
}

func TestProcessCrashKeepsWhatIsVisible(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", false)
	write(t, f, 0, "x")
	_, err := m.Lock(".")
	require.NoError(t, err)
	m.Crash()
	require.Equal(t, "x", content(t, m, "a"))
	require.NotEmpty(t, m.Pending())
	_, err = f.WriteAt([]byte("y"), 0)
	require.ErrorIs(t, err, disk.ErrCrashed, "handles of a dead process are dead")
	_, err = m.Lock(".")
	require.NoError(t, err, "so are its locks")
	m.PowerLoss(disk.LoseAll)
	require.Equal(t, "absent", content(t, m, "a"))
}

func TestFailAfter(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	m.FailAfter(1)
	write(t, f, 0, "x")
	require.False(t, m.Crashed())
	require.ErrorIs(t, f.Sync(), disk.ErrCrashed)
	require.True(t, m.Crashed())
	_, err := f.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, disk.ErrCrashed)
	m.Crash()
	require.Equal(t, "x", content(t, m, "a"))
}

func TestFailSyncLeavesAllPending(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "x")
	before := m.Pending()
	m.FailSync(1)
	require.ErrorIs(t, f.Sync(), disk.ErrSync)
	require.Equal(t, before, m.Pending())
	require.NoError(t, f.Sync())
	require.Empty(t, m.Pending())
}

func TestFullDiskWritesShort(t *testing.T) {
	m := disk.NewMem(1024)
	f := create(t, m, "a", true)
	n, err := f.WriteAt(make([]byte, 1500), 0)
	require.ErrorIs(t, err, disk.ErrFull)
	require.Equal(t, 1024, n)
	_, err = f.WriteAt(make([]byte, 1024), 0)
	require.NoError(t, err, "overwriting needs no space")
	_, err = m.Create("b")
	require.ErrorIs(t, err, disk.ErrFull)
	require.ErrorIs(t, m.Rename("a", "b"), disk.ErrFull)
	require.ErrorIs(t, f.Truncate(1025), disk.ErrFull)
	require.NoError(t, m.Remove("a"))
	free, err := m.Free()
	require.NoError(t, err)
	require.Equal(t, uint64(1024), free)
}

func TestClonesAreIndependent(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "x")
	c := m.Clone()
	write(t, f, 0, "y")
	require.NoError(t, f.Sync())
	require.Equal(t, "x", content(t, c, "a"))
	require.Len(t, c.Pending(), 2)
	c.PowerLoss(disk.LoseAll)
	require.Equal(t, "", content(t, c, "a"))
	require.Equal(t, "y", content(t, m, "a"))
}

func TestFlipIsDurable(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "x")
	require.NoError(t, f.Sync())
	require.NoError(t, m.Flip("a", 0, 1))
	m.PowerLoss(disk.LoseAll)
	require.Equal(t, "y", content(t, m, "a"))
	require.ErrorIs(t, m.Flip("a", 1, 1), disk.ErrNotExist)
}

func TestImagesSampleWhenThereAreMany(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, strings.Repeat("x", 20*disk.SectorSize))
	labels := map[string]bool{}
	for label := range m.Images(4, false) {
		require.False(t, labels[label], "%s twice", label)
		labels[label] = true
	}
	require.True(t, labels[strings.Repeat("k", 21)] && labels[strings.Repeat("l", 21)])
	require.True(t, labels["k"+strings.Repeat("l", 20)], "size only")
	require.True(t, labels["l"+strings.Repeat("k", 20)], "bytes only")
	require.Greater(t, len(labels), 60)
}

func TestPendingPrints(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", false)
	write(t, f, 500, strings.Repeat("x", 20))
	require.NoError(t, m.Rename("a", "b"))
	require.NoError(t, m.Remove("b"))
	var got []string
	for _, op := range m.Pending() {
		got = append(got, op.String())
	}
	require.Equal(t, []string{"create a", "size a 520", "write a [500,+12)", "write a [512,+8)", "rename a b", "remove b"}, got)
}
