package tlog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// sealedLog returns the disk of a synced and sealed log of three segments, what
// it holds, and its state.
func sealedLog(t testing.TB) (*disk.Mem, *history) {
	t.Helper()
	d := disk.NewMem(0)
	h := new(history)
	require.NoError(t, h.run(d))
	require.Equal(t, len(h.appends), h.acked)
	require.NoError(t, d.SyncDir("log")) // removed segments are really gone
	d.PowerLoss(disk.LoseAll)
	return d, h
}

// serves checks that a log which was damaged gives nothing that isn't true: no
// wrong or older entry, no forgotten promise, no commit index beyond what it
// holds. It returns how many instances it still reads.
func (h *history) serves(l *Log, opened *Opened) (int, error) {
	state, best, _, _ := h.after(len(h.appends))
	r := opened.Restored
	if r.Promised.Less(state.Promised) && len(r.Unknown) == 0 {
		return 0, fmt.Errorf("forgot the promise %v: %v", state.Promised, r.Promised)
	}
	if r.Commit > state.Commit {
		return 0, fmt.Errorf("commit index %d, was %d", r.Commit, state.Commit)
	}
	served := 0
	for i := core.Instance(1); int(i) <= len(best); i++ {
		j := l.NextRead(i, i, 0)
		j.Run()
		got, err := l.FinishRead(j)
		switch {
		case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotHeld):
			return 0, err
		case err != nil && i <= r.Commit:
			return 0, fmt.Errorf("instance %d is below the commit index %d and can't be read: %w", i, r.Commit, err)
		case err != nil:
			if len(r.Unknown) == 0 {
				return 0, fmt.Errorf("instance %d is gone and not reported: %w", i, err)
			}
			continue
		case got[0].Ballot != best[i].Ballot || string(got[0].Value) != string(best[i].Value):
			return 0, fmt.Errorf("instance %d is %.40v, was %.40v", i, got[0], best[i])
		}
		served++
	}
	for k, e := range r.Entries {
		want := best[r.Commit+1+core.Instance(k)]
		if e.Instance != want.Instance || e.Ballot != want.Ballot || string(e.Value) != string(want.Value) {
			return 0, fmt.Errorf("entry above the commit index %.40v, was %.40v", e, want)
		}
	}
	return served, nil
}

// rot opens a log after fault, twice, and says what is wrong with what it gives.
func (h *history) rot(d *disk.Mem) (refused bool, served int, err error) {
	l, opened, err := Open(d, historyOptions())
	if err != nil {
		return true, 0, nil
	}
	if !strings.Contains(strings.Join(opened.Report, "\n"), "damaged") &&
		!strings.Contains(strings.Join(opened.Report, "\n"), "cut") {
		return false, 0, fmt.Errorf("not reported: %v", opened.Report)
	}
	if served, err = h.serves(l, opened); err != nil {
		return false, 0, err
	}
	unknown := fmt.Sprint(opened.Restored.Unknown)
	commit := opened.Restored.Commit
	if err := l.Close(); err != nil {
		return false, 0, err
	}
	l, opened, err = Open(d, historyOptions())
	if err != nil {
		return false, 0, fmt.Errorf("the second open: %w", err)
	}
	if got := fmt.Sprint(opened.Restored.Unknown); got != unknown || opened.Restored.Commit != commit {
		return false, 0, fmt.Errorf("first open: unknown %s, commit index %d; second open: %s, %d",
			unknown, commit, got, opened.Restored.Commit)
	}
	if again, err := h.serves(l, opened); err != nil || again != served {
		return false, 0, fmt.Errorf("first open serves %d instances, second open %d: %w", served, again, err)
	}
	return false, served, l.Close()
}

// files returns the names and sizes of the log's files.
func files(t testing.TB, d disk.Disk) map[string]int64 {
	t.Helper()
	names, err := d.List("log")
	require.NoError(t, err)
	sizes := map[string]int64{}
	for _, name := range names {
		f, err := d.Open("log/" + name)
		require.NoError(t, err)
		sizes[name], err = f.Size()
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	return sizes
}

// TestDamageIsNoOtherLog: a checkpoint of what one damaged byte took from the log was
// made from this log all the same.
func TestDamageIsNoOtherLog(t *testing.T) {
	d, h := sealedLog(t)
	_, best, _, _ := h.after(len(h.appends))
	o := historyOptions()
	o.Checkpoint = core.Instance(len(best))
	for name, size := range files(t, d) {
		for off := int64(0); off < size; off += 61 {
			c := d.Clone()
			require.NoError(t, c.Flip("log/"+name, off, 1<<(off%8)))
			l, opened, err := Open(c, o)
			require.NoError(t, err, "%s, byte %d", name, off)
			require.False(t, opened.Ahead, "%s, byte %d: %v", name, off, opened.Report)
			require.GreaterOrEqual(t, opened.Restored.Commit, o.Checkpoint)
			require.NoError(t, l.Close())
		}
	}
}

// TestSingleFlipsAreDamageAndNeverServed flips bits all over a sealed log, one
// at a time.
func TestSingleFlipsAreDamageAndNeverServed(t *testing.T) {
	d, h := sealedLog(t)
	_, best, _, _ := h.after(len(h.appends))
	flips, refused, harmless := 0, 0, 0
	for name, size := range files(t, d) {
		for off := int64(0); off < size; off += step(off) {
			c := d.Clone()
			require.NoError(t, c.Flip("log/"+name, off, 1<<(off%8)))
			no, served, err := h.rot(c)
			require.NoError(t, err, "%s, byte %d, bit %d", name, off, off%8)
			require.NoError(t, Dump(io.Discard, c, "log"))
			flips++
			if no {
				refused++
			}
			if served == len(best) {
				harmless++
			}
		}
	}
	require.Zero(t, refused, "one flip never stops a node")
	t.Logf("flips=%d refused=%d all_served=%d of %d instances", flips, refused, harmless, len(best))
}

// step is 1 where headers and tables are, more in padding.
func step(off int64) int64 {
	if off%pageBytes < 600 {
		return 7
	}
	return 331
}

// TestTwoNeighbouringHeadersGone takes both headers: the node must not vote.
func TestTwoNeighbouringHeadersGone(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	genesis := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
	appendSync(t, l, 1, promised(1, 0), genesis, accepted(1, 1, "a"))
	appendSync(t, l, 2, promised(1, 1), accepted(2, 1, "b"))
	appendSync(t, l, 3, promised(2, 1), accepted(2, 2, "B"), accepted(3, 2, "c"))
	appendSync(t, l, 4, promised(2, 1), accepted(4, 2, "d"))
	appendSync(t, l, 5, promised(3, 4), accepted(5, 3, "e"))
	require.NoError(t, l.Close())
	first := int64(2 * pageBytes)
	require.NoError(t, d.Flip("log/001.tlog", first+2*pageBytes+9, 1))
	require.NoError(t, d.Flip("log/001.tlog", first+3*pageBytes+9, 1))
	for range 3 {
		l, opened := mustOpen(t, d, options())
		r := opened.Restored
		require.Equal(t, promised(3, 1), r.HardState, "the promise is in the next header; the commit index is that before")
		require.Contains(t, r.Unknown, core.Unknown{Instance: 2, Ballot: maxBallot})
		require.Contains(t, r.Unknown, core.Unknown{Instance: 4, Ballot: core.Ballot{Round: 2, Member: 1}})
		require.Empty(t, r.Entries)
		for i, want := range map[core.Instance]error{1: nil, 2: ErrDamaged, 3: ErrDamaged, 4: ErrDamaged, 5: nil} {
			_, err := read(t, l, i, i, 0)
			require.ErrorIs(t, err, want, "instance %d", i)
		}
		require.NoError(t, l.Close())
	}
}

// appendSync appends and makes durable.
func appendSync(t testing.TB, l *Log, pos core.Position, state core.HardState, recs ...core.Record) {
	t.Helper()
	l.Append(recs, state, pos)
	require.Equal(t, pos, syncAll(t, l))
}

// TestDamageHealsByANewerEntry: what a peer gives again makes damage unimportant.
func TestDamageHealsByANewerEntry(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "a"))
	appendSync(t, l, 2, promised(1, 1), accepted(2, 1, "b"))
	appendSync(t, l, 3, promised(1, 2), accepted(3, 1, "c"))
	require.NoError(t, l.Close())
	require.NoError(t, d.Flip("log/001.tlog", 3*pageBytes+9, 1))

	l, opened := mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 2, Ballot: core.Ballot{Round: 1, Member: 1}}}, opened.Restored.Unknown)
	require.Equal(t, core.Instance(0), opened.Restored.Commit, "as in the last batch before the damage")
	require.Equal(t, []core.Entry{entry(1, 1, "a")}, opened.Restored.Entries)
	_, err := read(t, l, 2, 2, 0)
	require.ErrorIs(t, err, ErrDamaged)
	appendSync(t, l, 1, promised(1, 2), accepted(2, 1, "b"))
	got, err := read(t, l, 1, 9, 1<<20)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")}, got)
	require.NoError(t, l.Close())

	_, opened = mustOpen(t, d, options())
	require.Empty(t, opened.Restored.Unknown)
	require.Equal(t, core.Instance(2), opened.Restored.Commit)
	require.Equal(t, []core.Entry{entry(3, 1, "c")}, opened.Restored.Entries)
}

// TestAnOlderBallotIsNotServedForADamagedNewerOne guards against the worst
// reading of damage: believing what was replaced.
func TestAnOlderBallotIsNotServedForADamagedNewerOne(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "old"))
	appendSync(t, l, 2, promised(2, 0), accepted(1, 2, "new"))
	appendSync(t, l, 3, promised(2, 0), accepted(2, 2, "x"))
	require.NoError(t, l.Close())
	body := int64(2*pageBytes + pageBytes + batchFixed + 2*tableEntryLen)
	require.NoError(t, d.Flip("log/001.tlog", body, 1))
	l, opened := mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 1, Ballot: core.Ballot{Round: 2, Member: 1}}}, opened.Restored.Unknown)
	require.Empty(t, opened.Restored.Entries)
	_, err := read(t, l, 1, 1, 0)
	require.ErrorIs(t, err, ErrDamaged)
	got, err := read(t, l, 2, 2, 0)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(2, 2, "x")}, got)
}

// TestRotUnderARunningNodeIsAnError: reads check again what recovery checked.
func TestRotUnderARunningNodeIsAnError(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "a"), accepted(2, 1, "b"))
	require.NoError(t, d.Flip("log/001.tlog", int64(2*pageBytes+batchFixed+2*tableEntryLen+1), 1))
	got, err := read(t, l, 1, 2, 1<<20)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(1, 1, "a")}, got, "what is intact is served")
	_, err = read(t, l, 2, 2, 1<<20)
	require.ErrorIs(t, err, ErrDamaged)
}

// TestWhatAnOpenWroteWasSynced: rot in all that an open wrote anew is damage even
// though nothing was written since.
func TestWhatAnOpenWroteWasSynced(t *testing.T) {
	d := disk.NewMem(0)
	genesis := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(4, 0), genesis, accepted(1, 4, "a"))
	require.NoError(t, l.Close())
	l, _ = mustOpen(t, d, options())
	require.NoError(t, l.Close())
	for _, batch := range []int64{2, 3} { // the entry, and the seal
		require.NoError(t, d.Flip("log/002.tlog", batch*pageBytes+9, 1))
	}
	_, opened := mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 1, Ballot: maxBallot}}, opened.Restored.Unknown)
	require.Equal(t, promised(4, 0), opened.Restored.HardState)
}

// TestCommitIndexesOfCarriedBatchesRestOnWhatIsBefore: rot in what an open wrote
// anew must not leave a commit index above what is still there.
func TestCommitIndexesOfCarriedBatchesRestOnWhatIsBefore(t *testing.T) {
	d := disk.NewMem(0)
	genesis := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
	value := string(make([]byte, carryBytes*2/3))
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0), genesis)
	for i := 1; i <= 4; i++ {
		appendSync(t, l, core.Position(i+1), promised(1, i), accepted(i, 1, value))
	}
	require.NoError(t, l.Close())
	l, _ = mustOpen(t, d, options())
	require.NoError(t, l.Close())
	batch := padded(int64(batchFixed+2*tableEntryLen) + int64(len(value)))
	for _, n := range []int64{1, 2} {
		require.NoError(t, d.Flip("log/002.tlog", 2*pageBytes+n*batch+9, 1))
	}
	_, opened := mustOpen(t, d, options())
	require.Equal(t, core.Instance(1), opened.Restored.Commit)
	require.Contains(t, opened.Restored.Unknown, core.Unknown{Instance: 2, Ballot: maxBallot})
}

// TestChainFindsAWellFormedBatchThatIsNotTheOneWritten: an older image of one
// page passes all checksums, but not that of the next header.
func TestChainFindsAWellFormedBatchThatIsNotTheOneWritten(t *testing.T) {
	build := func(value string) *disk.Mem {
		d := disk.NewMem(0)
		l, _ := mustOpen(t, d, options()) // the same salts each time
		appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "a"))
		appendSync(t, l, 2, promised(1, 0), accepted(2, 1, value))
		appendSync(t, l, 3, promised(1, 0), accepted(3, 1, "c"))
		require.NoError(t, l.Close())
		return d
	}
	d := build("x")
	b := bytesOf(t, d, "log/001.tlog")
	copy(b[3*pageBytes:4*pageBytes], bytesOf(t, build("y"), "log/001.tlog")[3*pageBytes:])
	write(t, d, "log/001.tlog", b)
	_, opened := mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 2, Ballot: core.Ballot{Round: 1, Member: 1}}}, opened.Restored.Unknown)
	require.Equal(t, []core.Entry{entry(1, 1, "a")}, opened.Restored.Entries)
}

// TestADriveThatCantReadIsRefusedLoudly: the sentence names file, offset and the next
// step, whichever file it is; nothing is taken for a torn tail.
func TestADriveThatCantReadIsRefusedLoudly(t *testing.T) {
	for path, off := range map[string]int64{"log/ID": 0, "log/001.tlog": 3 * pageBytes} { // each on its own: order can't matter
		d := disk.NewMem(0)
		l, _ := mustOpen(t, d, options())
		appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "a"))
		appendSync(t, l, 2, promised(1, 1), accepted(2, 1, "b"))
		require.NoError(t, d.Unreadable(path, off))
		if path == "log/001.tlog" {
			_, err := read(t, l, 2, 2, 0)
			require.ErrorIs(t, err, ErrDamaged)
		}
		require.NoError(t, l.Close())
		_, _, err := Open(d, options())
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, fmt.Sprintf("%s at offset %d", path, off))
		require.ErrorContains(t, err, "wipe the directory")
	}
}
