package kvstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// applySets applies one instance of sets.
func applySets(s *Store, keys ...string) { applyValue(s, core.EncodeBatch(encodeSets(keys))) }

func numbered(prefix string, n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("%s%03d", prefix, i))
	}
	return keys
}

// TestFreezePoints_AreTheSameOnAllNodes applies one history on two nodes, of which
// one is too slow to freeze at each point. Where both did, the marks are the same.
func TestFreezePoints_AreTheSameOnAllNodes(t *testing.T) {
	quick, slow := onDisk(disk.NewMem(0), Options{}), onDisk(disk.NewMem(0), Options{})
	marks := func(s *Store, into map[core.Mark]bool) {
		for _, m := range s.Marks() {
			into[m] = true
		}
	}
	one, two := map[core.Mark]bool{}, map[core.Mark]bool{}
	for i := range 60 {
		for _, s := range []*Store{quick, slow} {
			applySets(s, numbered(fmt.Sprint(i%7), 3)...)
		}
		settle(quick)
		if i%9 == 8 {
			settle(slow)
		}
		require.Equal(t, quick.counters.entries, slow.counters.entries)
		marks(quick, one)
		marks(slow, two)
	}
	count := func(all map[core.Mark]bool, kind core.MarkKind) (n int) {
		for m := range all {
			if m.Kind == kind {
				n++
			}
		}
		return n
	}
	require.Equal(t, 30, count(one, core.MarkChain))
	require.Equal(t, 30, count(two, core.MarkChain))
	require.Equal(t, 30, count(one, core.MarkContent))
	common := 0
	for m := range two {
		if m.Kind == core.MarkContent {
			common++
		}
		require.True(t, one[m], "%+v", m)
	}
	require.GreaterOrEqual(t, common, 5)
	require.Less(t, common, 30)
	points := quick.Stats().Points
	require.Len(t, points, keptMarks)

	again := onDisk(quick.opts.Disk, Options{})
	require.Equal(t, points, again.Stats().Points, "they come with the checkpoint")
	marks(again, one)
	require.Equal(t, 30, count(one, core.MarkContent), "nothing new")
}

// TestMarks_EveryThousandInstances gives chain marks between freeze points.
func TestMarks_EveryThousandInstances(t *testing.T) {
	s := New(Options{})
	for range 2*chainMarkEvery + 5 {
		applyValue(s, core.BarrierValue(core.Ballot{Round: 1}))
	}
	marks := s.Marks()
	require.Len(t, marks, 2)
	require.EqualValues(t, chainMarkEvery, marks[0].Instance)
	require.False(t, s.Dirty(), "nothing was changed: nobody needs a freeze point")
	require.Empty(t, s.Marks())
}

// TestCheckpointEntry_IsAFreezePoint follows the master's order.
func TestCheckpointEntry_IsAFreezePoint(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 100, FreezeBytes: 10000})
	applySets(s, "a")
	require.True(t, s.Dirty())
	applyValue(s, core.CheckpointValue(7))
	require.False(t, s.Dirty())
	require.EqualValues(t, 2, s.Frozen())
	require.Nil(t, s.NextSlice(false), "the log isn't durable so far")
	settle(s)
	require.Zero(t, s.Frozen())
	newest, older := s.Checkpoints()
	require.EqualValues(t, 2, newest)
	require.EqualValues(t, 0, older)
	marks := s.Marks()
	require.Len(t, marks, 2)
	require.Equal(t, s.Chain().mark(2), marks[0])
	require.Equal(t, core.MarkContent, marks[1].Kind)
	keys, sum, err := view(s).Scan()
	require.NoError(t, err)
	require.Equal(t, contentSum(keys, sum), marks[1].Sum)
	require.Equal(t, sum, s.Stats().Content)
	applyValue(s, core.Value{core.KindCheckpoint, 1})
	require.Zero(t, s.Frozen(), "what can't be read is no order")
}

// TestFull_HoldsBackWhatHasNoRoom writes while the frozen table is never written.
func TestFull_HoldsBackWhatHasNoRoom(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 100, FreezeBytes: 1 << 30})
	applySets(s, numbered("a", 100)...)
	require.EqualValues(t, 1, s.Frozen())
	for n := 0; n < 50; n += 10 {
		require.False(t, s.Full(), "%d entries", n)
		applySets(s, numbered(fmt.Sprint(n), 10)...)
	}
	require.True(t, s.Full())
	s.base.p.Load().frozen.written.Store(tableParts / 4)
	require.False(t, s.Full(), "a quarter is written")
	applySets(s, numbered("c", 12)...)
	require.True(t, s.Full(), "and a quarter of the other half is taken")
	need := s.Need()
	require.Positive(t, need)
	settle(s)
	require.False(t, s.Full())
	require.Less(t, s.Need(), need)
	applySets(s, numbered("b", 38)...)
	require.EqualValues(t, 8, s.Frozen(), "no point was skipped")
	require.Equal(t, 200, view(s).KeyCount())
}

// TestDiskFull_TriesAgain fills the disk under a checkpoint. Nothing is lost, and it
// is written when there is room.
func TestDiskFull_TriesAgain(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30})
	for i := range 50 {
		applySets(s, numbered(strings.Repeat("k", 100)+fmt.Sprint(i), 20)...)
	}
	require.True(t, s.Freeze())
	d.SetCapacity(d.Used() + 8192)
	failures := 0
	for failures < 3 {
		slice := s.NextSlice(true)
		require.NotNil(t, slice)
		slice.Run()
		if err := s.FinishSlice(slice); err != nil {
			require.ErrorIs(t, err, disk.ErrFull)
			failures++
			require.NoError(t, view(s).Check())
			applySets(s, "more"+fmt.Sprint(failures))
		}
	}
	require.EqualValues(t, 50, s.Frozen())
	d.SetCapacity(0)
	settle(s)
	require.Zero(t, s.Frozen())
	require.Equal(t, 1003, view(s).KeyCount())
	require.Equal(t, uint64(1000), s.Stats().Keys)
	inspectStore(t, s)
}

// TestFailedSync_EndsTheFile fails a sync under a checkpoint: the file is not
// touched again.
func TestFailedSync_EndsTheFile(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{FreezeEntries: 10, FreezeBytes: 1 << 30})
	applySets(s, numbered("a", 20)...)
	d.FailSync(1)
	var err error
	for err == nil {
		slice := s.NextSlice(true)
		require.NotNil(t, slice)
		slice.Run()
		err = s.FinishSlice(slice)
	}
	require.ErrorIs(t, err, disk.ErrSync)
	require.Nil(t, s.NextSlice(true))
	require.Nil(t, s.Export())
}

// TestSlices_OneAtATime shows what the owner may not do.
func TestSlices_OneAtATime(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{})
	applySets(s, numbered("a", 20)...)
	slice := s.NextSlice(true)
	require.Panics(t, func() { s.NextSlice(true) })
	require.Panics(t, func() { _ = s.Reset("x") })
	slice.Run()
	require.NoError(t, s.FinishSlice(slice))
	require.Panics(t, func() { _ = s.FinishSlice(slice) })
}

// TestViews_KeepTheirPages takes a view before each checkpoint, and gives them back
// in another order.
func TestViews_KeepTheirPages(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{})
	var views []*View
	for i := range 20 {
		applySets(s, numbered(fmt.Sprint(i%3), i+1)...)
		applyValue(s, core.EncodeBatch([][]byte{command.Encode(command.DeletePrefix{Prefix: fmt.Sprint((i + 1) % 3)})}))
		views = append(views, view(s))
		settle(s)
	}
	for i := range views {
		v := views[i*7%len(views)]
		require.NoError(t, v.Check())
		require.EqualValues(t, 2*(i*7%len(views)+1), v.Applied())
		v.Release()
		require.False(t, v.Retain())
	}
	require.Zero(t, s.owner.file.views.Load())
}

// TestView_BesideCheckpoints reads views on several goroutines, and applies on
// another, while the owner finishes checkpoints. The race detector watches.
func TestView_BesideCheckpoints(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 50, FreezeBytes: 1 << 30})
	for round := range 40 {
		v := view(s)
		applied, read := make(chan struct{}), make(chan error, 2)
		go func() {
			defer close(applied)
			for i := range 5 {
				applySets(s, numbered(fmt.Sprintf("%d/%d", round%4, i), 7)...)
			}
		}()
		for range 2 {
			go func() { read <- v.Check() }()
		}
		for range 5 {
			runSlice(s)
		}
		<-applied
		require.NoError(t, <-read)
		require.NoError(t, <-read)
		v.Release()
	}
	settle(s)
	require.Equal(t, 4*5*7, view(s).KeyCount())
	inspectStore(t, s)
}

// TestSetting_IsTheNewest applies settings, of which one comes late, and one can't be
// read.
func TestSetting_IsTheNewest(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{})
	require.Nil(t, s.Setting())
	setting := func(serial uint64) core.Value {
		return core.SettingValue(core.Setting{Serial: serial, Waived: []string{"east"}})
	}
	applyValue(s, setting(3))
	applyValue(s, setting(2))
	applyValue(s, core.Value{core.KindLocality, 99})
	require.Equal(t, setting(3).Setting(), s.Setting())
	require.True(t, s.Freeze())
	settle(s)
	require.Equal(t, setting(3).Setting(), onDisk(d, Options{}).Setting())
}

// TestCheckpoints_UsePagesAgain overwrites the same keys again and again: the file
// stays small, unless somebody keeps a view.
func TestCheckpoints_UsePagesAgain(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 500, FreezeBytes: 1 << 30})
	size := func(rounds int) int64 {
		for range rounds {
			applySets(s, numbered("a", 500)...)
			settle(s)
		}
		return s.Stats().Tree.FileBytes
	}
	first := size(10)
	require.LessOrEqual(t, size(30), first*3/2)
	require.Zero(t, s.owner.file.views.Load())
}

// TestVacuum_FromSoManyFreePagesOn deletes most of a small store: only where few free
// pages are worth the trouble is its file made smaller, also after a restart.
func TestVacuum_FromSoManyFreePagesOn(t *testing.T) {
	for pages, shrinks := range map[int]bool{0: false, 8: true} { // each on its own: the order can't matter
		d := disk.NewMem(0)
		opts := Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30, VacuumPages: pages}
		s := onDisk(d, opts)
		applySets(s, numbered("a", 2000)...)
		require.True(t, s.Freeze())
		settle(s)
		full := s.Stats().Tree.FileBytes
		require.NoError(t, s.Close())

		s = onDisk(d, opts)
		applyValue(s, core.EncodeBatch([][]byte{command.Encode(command.DeletePrefix{Prefix: "a"})}))
		for range 3 { // what a checkpoint frees may be cut off two later
			applySets(s, "b")
			require.True(t, s.Freeze())
			settle(s)
		}
		require.Equal(t, shrinks, s.Stats().Tree.FileBytes <= full/2, "%d pages: %d of %d bytes", pages, s.Stats().Tree.FileBytes, full)
	}
}

// TestVacuum_EndsByItself overwrites a few keys in files that are made smaller for the
// sake of a page: what a checkpoint without changes cuts off the next may need for its
// own lists, and that must not go on for ever.
func TestVacuum_EndsByItself(t *testing.T) {
	for pages := 1; pages <= 8; pages++ {
		s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30, VacuumPages: pages})
		for n := range 60 {
			applySets(s, numbered("a", 1+n*7%90)...)
			require.True(t, s.Freeze())
			slices := 0
			for runSlice(s) {
				slices++
				require.Less(t, slices, 200, "%d pages, checkpoint %d: %+v", pages, n, s.Stats().Tree)
			}
		}
	}
}

// TestVacuum_WaitsForViews deletes most of a large store under a view: the file
// can't shrink then, and doesn't grow either. It shrinks when the view is gone.
func TestVacuum_WaitsForViews(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30})
	var updates [][]byte
	for i := range 100_000 {
		updates = append(updates, command.Encode(set(fmt.Sprintf("%d/%06d", i*4/100_000, i), strings.Repeat("v", 100))))
	}
	applyValue(s, core.EncodeBatch(updates))
	require.True(t, s.Freeze())
	settle(s)
	full := s.Stats().Tree.FileBytes
	v := view(s)
	remove := func(prefix string) int64 {
		applyValue(s, core.EncodeBatch([][]byte{command.Encode(command.DeletePrefix{Prefix: prefix})}))
		require.True(t, s.Freeze())
		settle(s)
		return s.Stats().Tree.FileBytes
	}
	require.Less(t, remove("0"), full*11/10)
	require.Less(t, remove("1"), full*11/10)
	require.NoError(t, v.Check())
	v.Release()
	require.Less(t, remove("2"), full/2)
	require.Equal(t, 25_000, view(s).KeyCount())
}

// TestDamage_IsSaidNotServed flips a bit in each page of the file in turn. What is
// read then is what was written, or an error.
func TestDamage_IsSaidNotServed(t *testing.T) {
	d := disk.NewMem(0)
	opts := Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30}
	s := onDisk(d, opts)
	keys := numbered(strings.Repeat("k", 50), 300)
	applyValue(s, core.EncodeBatch(append(encodeSets(keys), command.Encode(set("large", largeValue)))))
	require.True(t, s.Freeze())
	settle(s)
	require.NoError(t, s.Close())
	pages := d.Used() / pageBytes
	require.Greater(t, pages, int64(8))
	refused := 0
	for page := range pages {
		hurt := d.Clone()
		require.NoError(t, hurt.Flip("node.db", page*pageBytes+page*31%1000, 1))
		refused += readDamaged(t, hurt, opts, keys)
	}
	require.Greater(t, refused, 20)
}

// largeValue fills pages of its own.
var largeValue = strings.Repeat("v", 20_000)

// readDamaged opens a store with one flipped bit and returns how many reads and
// updates it refused.
func readDamaged(t *testing.T, d *disk.Mem, opts Options, keys []string) (refused int) {
	opts.Disk, opts.Path = d, "node.db"
	s, err := Open(opts)
	if err != nil {
		return 1
	}
	if s.Applied() == 0 {
		return 0 // the checkpoint before: its meta page is whole
	}
	v := view(s)
	var unread string
	for _, key := range keys {
		switch a := v.Query(command.Get{Key: key}); a.Code {
		case command.CodeOK:
			require.Equal(t, "value of "+key, string(a.Value))
		case command.CodeUnknownFailure:
			refused++
			unread = key
			require.Equal(t, a.Code, v.Query(command.MultiGet{Keys: keys}).Code)
			require.Equal(t, a.Code, v.Query(command.MultiGetOption{Keys: []string{key}}).Code)
			require.Equal(t, a.Code, v.Query(command.Exists{Key: key}).Code)
			require.Equal(t, a.Code, v.Query(command.Assert{Key: key}).Code)
			require.Equal(t, a.Code, v.Query(command.AssertExists{Key: key}).Code)
			require.Equal(t, a.Code, v.Query(command.Range{First: command.Open(), Last: command.Open(), Max: -1}).Code)
			require.Equal(t, a.Code, v.Query(command.RevRangeEntries{High: command.Including(key), Low: command.Open(), Max: 1}).Code)
		default:
			require.Failf(t, "wrong answer", "%q: %v", key, a)
		}
	}
	whole := v.Ascend(command.Open(), command.Open(), -1, func(key string, value []byte) {
		if want := "value of " + key; key != "large" {
			require.Equal(t, want, string(value))
		} else {
			require.Equal(t, largeValue, string(value))
		}
	})
	if whole == nil {
		require.Zero(t, refused)
		a := v.Query(command.RangeEntries{First: command.Open(), Last: command.Open(), Max: -1})
		require.NoError(t, a.Err())
		return 0
	}
	if refused == 0 {
		return 1 // a page of the large entry
	}
	require.Positive(t, s.Stats().FailedReads)
	for _, u := range []command.Update{set(unread, "x"), del(unread), command.Replace{Key: unread}, command.AssertRange{}} {
		broken, err := Open(opts)
		require.NoError(t, err)
		_, err = broken.Apply(2, core.EncodeBatch([][]byte{command.Encode(u)}))
		require.Error(t, err, "%#v", u)
		_, again := broken.Apply(2, core.EncodeBatch(nil))
		require.Equal(t, err, again, "it is of no more use")
		require.EqualValues(t, 1, broken.Applied())
		require.False(t, broken.Freeze())
	}
	return refused
}
