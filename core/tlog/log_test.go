package tlog

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// counting is a deterministic Options.Rand.
func counting() func([]byte) {
	n := uint64(0)
	return func(b []byte) {
		n++
		for i := range b {
			b[i] = byte(n) ^ byte(i*37)
		}
		if len(b) >= 8 {
			binary.LittleEndian.PutUint64(b, n*0x9e3779b97f4a7c15)
		}
	}
}

func options() Options {
	return Options{Dir: "log", ClusterID: "c", Node: "n1", Rand: counting()}
}

func accepted(i int, round uint64, value string) core.Record {
	return core.Record{Kind: core.RecordAccepted, Instance: core.Instance(i),
		Ballot: core.Ballot{Round: round, Member: 1}, Bytes: []byte(value)}
}

func entry(i int, round uint64, value string) core.Entry {
	r := accepted(i, round, value)
	return core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
}

func promised(round uint64, commit int) core.HardState {
	return core.HardState{Promised: core.Ballot{Round: round, Member: 1}, Commit: core.Instance(commit)}
}

func mustOpen(t testing.TB, d disk.Disk, o Options) (*Log, *Opened) {
	t.Helper()
	l, opened, err := Open(d, o)
	require.NoError(t, err)
	return l, opened
}

// syncAll runs sync jobs until nothing waits.
func syncAll(t testing.TB, l *Log) core.Position {
	t.Helper()
	p := l.durable
	for j := l.NextSync(); j != nil; j = l.NextSync() {
		j.Run()
		var err error
		p, err = l.FinishSync(j)
		require.NoError(t, err)
	}
	return p
}

func read(t testing.TB, l *Log, from, through core.Instance, maxBytes int) ([]core.Entry, error) {
	t.Helper()
	j := l.NextRead(from, through, maxBytes)
	j.Run()
	return l.FinishRead(j)
}

func TestAppendSyncReadReopen(t *testing.T) {
	d := disk.NewMem(0)
	l, opened := mustOpen(t, d, options())
	require.Equal(t, core.Restored{}, opened.Restored)
	require.Nil(t, l.NextSync())
	require.Nil(t, l.NextSeal())

	var want []core.Entry
	pos := core.Position(0)
	for i := 1; i <= 300; i++ {
		pos++
		l.Append([]core.Record{accepted(i, 1, fmt.Sprint("v", i))}, promised(1, max(i-2, 0)), pos)
		want = append(want, entry(i, 1, fmt.Sprint("v", i)))
	}
	require.Equal(t, want, l.Cached(1, 300, 1<<20))
	require.Equal(t, pos, syncAll(t, l))
	got, err := read(t, l, 1, 300, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, l.Close())

	l, again := mustOpen(t, d, options())
	require.Equal(t, opened.Incarnation, again.Incarnation)
	require.Equal(t, promised(1, 298), again.Restored.HardState)
	require.Equal(t, want[298:], again.Restored.Entries)
	got, err = read(t, l, 1, 300, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Empty(t, again.Report)
}

func TestBatchesHoldAtMost128Records(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	var recs []core.Record
	for i := 1; i <= 300; i++ {
		recs = append(recs, accepted(i, 1, "v"))
	}
	l.Append(recs[:10], promised(1, 0), 1)
	l.Append(recs[10:], promised(1, 290), 2)
	clear(recs) // the slice is the caller's

	var durables, commits []int
	for j := l.NextSync(); j != nil; j = l.NextSync() {
		require.Nil(t, l.NextSync(), "one at a time")
		require.Nil(t, l.NextSeal())
		commits = append(commits, int(j.state.Commit))
		j.Run()
		p, err := l.FinishSync(j)
		require.NoError(t, err)
		durables = append(durables, int(p))
	}
	require.Equal(t, []int{1, 1, 2}, durables, "an append is durable when all of it is")
	require.Equal(t, []int{128, 256, 290}, commits, "a commit index rests on what is in the log already")
}

func TestCommitIndexNeverRestsOnWhatWaits(t *testing.T) {
	var q queue
	recs := make([]core.Record, 0, 200)
	for i := 1; i <= 100; i++ {
		recs = append(recs, accepted(i, 1, ""))
	}
	q.add(recs, promised(1, 0), 1)
	// An append that catches up: it replaces 50 in a higher ballot behind 30 others.
	recs = recs[:0]
	for i := 101; i <= 130; i++ {
		recs = append(recs, accepted(i, 2, ""))
	}
	recs = append(recs, accepted(50, 2, ""))
	q.add(recs, promised(2, 130), 2)
	_, state, whole, taken := q.peek(nil, 20)
	q.drop(taken)
	require.Equal(t, promised(2, 49), state)
	require.Equal(t, core.Position(1), whole)
	_, state, whole, taken = q.peek(nil, 49)
	q.drop(taken)
	require.Equal(t, promised(2, 130), state)
	require.Equal(t, core.Position(2), whole)
	require.True(t, q.empty())
}

func TestLargeRecordsGetTheirOwnBatch(t *testing.T) {
	l, _ := mustOpen(t, disk.NewMem(0), options())
	huge := string(make([]byte, maxBatchBytes))
	l.Append([]core.Record{accepted(1, 1, "a"), accepted(2, 1, huge), accepted(3, 1, "c")}, promised(1, 0), 1)
	var batches []int
	for j := l.NextSync(); j != nil; j = l.NextSync() {
		batches = append(batches, len(j.recs))
		j.Run()
		_, err := l.FinishSync(j)
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, 1, 1}, batches)
	got, err := read(t, l, 1, 3, 1<<30)
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Len(t, got[1].Value, maxBatchBytes)
	got, err = read(t, l, 2, 3, 1)
	require.NoError(t, err)
	require.Len(t, got, 1, "at least one, however large")
}

func TestAPromiseAloneIsABatch(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(7, 0))
	d.PowerLoss(disk.LoseAll)
	_, opened := mustOpen(t, d, options())
	require.Equal(t, promised(7, 0), opened.Restored.HardState)
}

func TestHighestBallotPerInstanceCounts(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(2, 0), accepted(1, 1, "a"), accepted(2, 2, "b"), accepted(3, 1, "c"))
	appendSync(t, l, 2, promised(3, 0), accepted(2, 3, "B"))
	appendSync(t, l, 3, promised(3, 0), accepted(2, 1, "late and lower"))
	want := []core.Entry{entry(1, 1, "a"), entry(2, 3, "B"), entry(3, 1, "c")}
	require.Equal(t, want, l.Cached(1, 9, 1<<20))
	got, err := read(t, l, 1, 9, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, l.Close())
	l, opened := mustOpen(t, d, options())
	require.Equal(t, want, opened.Restored.Entries)
	require.Equal(t, want, l.Cached(1, 9, 1<<20), "what isn't chosen yet is in memory after a start")
	require.Equal(t, []core.Instance{1, 3, 1, 3}, []core.Instance{opened.First, opened.Last, l.First(), l.Last()})
}

func TestSeals(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	require.Nil(t, l.NextSeal(), "nothing to seal")
	l.Append([]core.Record{accepted(1, 1, "a")}, promised(1, 0), 1)
	require.Nil(t, l.NextSeal(), "something waits")
	syncAll(t, l)
	j := l.NextSeal()
	require.NotNil(t, j)
	require.Nil(t, l.NextSync())
	j.Run()
	p, err := l.FinishSync(j)
	require.NoError(t, err)
	require.Equal(t, core.Position(1), p)
	require.Nil(t, l.NextSeal(), "sealed")
	appendSync(t, l, 2, promised(2, 0))
	require.NotNil(t, l.NextSeal(), "a promise wants a seal as well")
}

func TestRollsBySizeAndByEntries(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"size":    func(o *Options) { o.SegmentBytes = 8 * pageBytes },
		"entries": func(o *Options) { o.MaxEntries = 3 },
		"ahead":   func(o *Options) { o.SegmentBytes, o.Preallocate = 10*pageBytes, 3*pageBytes },
	} {
		t.Run(name, func(t *testing.T) {
			d := disk.NewMem(0)
			o := options()
			change(&o)
			l, _ := mustOpen(t, d, o)
			var want []core.Entry
			for i := 1; i <= 20; i++ {
				appendSync(t, l, core.Position(i), promised(1, i), accepted(i, 1, fmt.Sprint(i)))
				want = append(want, entry(i, 1, fmt.Sprint(i)))
			}
			n := len(files(t, d))
			require.GreaterOrEqual(t, n, 5)
			for range 5 {
				got, err := read(t, l, 1, 20, 1<<20)
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.NoError(t, l.Close())
				var opened *Opened
				l, opened = mustOpen(t, d, o)
				require.Empty(t, opened.Report)
				require.Len(t, files(t, d), n, "a restart replaces the newest segment")
			}
		})
	}
}

// TestRestartLoopsDontGrowTheLog, also when each does a little.
func TestRestartLoopsDontGrowTheLog(t *testing.T) {
	d := disk.NewMem(0)
	total := func() (sum int64) {
		for _, size := range files(t, d) {
			sum += size
		}
		return sum
	}
	l, _ := mustOpen(t, d, options())
	for i := 1; i <= 50; i++ {
		appendSync(t, l, core.Position(i), promised(1, i), accepted(i, 1, "v"))
	}
	require.NoError(t, l.Close())
	before := total()
	for round := range 20 {
		l, opened := mustOpen(t, d, options())
		require.Equal(t, core.Instance(50), opened.Last)
		require.Less(t, total(), before/4)
		appendSync(t, l, 1, promised(uint64(2+round), 50))
		require.NoError(t, l.Close())
	}
}

func TestFailedSyncIsTheEnd(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 0))
	l.Append([]core.Record{accepted(1, 1, "a")}, promised(1, 0), 2)
	j := l.NextSync()
	d.FailSync(1)
	j.Run()
	p, err := l.FinishSync(j)
	require.ErrorIs(t, err, disk.ErrSync)
	require.Equal(t, core.Position(1), p)
	l.Append(nil, promised(2, 0), 3)
	require.Nil(t, l.NextSync())
	require.Nil(t, l.NextSeal())
	require.NoError(t, l.Close())
	// The bytes can be read back, but nothing says that they are durable: the next
	// open must not rest on them.
	_, opened := mustOpen(t, d, options())
	require.Len(t, opened.Restored.Entries, 1)
	d.PowerLoss(disk.LoseAll)
	_, opened = mustOpen(t, d, options())
	require.Len(t, opened.Restored.Entries, 1)
}

func TestFullDisk(t *testing.T) {
	d := disk.NewMem(0)
	o := options()
	o.Preallocate = 16 * pageBytes
	l, _ := mustOpen(t, d, o)
	used := int64(0)
	for _, size := range files(t, d) {
		used += size
	}
	d.SetCapacity(used + 2*pageBytes)
	appendSync(t, l, 1, promised(1, 0), accepted(1, 1, "fits, though zeros ahead don't"))
	l.Append([]core.Record{accepted(2, 1, string(make([]byte, 3*pageBytes)))}, promised(1, 0), 2)
	j := l.NextSync()
	j.Run()
	_, err := l.FinishSync(j)
	require.ErrorIs(t, err, disk.ErrFull)
	require.NoError(t, l.Close())
	d.SetCapacity(0)
	_, opened := mustOpen(t, d, o)
	require.Equal(t, core.Instance(1), opened.Last)
}

func TestReadsBeyondWhatIsHeld(t *testing.T) {
	l, _ := mustOpen(t, disk.NewMem(0), options())
	for _, from := range []core.Instance{0, 1, maxInstance} {
		_, err := read(t, l, from, from, 10)
		require.ErrorIs(t, err, ErrNotHeld)
	}
	appendSync(t, l, 1, promised(1, 0), accepted(5, 1, "a"), accepted(6, 1, "b"))
	l.Append([]core.Record{accepted(7, 1, "not durable")}, promised(1, 0), 2)
	for _, from := range []core.Instance{0, 4, 7} {
		_, err := read(t, l, from, 9, 10)
		require.ErrorIs(t, err, ErrNotHeld)
	}
	_, err := read(t, l, 5, 4, 10)
	require.ErrorIs(t, err, ErrNotHeld)
	got, err := read(t, l, 5, 5, 10)
	require.NoError(t, err)
	require.Equal(t, []core.Entry{entry(5, 1, "a")}, got)
}

func TestReadRunsAreWhole(t *testing.T) {
	d := disk.NewMem(0)
	o := options()
	o.MaxEntries = 1000
	l, _ := mustOpen(t, d, o)
	value := string(make([]byte, 3000))
	const n = 3000
	for i := 1; i <= n; i += 10 {
		var recs []core.Record
		for k := i; k < i+10; k++ {
			recs = append(recs, accepted(k, 1, value))
		}
		appendSync(t, l, core.Position(i/10+1), promised(1, i-1), recs...)
	}
	reads := 0
	for next := core.Instance(1); next <= n; reads++ {
		got, err := read(t, l, next, n, 1<<20)
		require.NoError(t, err)
		require.NotEmpty(t, got)
		for _, e := range got {
			require.Equal(t, next, e.Instance)
			next++
		}
	}
	require.Less(t, reads, 20)
	require.Less(t, len(l.index.marks), 60)
}

func TestOneProcessAtATime(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	_, _, err := Open(d, options())
	require.ErrorIs(t, err, disk.ErrLocked)
	require.NoError(t, l.Close())
	mustOpen(t, d, options())
}

// TestReadsDontServeWhatWasReplacedMeanwhile: an entry that left the cache, and
// whose replacement isn't durable yet, must not be read from disk.
func TestReadsDontServeWhatWasReplacedMeanwhile(t *testing.T) {
	o := options()
	o.CacheBytes = 3 * slotBytes
	l, _ := mustOpen(t, disk.NewMem(0), o)
	for i := 1; i <= 9; i++ {
		appendSync(t, l, core.Position(i), promised(5, 0), accepted(i, uint64(1+i/5*4), "old"))
	}
	require.Nil(t, l.Cached(2, 9, 100))
	l.Append([]core.Record{accepted(2, 6, "new")}, promised(6, 0), 10)
	require.Equal(t, []core.Entry{entry(2, 6, "new")}, l.Cached(2, 2, 100))
	l.Append([]core.Record{accepted(1, 2, "caught up, below a ballot that left the cache")}, promised(6, 0), 11)
	for _, waits := range []string{"queued", "being synced"} {
		require.Nil(t, l.Cached(1, 1, 100))
		got, err := read(t, l, 1, 1, 100)
		require.NoError(t, err)
		require.Equal(t, uint64(2), got[0].Ballot.Round, waits)
		if waits == "queued" {
			require.NotNil(t, l.NextSync())
		}
	}
}

// A run that begins on disk goes on into an instance that was replaced in memory
// and waits for its sync: it must not serve what is on disk there.
func TestReadRunsIntoWhatWaitsForItsSync(t *testing.T) {
	d := disk.NewMem(0)
	l, _ := mustOpen(t, d, options())
	appendSync(t, l, 1, promised(1, 2), accepted(1, 1, "a"), accepted(2, 1, "b"), accepted(3, 1, "old"))
	require.NoError(t, l.Close())
	l, _ = mustOpen(t, d, options()) // nothing is in memory now
	l.Append([]core.Record{accepted(3, 2, "new")}, promised(2, 3), 1)
	want := []core.Entry{entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 2, "new")}
	for _, when := range []string{"queued", "out"} {
		got, err := read(t, l, 1, 3, 1<<20)
		require.NoError(t, err)
		require.Equal(t, want, got, when)
		l.NextSync()
	}
}
