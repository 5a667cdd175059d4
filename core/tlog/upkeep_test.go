package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// filled returns a log with n instances of one entry each, in segments of three.
func filled(t testing.TB, d disk.Disk, o Options, n int) *Log {
	t.Helper()
	l, _ := mustOpen(t, d, o)
	for i := 1; i <= n; i++ {
		appendSync(t, l, core.Position(i), promised(1, i-1), accepted(i, 1, fmt.Sprint("value ", i)))
	}
	return l
}

// look runs upkeep until there is none left, and returns what it did.
func lookAfter(t testing.TB, l *Log, keep core.Instance, retain Retention) (did []string) {
	t.Helper()
	for j := l.NextUpkeep(keep, retain); j != nil; j = l.NextUpkeep(keep, retain) {
		require.Nil(t, l.NextUpkeep(keep, retain), "one at a time")
		j.Run()
		report, err := l.FinishUpkeep(j)
		require.NoError(t, err)
		if report.Done == report.Total {
			did = append(did, strings.TrimSpace(fmt.Sprintf("%v %d", report.Kind, report.Segment)))
		}
	}
	return did
}

func plain() Options {
	o := options()
	o.MaxEntries = 3
	return o
}

func TestUpkeepRemovesWhatNobodyNeeds(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 14) // segments of 1-3, 4-6, 7-9, 10-12, 13-14
	require.Empty(t, lookAfter(t, l, 3, Retention{}), "3 is needed")
	require.Equal(t, []string{"remove 1"}, lookAfter(t, l, 4, Retention{}))
	require.Empty(t, lookAfter(t, l, 13, Retention{Entries: 9}))
	require.Equal(t, 3, l.Collapsible(13, 1))
	require.Equal(t, 2, l.Collapsible(13, 2))
	require.Equal(t, 1, l.Collapsible(9, 1))
	require.Equal(t, []string{"remove 2"}, lookAfter(t, l, 13, Retention{Entries: 6}))
	require.Equal(t, []string{"remove 3"}, lookAfter(t, l, 13, Retention{Segments: 2}))
	require.Empty(t, lookAfter(t, l, 13, Retention{Bytes: 1 << 30}))
	require.Equal(t, []string{"remove 4"}, lookAfter(t, l, 99, Retention{}), "the newest stays")
	require.Equal(t, []string{"005.tlog", "BASE"}, names(d))
	require.Equal(t, core.Instance(13), l.First())
	_, err := read(t, l, 12, 14, 100)
	require.ErrorIs(t, err, ErrCollapsed)
	require.Nil(t, l.Cached(12, 14, 100))
	require.NoError(t, l.Close())

	l, opened := mustOpen(t, d, plain())
	require.Equal(t, core.Instance(13), opened.First)
	require.Equal(t, core.Instance(13), opened.Base)
	require.Equal(t, promised(1, 13), opened.Restored.HardState)
	require.False(t, opened.Ahead)
	require.Empty(t, opened.Report)
	_, err = read(t, l, 12, 14, 100)
	require.ErrorIs(t, err, ErrCollapsed)
	require.NoError(t, l.Close())
}

// TestAMissingSegmentThatNobodyRemovedIsRefused, also behind a collapse.
func TestAMissingSegmentThatNobodyRemovedIsRefused(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 14)
	require.Equal(t, []string{"remove 1"}, lookAfter(t, l, 4, Retention{}))
	require.NoError(t, l.Close())
	require.NoError(t, d.Remove("log/002.tlog"))
	_, _, err := Open(d, plain())
	require.ErrorIs(t, err, ErrMissing)
}

// TestAReadThatMeetsARemoval fails, and one that meets a compression goes on.
func TestAReadThatMeetsARemoval(t *testing.T) {
	d := disk.NewMem(0)
	o := plain()
	o.Compress = true
	l := filled(t, d, o, 14)
	low, high, both := l.NextRead(1, 3, 100), l.NextRead(4, 6, 100), l.NextRead(1, 6, 100)
	require.Equal(t, []string{"remove 1", "compress 2", "compress 3", "compress 4"}, lookAfter(t, l, 13, Retention{Entries: 9}))
	for _, j := range []*ReadJob{low, high, both} {
		j.Run()
	}
	for _, j := range []*ReadJob{low, both} {
		_, err := l.FinishRead(j)
		require.ErrorIs(t, err, ErrCollapsed)
	}
	got, err := l.FinishRead(high)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(4, 1, "value 4"), entry(5, 1, "value 5"), entry(6, 1, "value 6")}, got)

	j := l.NextRead(7, 9, 100)
	require.NoError(t, d.Remove("log/003.tlx"))
	j.Run()
	_, err = l.FinishRead(j)
	require.ErrorIs(t, err, ErrMissing, "nobody of ours removed it")
}

// TestCompressedSegmentsAreReadLikeOthers, small and large ones, before and after
// a restart that looks into them and one that doesn't.
func TestCompressedSegmentsAreReadLikeOthers(t *testing.T) {
	d := disk.NewMem(0)
	o := options()
	o.SegmentBytes, o.Compress = 5<<20, true
	l, _ := mustOpen(t, d, o)
	want := []core.Entry{}
	for i := 1; i <= 60; i++ {
		value := strings.Repeat(fmt.Sprint(i, " "), i*i*100)
		appendSync(t, l, core.Position(i), promised(1, i-1), accepted(i, 1, value))
		want = append(want, entry(i, 1, value))
	}
	segments := len(l.segments)
	require.Greater(t, segments, 4)
	before := l.Stats()
	require.NotEmpty(t, lookAfter(t, l, 61, Retention{Segments: 99}))
	after := l.Stats()
	require.Equal(t, segments-1, after.Compressed)
	require.Less(t, after.Bytes, before.Bytes/2)
	compare := func() {
		for next := core.Instance(1); next <= 60; {
			got, err := read(t, l, next, 60, 1<<20)
			require.NoError(t, err)
			for _, e := range got {
				require.Equal(t, want[next-1], e)
				next++
			}
		}
	}
	compare()
	for _, checkpoint := range []core.Instance{0, 30, 60} {
		require.NoError(t, l.Close())
		o.Checkpoint = checkpoint
		var opened *Opened
		l, opened = mustOpen(t, d, o)
		require.Empty(t, opened.Report)
		require.Equal(t, max(checkpoint, 59), opened.Restored.Commit)
		require.Equal(t, core.Instance(1), opened.First)
		compare()
	}
	require.NoError(t, l.Close())
}

// meter counts the bytes that are read.
type meter struct {
	disk.Disk
	bytes int
}

type meteredFile struct {
	disk.File
	m *meter
}

func (m *meter) Open(p string) (disk.File, error) {
	f, err := m.Disk.Open(p)
	return meteredFile{f, m}, err
}

func (f meteredFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	f.m.bytes += n
	return n, err
}

// TestAStartReadsWhatIsAboveTheCheckpoint, and not the rest. A read of the rest
// looks through a segment once.
func TestAStartReadsWhatIsAboveTheCheckpoint(t *testing.T) {
	d := disk.NewMem(0)
	o := options()
	o.SegmentBytes = 2 << 20
	l, _ := mustOpen(t, d, o)
	for i := 1; i <= 100; i++ {
		appendSync(t, l, core.Position(i), promised(1, i-1), accepted(i, 1, strings.Repeat("x", 200<<10)))
	}
	require.Len(t, l.segments, 12)
	require.NoError(t, l.Close())
	cost := func(checkpoint core.Instance) (*Log, *meter) {
		m := &meter{Disk: d}
		o.Checkpoint = checkpoint
		l, opened := mustOpen(t, m, o)
		require.Equal(t, core.Instance(1), opened.First)
		require.Equal(t, core.Instance(100), opened.Last)
		return l, m
	}
	l, m := cost(0)
	require.Greater(t, m.bytes, 20<<20)
	require.NoError(t, l.Close())
	l, m = cost(98)
	require.Less(t, m.bytes, 8<<20)
	m.bytes = 0
	for i := core.Instance(1); i <= 9; i++ {
		got, err := read(t, l, i, i, 1<<20)
		require.NoError(t, err)
		require.Equal(t, i, got[0].Instance)
	}
	require.Less(t, m.bytes, 9<<20)
	require.NoError(t, l.Close())
}

// TestDamageBelowTheCheckpointIsFoundWhenRead, and never served: not the entry
// that is gone, and not an older one that it replaced.
func TestDamageBelowTheCheckpointIsFoundWhenRead(t *testing.T) {
	for name, where := range map[string]struct {
		batch, off int64
		flips      int64 // neighbouring headers
	}{"body": {2, batchFixed + 2*tableEntryLen + 2, 1}, "header": {2, 9, 1}, "two headers": {2, 9, 2}, "last of the segment": {3, 9, 1}} {
		t.Run(name, func(t *testing.T) {
			d := disk.NewMem(0)
			o := options()
			o.MaxEntries = 4
			l, _ := mustOpen(t, d, o)
			appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "a"))
			appendSync(t, l, 2, promised(1, 1), accepted(2, 1, "old"))
			appendSync(t, l, 3, promised(2, 1), accepted(2, 2, "new"))
			appendSync(t, l, 4, promised(2, 2), accepted(3, 2, "c"))
			appendSync(t, l, 5, promised(2, 3), accepted(4, 2, "d"))
			appendSync(t, l, 6, promised(2, 4), accepted(5, 2, "e"))
			require.NoError(t, l.Close())
			for k := range where.flips {
				require.NoError(t, d.Flip("log/001.tlog", (2+where.batch+k)*pageBytes+where.off, 1))
			}
			o.Checkpoint = 5
			l, opened := mustOpen(t, d, o)
			require.Empty(t, opened.Restored.Unknown, "the checkpoint has it")
			require.Equal(t, core.Instance(5), opened.Restored.Commit)
			for range 2 {
				served := 0
				for i := core.Instance(1); i <= 5; i++ {
					got, err := read(t, l, i, i, 100)
					if err != nil {
						require.ErrorIs(t, err, ErrDamaged)
						continue
					}
					require.Equal(t, map[core.Instance]string{1: "a", 2: "new", 3: "c", 4: "d", 5: "e"}[i], string(got[0].Value))
					served++
				}
				require.Equal(t, 5-int(where.flips), served)
			}
			if where.off == 9 {
				require.NotEmpty(t, l.Stats().Damage)
			}
			require.NoError(t, l.Close())
		})
	}
}

// A promise that is younger than what waits goes with it, not before: else an entry
// would stand on the disk below a promise that was durable when it was accepted.
func TestInstallKeepsTheOrderOfPromises(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 9)
	before := l.w.state.Promised
	l.Append([]core.Record{accepted(12, 2, "waits")}, promised(2, 9), 10)
	l.Append(nil, promised(3, 9), 11)
	j := l.NextInstall(10, promised(3, 10))
	j.Run()
	require.NoError(t, l.FinishInstall(j))
	require.Equal(t, before, l.w.state.Promised)
	require.Equal(t, core.Position(11), syncAll(t, l))
	require.Equal(t, promised(3, 10).Promised, l.w.state.Promised)
	require.NoError(t, l.Close())
}

// TestInstall: what is at or below a snapshot is void, what is above stays, and
// everything older goes.
func TestInstall(t *testing.T) {
	d := disk.NewMem(0)
	l := filled(t, d, plain(), 9)
	appendSync(t, l, 10, promised(2, 9), setting("s"), accepted(9, 2, "value 9"), accepted(10, 2, "ten"), accepted(11, 2, "eleven"))
	l.Append([]core.Record{accepted(12, 2, "waits")}, promised(3, 9), 11)
	old := l.NextRead(9, 12, 100)
	j := l.NextInstall(10, promised(3, 10))
	require.Nil(t, l.NextSync())
	j.Run()
	require.NoError(t, l.FinishInstall(j))
	old.Run()
	_, err := l.FinishRead(old)
	require.ErrorIs(t, err, ErrCollapsed)
	require.Equal(t, core.Position(11), syncAll(t, l))
	compare := func() {
		require.Equal(t, core.Instance(11), l.First())
		require.Equal(t, core.Instance(12), l.Last())
		require.Nil(t, l.Cached(10, 12, 100))
		_, err := read(t, l, 10, 12, 100)
		require.ErrorIs(t, err, ErrCollapsed)
		got, err := read(t, l, 11, 12, 100)
		require.NoError(t, err)
		require.Equal(t, []core.Entry{entry(11, 2, "eleven"), entry(12, 2, "waits")}, got)
	}
	compare()
	require.Equal(t, []string{"remove 1", "remove 2", "remove 3", "remove 4"}, lookAfter(t, l, 1, DefaultRetention))
	compare()
	for range 2 {
		require.NoError(t, l.Close())
		var opened *Opened
		l, opened = mustOpen(t, d, plain()) // without the checkpoint: the log knows
		require.Equal(t, promised(3, 10), opened.Restored.HardState)
		require.Equal(t, "s", string(opened.Settings))
		require.Equal(t, core.Instance(11), opened.Base)
		require.Len(t, opened.Restored.Entries, 2)
		compare()
	}
}

// TestAStoreThatIsAheadOfItsLog: without a snapshot that explains it, the log is
// not the one that the store was made from.
func TestAStoreThatIsAheadOfItsLog(t *testing.T) {
	d := disk.NewMem(0)
	o := plain()
	l := filled(t, d, o, 9)
	require.NoError(t, l.Close())
	o.Checkpoint, o.Installed = 20, true
	l, opened := mustOpen(t, d.Clone(), o)
	require.False(t, opened.Ahead)
	require.Equal(t, promised(1, 20), opened.Restored.HardState)
	require.Zero(t, opened.First)
	_, err := read(t, l, 9, 9, 10)
	require.ErrorIs(t, err, ErrCollapsed, "what it holds there may not be what was chosen")
	appendSync(t, l, 1, promised(1, 20), accepted(21, 1, "x"))
	require.Equal(t, core.Instance(21), l.First())

	o.Installed = false
	for range 2 {
		l, opened = mustOpen(t, d, o)
		require.True(t, opened.Ahead, "at every start")
		require.Equal(t, core.Instance(8), opened.Restored.Commit, "not what another log's checkpoint says")
		require.NoError(t, l.Close())
	}
	o.Checkpoint = 9
	l, opened = mustOpen(t, d, o)
	require.False(t, opened.Ahead)
	require.Equal(t, core.Instance(9), opened.Restored.Commit, "the store proves that it was chosen")
	got, err := read(t, l, 9, 9, 10)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(9, 1, "value 9")}, got)
}

// TestInstallKeepsWhatIsKnownOfDamage: a snapshot makes damage below it
// unimportant, not that above.
func TestInstallKeepsWhatIsKnownOfDamage(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0), genesisRecord(), accepted(1, 1, "a"))
	appendSync(t, l, 2, promised(1, 0), accepted(2, 1, "b"))
	appendSync(t, l, 3, promised(1, 0), accepted(3, 1, "c"))
	appendSync(t, l, 4, promised(1, 0), accepted(4, 1, "d"))
	require.NoError(t, l.Close())
	for _, batch := range []int64{1, 2} {
		require.NoError(t, d.Flip("log/001.tlog", (2+batch)*pageBytes+9, 1)) // one is lost, one is named
	}
	l, opened := mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 1, Ballot: maxBallot}, {Instance: 3, Ballot: core.Ballot{Round: 1, Member: 1}}},
		opened.Restored.Unknown)
	j := l.NextInstall(2, promised(2, 2))
	j.Run()
	require.NoError(t, l.FinishInstall(j))
	require.Len(t, lookAfter(t, l, 99, Retention{}), 1)
	for range 3 {
		_, err := read(t, l, 3, 3, 9)
		require.ErrorIs(t, err, ErrDamaged)
		require.NoError(t, l.Close())
		l, opened = mustOpen(t, d, options())
		require.Equal(t, []core.Unknown{{Instance: 3, Ballot: core.Ballot{Round: 1, Member: 1}}, {Instance: 3, Ballot: maxBallot}},
			opened.Restored.Unknown)
		require.Equal(t, promised(2, 2), opened.Restored.HardState)
	}
	j = l.NextInstall(4, promised(2, 4))
	j.Run()
	require.NoError(t, l.FinishInstall(j))
	require.NoError(t, l.Close())
	_, opened = mustOpen(t, d, options())
	require.Equal(t, []core.Unknown{{Instance: 5, Ballot: maxBallot}}, opened.Restored.Unknown, "nobody knows what the lost batch held")
}

// TestUpkeepAgainstAModel appends, syncs, compresses, collapses, installs and
// restarts at random.
func TestUpkeepAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := upkeepOptions()
		o.MaxEntries = rapid.IntRange(1, 5).Draw(t, "max entries")
		o.CacheBytes = int64(rapid.IntRange(0, 5).Draw(t, "cache") * slotBytes)
		w := newWorld(disk.NewMem(0), o)
		require.NoError(t, w.open())
		next := core.Instance(1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				require.NoError(t, w.sync())
				require.NoError(t, w.reopen())
			case 1:
				require.NoError(t, w.seal())
			case 2, 3:
				retain := Retention{Segments: rapid.IntRange(0, 5).Draw(t, "segments")}
				require.NoError(t, w.upkeep(rapid.IntRange(1, 9).Draw(t, "pieces"), retain))
			case 4:
				require.NoError(t, w.sync())
				if c := core.Instance(rapid.Uint64Range(uint64(w.checkpoint), uint64(w.state.Commit)).Draw(t, "checkpoint")); c > w.checkpoint {
					w.checkpoint, w.installed = c, false
				}
			case 5:
				s := w.state.Commit + core.Instance(rapid.IntRange(1, 4).Draw(t, "snapshot"))
				require.NoError(t, w.install(s))
				next = max(next, s+1)
			default:
				next = w.addRandom(t, next)
				if rapid.Bool().Draw(t, "sync") {
					require.NoError(t, w.sync())
				}
			}
			require.NoError(t, w.reads(w.l, w.acked))
		}
		require.NoError(t, w.sync())
		require.NoError(t, w.reads(w.l, len(w.appends)))
		require.NoError(t, w.check(w.d.Clone()))
	})
}

// addRandom appends a run of instances that begins somewhere above the commit index.
func (w *world) addRandom(t *rapid.T, next core.Instance) core.Instance {
	round := w.state.Promised.Round + rapid.Uint64Range(0, 1).Draw(t, "raise")
	from := core.Instance(rapid.Uint64Range(uint64(w.state.Commit)+1, uint64(next)).Draw(t, "from"))
	recs := []core.Record{}
	if rapid.IntRange(0, 9).Draw(t, "setting") == 0 {
		recs = append(recs, setting(fmt.Sprint("s", round)))
	}
	i := from
	for ; i < from+core.Instance(rapid.IntRange(0, 6).Draw(t, "records")); i++ {
		recs = append(recs, accepted(int(i), round, string(make([]byte, rapid.IntRange(0, 2000).Draw(t, "bytes")))))
	}
	next = max(next, i)
	state := promised(round, 0)
	state.Commit = core.Instance(rapid.Uint64Range(uint64(w.state.Commit), uint64(next-1)).Draw(t, "commit"))
	w.add(state, recs...)
	return next
}

// guarded lets several goroutines use a memory disk.
type guarded struct {
	disk.Disk
	mu sync.Mutex
}

type guardedFile struct {
	disk.File
	g *guarded
}

func (g *guarded) do(f func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return f()
}

func (g *guarded) Open(p string) (f disk.File, err error) {
	err = g.do(func() error { f, err = g.Disk.Open(p); return err })
	return guardedFile{f, g}, err
}

func (g *guarded) Create(p string) (f disk.File, err error) {
	err = g.do(func() error { f, err = g.Disk.Create(p); return err })
	return guardedFile{f, g}, err
}

func (g *guarded) Rename(p, q string) error { return g.do(func() error { return g.Disk.Rename(p, q) }) }
func (g *guarded) Remove(p string) error    { return g.do(func() error { return g.Disk.Remove(p) }) }
func (g *guarded) SyncDir(p string) error   { return g.do(func() error { return g.Disk.SyncDir(p) }) }
func (g *guarded) Free() (free uint64, err error) {
	err = g.do(func() error { free, err = g.Disk.Free(); return err })
	return free, err
}

func (f guardedFile) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.g.do(func() error { n, err = f.File.ReadAt(p, off); return err })
	return n, err
}

func (f guardedFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.g.do(func() error { n, err = f.File.WriteAt(p, off); return err })
	return n, err
}

func (f guardedFile) Size() (n int64, err error) {
	err = f.g.do(func() error { n, err = f.File.Size(); return err })
	return n, err
}

func (f guardedFile) Sync() error  { return f.g.do(f.File.Sync) }
func (f guardedFile) Close() error { return f.g.do(f.File.Close) }

// TestJobsBesideEachOther runs syncs, reads and upkeep on goroutines of their own.
func TestJobsBesideEachOther(t *testing.T) {
	o := upkeepOptions()
	o.CacheBytes = slotBytes
	l, _ := mustOpen(t, &guarded{Disk: disk.NewMem(0)}, o)
	value := func(i core.Instance) []byte { return bytes.Repeat([]byte{byte(i)}, 300) }
	done := make(chan func(), 8)
	out := 0
	run := func(f, finish func()) {
		out++
		go func() { f(); done <- func() { out--; finish() } }()
	}
	var syncing, keeping bool
	next, durable, served, collapsed, pieces := core.Instance(1), core.Instance(0), 0, 0, 0
	for durable < 300 {
		if next <= 300 {
			l.Append([]core.Record{accepted(int(next), 1, string(value(next)))}, promised(1, int(next)-1), core.Position(next))
			next++
		}
		if j := l.NextSync(); j != nil && !syncing {
			syncing = true
			run(j.Run, func() {
				p, err := l.FinishSync(j)
				require.NoError(t, err)
				syncing, durable = false, core.Instance(p)
			})
		}
		if j := l.NextUpkeep(max(durable, 20)-19, Retention{Segments: 4}); j != nil && !keeping {
			keeping = true
			run(j.Run, func() {
				_, err := l.FinishUpkeep(j)
				require.NoError(t, err)
				keeping = false
				pieces++
			})
		}
		if i := l.First(); out < 6 && i != 0 && i <= durable {
			j := l.NextRead(i, i+5, 2000)
			run(j.Run, func() {
				got, err := l.FinishRead(j)
				if errors.Is(err, ErrCollapsed) {
					collapsed++
					return
				}
				require.NoError(t, err)
				for _, e := range got {
					require.Equal(t, core.Value(value(e.Instance)), e.Value)
					served++
				}
			})
		}
		(<-done)()
	}
	for out > 0 {
		(<-done)()
	}
	t.Logf("pieces of upkeep=%d entries served=%d reads that met a removal=%d", pieces, served, collapsed)
	require.NotZero(t, served)
	require.NotZero(t, pieces)
}
