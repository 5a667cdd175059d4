package kvstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// history is a random log: batches, now and then a freeze point that the master
// ordered, a barrier, a setting, and rubbish.
func history(rng *rand.Rand, length int) []core.Value {
	var log []core.Value
	key := func() string { return fmt.Sprintf("%c%c%d", "ab"[rng.IntN(2)], "xyz"[rng.IntN(3)], rng.IntN(9)) }
	for i := range length {
		switch rng.IntN(20) {
		case 0:
			log = append(log, core.CheckpointValue(uint64(i)))
		case 1:
			log = append(log, core.BarrierValue(core.Ballot{Round: uint64(i)}))
		case 2:
			log = append(log, core.SettingValue(core.Setting{Serial: uint64(i + 1), Waived: []string{key()}}))
		case 3:
			log = append(log, core.Value{core.KindCheckpoint, 1}, core.Value{99})
		default:
			log = append(log, randomBatch(rng, key))
		}
	}
	return log
}

func randomBatch(rng *rand.Rand, key func() string) core.Value {
	var updates [][]byte
	for range 1 + rng.IntN(4) {
		var u command.Update
		switch rng.IntN(8) {
		case 0:
			u = command.DeletePrefix{Prefix: key()[:1+rng.IntN(2)]}
		case 1:
			u = command.Replace{Key: key()}
		case 2:
			u = seq(set(key(), "s"), command.DeletePrefix{Prefix: key()[:2]}, set(key(), "t"), del(key()))
		default:
			u = set(key(), fmt.Sprint(rng.IntN(1000)))
		}
		updates = append(updates, command.Encode(u))
	}
	return core.EncodeBatch(updates)
}

// milestone is what a store is after an instance, whatever happened to it.
type milestone struct {
	chain    Chain
	counters [2]uint64
	setting  string
	content  Digest
	keys     uint64
	results  string
}

func milestoneOf(t *testing.T, s *Store, results []any) milestone {
	v := view(s)
	defer v.Release()
	require.NoError(t, v.Check())
	keys, content, err := v.Scan()
	require.NoError(t, err)
	return milestone{chain: s.Chain(), counters: [2]uint64{s.counters.entries, s.counters.bytes}, setting: string(s.Setting()),
		content: content, keys: keys, results: fmt.Sprint(results)}
}

// undisturbed are the milestones of a store in memory, and its marks.
func undisturbed(t *testing.T, log []core.Value) (miles []milestone, marks map[core.Mark]bool) {
	s := New(Options{FreezeEntries: 12, FreezeBytes: 300})
	marks = map[core.Mark]bool{}
	for _, v := range log {
		results, err := s.Apply(s.Applied()+1, slices.Clone(v))
		require.NoError(t, err)
		miles = append(miles, milestoneOf(t, s, results))
		for _, m := range s.Marks() {
			marks[m] = true
		}
	}
	return miles, marks
}

// disturbed applies a log while the node crashes and loses power at any operation
// on the disk, and comes back from its newest checkpoint.
type disturbed struct {
	t     *testing.T
	rng   *rand.Rand
	disk  *disk.Mem
	store *Store
	log   []core.Value
	miles []milestone
	marks map[core.Mark]bool // of content: instance and sum
	lives int
}

func (d *disturbed) open() {
	for {
		s, err := Open(Options{Disk: d.disk, Path: "n.db", FreezeEntries: 12, FreezeBytes: 300})
		if err == nil {
			err = s.Bind(ownIncarnation)
		}
		if err == nil {
			d.store = s
			break
		}
		require.ErrorIs(d.t, err, disk.ErrCrashed)
		d.crash()
	}
	at := d.store.Applied()
	if at > 0 {
		want := d.miles[at-1]
		want.results = fmt.Sprint([]any(nil))
		require.Equal(d.t, want, milestoneOf(d.t, d.store, nil))
	}
}

func (d *disturbed) crash() {
	d.lives++
	d.disk.FailAfter(-1)
	if d.rng.IntN(2) == 0 {
		d.disk.Crash()
	} else {
		d.disk.PowerLoss(func(disk.Op) disk.Fate {
			return disk.Fate{Kind: []disk.FateKind{disk.Lost, disk.Kept}[d.rng.IntN(2)]}
		})
	}
	if d.lives < 40 {
		d.disk.FailAfter(d.rng.IntN(20))
	}
}

// slice runs a slice; false if the node is down after it.
func (d *disturbed) slice() bool {
	slice := d.store.NextSlice(true)
	if slice == nil {
		return true
	}
	slice.Run()
	if d.disk.Crashed() {
		return false
	}
	require.NoError(d.t, d.store.FinishSlice(slice))
	return true
}

func (d *disturbed) step() bool {
	s := d.store
	i := s.Applied() + 1
	results, err := s.Apply(i, slices.Clone(d.log[i-1]))
	if errors.Is(err, disk.ErrCrashed) {
		return false
	}
	require.NoError(d.t, err)
	want := d.miles[i-1]
	require.Equal(d.t, want, milestoneOf(d.t, s, results), "instance %d", i)
	for range d.rng.IntN(3) {
		if !d.slice() {
			return false
		}
	}
	for _, m := range s.Marks() {
		switch m.Kind {
		case core.MarkChain:
			require.True(d.t, d.marks[m], "chain mark of %d", m.Instance)
		case core.MarkContent:
			at := d.miles[m.Instance-1]
			require.Equal(d.t, contentSum(at.keys, at.content), m.Sum, "content mark of %d", m.Instance)
			chain := at.chain.mark(m.Instance)
			require.True(d.t, d.marks[chain], "instance %d is no freeze point", m.Instance)
		}
	}
	return true
}

// TestRestart_GoesOnAsIfNothingHappened applies random logs on a node that is
// killed and loses power at any operation on its disk, also while it starts again,
// and replays the log from where it finds itself. After each instance it has the
// chain, results, counters, setting, contents and marks of a node that always ran.
func TestRestart_GoesOnAsIfNothingHappened(t *testing.T) {
	lives := 0
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			d := &disturbed{t: t, rng: rng, disk: disk.NewMem(0), log: history(rng, 150)}
			d.miles, d.marks = undisturbed(t, d.log)
			d.disk.FailAfter(rng.IntN(20))
			d.open()
			for int(d.store.Applied()) < len(d.log) {
				if !d.step() {
					d.crash()
					d.open()
				}
			}
			lives += d.lives
			d.disk.FailAfter(-1)
			settle(d.store)
			require.NoError(t, d.store.Close())
			report, err := tree.Check(d.disk, "n.db", nil)
			require.NoError(t, err)
			require.True(t, report.Clean(), "%+v", report.Findings)
		})
	}
	require.Greater(t, lives, 300, "crashes")
}

// TestCleanStop_LeavesNothingToReplay freezes by order of the host. That is no
// freeze point: it changes no counter, and no mark.
func TestCleanStop_LeavesNothingToReplay(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{FreezeEntries: 100, FreezeBytes: 1000})
	applyValue(s, core.EncodeBatch(encodeSets([]string{"a", "b"})))
	require.True(t, s.Dirty())
	before := milestoneOf(t, s, nil)
	for range 2 {
		require.True(t, s.Freeze())
		require.EqualValues(t, 1, s.Frozen())
		require.False(t, s.Freeze())
		settle(s)
	}
	newest, older := s.Checkpoints()
	require.EqualValues(t, []core.Instance{1, 1}, []core.Instance{newest, older})
	require.False(t, s.Freeze(), "both checkpoints are of the present state")
	require.Zero(t, s.Frozen())
	require.True(t, s.Dirty(), "there was no freeze point")
	require.Empty(t, s.Marks())
	require.NoError(t, s.Close())

	d.Crash()
	s = onDisk(d, Options{FreezeEntries: 100, FreezeBytes: 1000})
	require.EqualValues(t, 1, s.Applied())
	require.Equal(t, before, milestoneOf(t, s, nil))
	require.True(t, s.Dirty())
	require.Empty(t, s.Marks())
	require.False(t, New(Options{}).Freeze())
}

// TestBind_RefusesTheStoreOfAnotherLog moves a store beside another log.
func TestBind_RefusesTheStoreOfAnotherLog(t *testing.T) {
	d := disk.NewMem(0)
	require.NoError(t, onDisk(d, Options{}).Close())
	s, err := Open(Options{Disk: d, Path: "node.db"})
	require.NoError(t, err)
	require.ErrorIs(t, s.Bind(core.Incarnation{9}), ErrForeign)
	require.NoError(t, s.Bind(ownIncarnation))
}

// TestReset_KeepsTheEvidence throws a state away.
func TestReset_KeepsTheEvidence(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{})
	for range 10 {
		apply(s, encodeSets([]string{"a", "b"}))
	}
	settle(s)
	old := view(s)
	applyValue(s, core.CheckpointValue(1))
	require.NoError(t, s.Reset("odd-7"))
	require.Zero(t, s.Applied())
	require.Zero(t, view(s).KeyCount())
	require.Equal(t, Chain{}, s.Chain())
	require.Empty(t, s.Marks())
	require.False(t, s.Dirty())
	require.NoError(t, old.Check())
	require.Equal(t, 2, old.KeyCount())
	old.Release()
	applyValue(s, core.EncodeBatch(encodeSets([]string{"c"})))
	require.NoError(t, s.Bind(ownIncarnation))
	require.NoError(t, s.Close())

	evidence, err := Open(Options{Disk: d, Path: "node.db.odd-7"})
	require.NoError(t, err)
	require.Equal(t, 2, view(evidence).KeyCount())
	again, err := Open(Options{Disk: d, Path: "node.db"})
	require.NoError(t, err)
	require.NoError(t, again.Bind(ownIncarnation))
	require.Zero(t, again.Applied())
}
