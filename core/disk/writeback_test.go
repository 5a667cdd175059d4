package disk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// old makes a durable file of three sectors of dots, and writes pluses over it.
func old(t *testing.T) (*disk.Mem, disk.File) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, strings.Repeat(".", 3*disk.SectorSize))
	require.NoError(t, f.Sync())
	write(t, f, 0, strings.Repeat("+", 3*disk.SectorSize))
	return m, f
}

// marks returns the first byte of each sector, as reads see it.
func marks(t *testing.T, m *disk.Mem) string {
	t.Helper()
	c := content(t, m, "a")
	got := ""
	for at := 0; at < len(c); at += disk.SectorSize {
		got += c[at : at+1]
	}
	return got
}

// afterLoss returns marks of what a power loss now leaves, with what is pending kept.
func afterLoss(t *testing.T, m *disk.Mem) string {
	t.Helper()
	c := m.Clone()
	c.PowerLoss(disk.KeepAll)
	return marks(t, c)
}

func middle(op disk.Op) bool { return op.Off == disk.SectorSize }

// The modes of syncs that go wrong, by the columns of the fault model: what the
// sync and the next one return, what reads see, what is durable.
func TestSyncFaults(t *testing.T) {
	for _, c := range []struct {
		fault             disk.SyncFault
		fails, failsAgain bool
		visible, durable  string
		settled           string // durable after the next sync
	}{
		{disk.SyncFails, true, false, "+++", "+++", "+++"},
		{disk.SyncKeeps, true, false, "+++", "+.+", "+.+"},
		{disk.SyncReverts, true, false, "...", "...", "..."},
		{disk.SyncLate, false, true, "+++", "+.+", "+.+"},
		{disk.SyncFalseAlarm, true, false, "+++", "+++", "+++"},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			m, f := old(t)
			m.FailSyncAs(1, c.fault, middle)
			check := func(err error, fails bool) {
				t.Helper()
				if fails {
					require.ErrorIs(t, err, disk.ErrSync)
				} else {
					require.NoError(t, err)
				}
			}
			check(f.Sync(), c.fails)
			require.Equal(t, c.visible, marks(t, m))
			require.Equal(t, c.durable, afterLoss(t, m))
			check(f.Sync(), c.failsAgain)
			require.NoError(t, f.Sync(), "an error is told once")
			require.Equal(t, c.settled, afterLoss(t, m))
			require.Empty(t, m.Pending())
		})
	}
}

func TestSyncRevertsBringsTheOldSizeBack(t *testing.T) {
	m, f := old(t)
	require.NoError(t, f.Truncate(5*disk.SectorSize))
	m.FailSyncAs(1, disk.SyncReverts, nil)
	require.ErrorIs(t, f.Sync(), disk.ErrSync)
	size, err := f.Size()
	require.NoError(t, err)
	require.EqualValues(t, 3*disk.SectorSize, size)
	require.Empty(t, m.Pending())
}

func TestOwing_UntilTheErrorIsTold(t *testing.T) {
	m, f := old(t)
	require.False(t, m.Owing())
	m.FailSyncAs(1, disk.SyncLate, func(disk.Op) bool { return false })
	require.True(t, m.Owing(), "armed")
	require.NoError(t, f.Sync())
	require.True(t, m.Owing(), "it only seemed to succeed")
	require.ErrorIs(t, f.Sync(), disk.ErrSync)
	require.False(t, m.Owing())
}

func TestEvictionShowsWhatIsDurable(t *testing.T) {
	m, f := old(t)
	m.FailSyncAs(1, disk.SyncKeeps, func(op disk.Op) bool { return op.Off > 0 })
	require.ErrorIs(t, f.Sync(), disk.ErrSync)
	require.Len(t, m.Stale(), 2)
	require.Equal(t, 1, m.Evict(middle))
	require.Equal(t, "+.+", marks(t, m))
	write(t, f, 2*disk.SectorSize+7, "x")
	require.Zero(t, m.Evict(func(disk.Op) bool { return true }), "a dirty page stays")
	write(t, f, 2*disk.SectorSize, strings.Repeat("=", disk.SectorSize))
	require.Empty(t, m.Stale(), "written again")
	require.NoError(t, f.Sync())
	require.Equal(t, "+.=", afterLoss(t, m))
	require.Zero(t, m.Evict(func(disk.Op) bool { return true }))
}

func TestEvictionBehindTheDurableEndShowsZeros(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, "abc")
	m.FailSyncAs(1, disk.SyncKeeps, func(disk.Op) bool { return true })
	require.ErrorIs(t, f.Sync(), disk.ErrSync)
	require.Equal(t, "abc", content(t, m, "a"))
	require.Equal(t, 1, m.Evict(func(disk.Op) bool { return true }))
	require.Equal(t, "\x00\x00\x00", content(t, m, "a"))
}

// A writeback that failed is told to those who have the file open, and to nobody
// who opens it later: a process that crashed before can't learn of it (FS5).
func TestFailedWritebackIsToldToOpenHandlesOnly(t *testing.T) {
	m, f := old(t)
	g, err := m.Open("a")
	require.NoError(t, err)
	m.FailWriteback(middle)
	later, err := m.Open("a")
	require.NoError(t, err)
	require.NoError(t, later.Sync())
	require.Equal(t, "+.+", afterLoss(t, m))
	for _, h := range []disk.File{f, g} {
		require.ErrorIs(t, h.Sync(), disk.ErrSync)
		require.NoError(t, h.Sync())
	}

	m, _ = old(t)
	m.Crash()
	m.FailWriteback(middle)
	f, err = m.Open("a")
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.Equal(t, "+++", marks(t, m), "read back")
	require.Equal(t, "+.+", afterLoss(t, m), "and yet not durable")
}

func TestClonesKeepWhatIsStale(t *testing.T) {
	m, f := old(t)
	m.FailSyncAs(1, disk.SyncLate, middle)
	require.NoError(t, f.Sync())
	c := m.Clone()
	require.Len(t, c.Stale(), 1)
	g, err := c.Open("a")
	require.NoError(t, err)
	require.ErrorIs(t, g.Sync(), disk.ErrSync)
	require.Equal(t, 1, c.Evict(middle))
	require.Equal(t, "+++", marks(t, m))
	c.PowerLoss(disk.LoseAll)
	require.Empty(t, c.Stale())
}

func TestSyncFaultOfADirectoryLeavesItsNamesPending(t *testing.T) {
	m := disk.NewMem(0)
	create(t, m, "a", false)
	m.FailSyncAs(1, disk.SyncReverts, nil)
	require.ErrorIs(t, m.SyncDir("."), disk.ErrSync)
	require.Equal(t, "", content(t, m, "a"))
	require.NoError(t, m.SyncDir("."))
	require.Empty(t, m.Pending())
}

func TestFullDiskIsRelieved(t *testing.T) {
	m := disk.NewMem(0)
	f := create(t, m, "a", true)
	write(t, f, 0, strings.Repeat("x", 2*disk.SectorSize))
	require.EqualValues(t, 2*disk.SectorSize, m.Used())
	m.SetCapacity(disk.SectorSize)
	_, err := f.WriteAt([]byte("y"), 2*disk.SectorSize)
	require.ErrorIs(t, err, disk.ErrFull)
	require.NoError(t, f.Sync(), "what is written already can be synced")
	m.SetCapacity(3 * disk.SectorSize)
	write(t, f, 2*disk.SectorSize, "y")
}
