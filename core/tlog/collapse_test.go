package tlog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// TestEveryHeaderRepeatsWhatWasRemoved: BASE is for the time since the newest
// segment began. One that is unreadable, or absent, costs nothing after a restart;
// before it, it is the only one that knows.
func TestEveryHeaderRepeatsWhatWasRemoved(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 14)
	require.Equal(t, []string{"remove 1", "remove 2"}, lookAfter(t, l, 7, Retention{}))
	require.NoError(t, l.Close())
	gone := d.Clone()
	require.NoError(t, gone.Remove("log/BASE"))
	_, _, err := Open(gone, plain())
	require.ErrorIs(t, err, ErrMissing)

	l, _ = mustOpen(t, d, plain())
	require.NoError(t, l.Close())
	require.NoError(t, d.Remove("log/BASE"))
	l, opened := mustOpen(t, d, plain())
	require.Equal(t, core.Instance(7), opened.Base)
	require.Equal(t, core.Instance(7), opened.First)
	require.Equal(t, []string{"remove 3"}, lookAfter(t, l, 10, Retention{}))
	require.NoError(t, l.Close())
	_, opened = mustOpen(t, d, plain())
	require.Equal(t, core.Instance(10), opened.First)
}

// TestRotInBaseCostsNothing, one page at a time, after two removals.
func TestRotInBaseCostsNothing(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 14)
	require.Equal(t, []string{"remove 1", "remove 2"}, lookAfter(t, l, 7, Retention{}))
	require.NoError(t, l.Close())
	for off := int64(0); off < baseFile; off += 13 {
		c := d.Clone()
		require.NoError(t, c.Flip("log/BASE", off, 1<<(off%8)))
		_, opened := mustOpen(t, c, plain())
		require.Equal(t, core.Instance(7), opened.First)
	}
}

// TestRemovedSegmentsThatComeBackDontCount: the removal of a file may be undone by
// a power loss.
func TestRemovedSegmentsThatComeBackDontCount(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 14)
	first := bytesOf(t, d, "log/001.tlog")
	require.Equal(t, []string{"remove 1", "remove 2"}, lookAfter(t, l, 7, Retention{}))
	require.NoError(t, l.Close())
	write(t, d, "log/001.tlog", first)
	_, opened := mustOpen(t, d, plain())
	require.Equal(t, core.Instance(7), opened.First)
	require.Equal(t, []string{"003.tlog", "004.tlog", "006.tlog", "BASE"}, names(d))
}

// TestNoticesOfDamageAreNotSkipped: a segment that tells of damage is read at every
// start, also below the checkpoint, or an older entry would be served for the one
// that is gone.
func TestNoticesOfDamageAreNotSkipped(t *testing.T) {
	d := disk.NewMem(0)
	o := options()
	o.MaxEntries = 3
	l, _ := mustOpen(t, d, o)
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "old"))
	appendSync(t, l, 2, promised(2, 0), accepted(1, 2, "new"))
	appendSync(t, l, 3, promised(2, 1))
	require.NoError(t, l.Close())
	require.NoError(t, d.Flip("log/001.tlog", 3*pageBytes+9, 1))
	l, opened := mustOpen(t, d, o)
	require.Len(t, opened.Restored.Unknown, 1)
	for i := 2; i <= 8; i++ {
		appendSync(t, l, core.Position(i), promised(2, 1), accepted(i, 2, "more"))
	}
	require.NoError(t, l.Close())
	require.Equal(t, []string{"002.tlog", "003.tlog", "004.tlog", "BASE"}, names(d))
	o.Checkpoint = 8
	for range 2 {
		l, opened = mustOpen(t, d, o)
		require.Empty(t, opened.Restored.Unknown)
		_, err := read(t, l, 1, 1, 9)
		require.ErrorIs(t, err, ErrDamaged)
		require.NoError(t, l.Close())
	}
}

// TestDamageAboveTheCheckpointIsReported, in a segment that is below it in part.
func TestDamageAboveTheCheckpointIsReported(t *testing.T) {
	d := disk.NewMem(0)
	o := plain()
	l := filled(t, d, o, 8)
	require.NoError(t, l.Close())
	require.NoError(t, d.Flip("log/002.tlog", 3*pageBytes+9, 1)) // instance 5
	o.Checkpoint = 4
	l, opened := mustOpen(t, d, o)
	require.Equal(t, []core.Unknown{{Instance: 5, Ballot: core.Ballot{Round: 1, Member: 1}}}, opened.Restored.Unknown)
	require.Equal(t, core.Instance(4), opened.Restored.Commit)
	require.NoError(t, l.Close())
	o.Checkpoint = 5
	_, opened = mustOpen(t, d, o)
	require.Empty(t, opened.Restored.Unknown)
	require.Equal(t, core.Instance(5), opened.Restored.Commit)
}

// TestALostBatchKeepsItsSegment, and with it those before: what nobody knows must
// not be forgotten.
func TestALostBatchKeepsItsSegment(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, plain())
	appendSync(t, l, 1, promised(1, 0), genesisRecord())
	for i := 1; i <= 14; i++ {
		appendSync(t, l, core.Position(i+1), promised(1, i-1), accepted(i, 1, "v"))
	}
	require.NoError(t, l.Close())
	for _, batch := range []int64{0, 1} {
		require.NoError(t, d.Flip("log/002.tlog", (2+batch)*pageBytes+9, 1))
	}
	l, opened := mustOpen(t, d, plain())
	require.NotEmpty(t, opened.Restored.Unknown)
	require.Empty(t, lookAfter(t, l, 99, Retention{}))
	require.Zero(t, l.Collapsible(99, 1))
}

// TestUpkeepEndsWithAFailedSync: upkeep ends with a failed sync.
func TestUpkeepEndsWithAFailedSync(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 9)
	j := l.NextUpkeep(4, Retention{})
	d.FailSync(1)
	j.Run()
	_, err := l.FinishUpkeep(j)
	require.ErrorIs(t, err, disk.ErrSync)
	require.Nil(t, l.NextUpkeep(9, Retention{}))
	got, err := read(t, l, 1, 3, 99)
	require.NoError(t, err)
	require.Len(t, got, 3, "nothing was removed")
	// The mark can be read back but nothing says that it is durable: a start removes
	// what it names only when that is.
	require.NoError(t, l.Close())
	_, opened := mustOpen(t, d, plain())
	require.Equal(t, core.Instance(4), opened.First)
	d.PowerLoss(disk.LoseAll)
	_, opened = mustOpen(t, d, plain())
	require.Equal(t, core.Instance(4), opened.First)
}
