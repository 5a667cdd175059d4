package replica

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// small makes logs that roll, checkpoints that come, and nothing that is retained.
func small(freeze int) func(*bench) {
	return func(b *bench) {
		b.freeze = freeze
		b.configure = func(_ int, c *Config) {
			c.MaxEntries, c.CacheBytes = 5, 1
			c.Retention = tlog.Retention{}
		}
	}
}

func (b *bench) write(m, from, count int) {
	for k := from; k < from+count; k++ {
		require.NoError(b.t, b.submit(m, fmt.Sprintf("u%04d", k)).Err)
	}
}

func (b *bench) pass(d time.Duration) {
	for end := b.now.Add(d); b.now < end; {
		b.turn()
	}
}

func (b *bench) status(k int) Status { return b.nodes[k].Status(b.now) }

func TestReplica_ARestartReplaysFromTheCheckpointOnly(t *testing.T) {
	b := newBench(t, 1, small(10))
	b.elect()
	b.write(0, 0, 35)
	b.until("a checkpoint", func() bool { return b.status(0).Checkpoint >= 30 })
	b.kill(0)
	b.open(0)
	st := b.status(0)
	require.GreaterOrEqual(t, st.ReplayFrom, core.Instance(30))
	b.elect()
	require.Equal(t, 36, b.submit(0, "last").Result)
}

func TestReplica_TheMasterFreezesWhatIsOld(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	b.write(m, 0, 3)
	b.until("a checkpoint on every node", func() bool {
		return !slices.ContainsFunc(b.nodes, func(r *Replica) bool { return r.Status(b.now).Checkpoint == 0 })
	})
	at := b.status(m).Checkpoint
	for k := range b.nodes {
		require.Equal(t, at, b.status(k).Checkpoint, "freeze points are the same everywhere")
	}
	b.pass(2 * DefaultCheckpointPeriod)
	require.Equal(t, at, b.status(m).Checkpoint, "nothing changed, so nothing is written")
}

func TestReplica_TheLogIsCutBelowTheOlderCheckpoint(t *testing.T) {
	b := newBench(t, 3, small(10))
	m := b.elect()
	b.write(m, 0, 100)
	b.until("a short log", func() bool { return b.status(m).Log.First > 50 })
	st := b.status(m)
	require.LessOrEqual(t, st.Log.First, st.Older+1, "a restart from the older checkpoint needs the rest")
}

func TestReplica_WhoWasAwayTooLongGetsASnapshot(t *testing.T) {
	b := newBench(t, 3, small(10))
	m := b.elect()
	b.write(m, 0, 10)
	away := (m + 1) % 3
	b.kill(away)
	b.write(m, 10, 100)
	b.pass(2 * feedHold)
	b.write(m, 110, 30)
	b.until("a short log", func() bool { return b.status(m).Log.First > 60 })
	b.open(away)
	b.until("caught up", func() bool { return len(b.sms[away].Updates) == 140 })
	require.True(t, b.sms[away].imported)
	require.Equal(t, uint64(1), b.status(away).Install.Done)
	for range 3 { // and it votes, restarts and leads like any other
		b.kill(away)
		b.open(away)
		b.until("caught up again", func() bool { return len(b.sms[away].Updates) >= 140 })
	}
	b.kill(m)
	require.NoError(t, b.submit(b.elect(), "more").Err)
}

func TestReplica_ASnapshotGoesOnFromAnotherSource(t *testing.T) {
	b := newBench(t, 3, small(10))
	m := b.elect()
	away := (m + 1) % 3
	b.kill(away)
	b.write(m, 0, 120)
	b.until("short logs", func() bool {
		return b.status(m).Log.First > 20 && b.status((m+2)%3).Log.First > 20
	})
	b.open(away)
	b.until("a part of it", func() bool { return b.status(away).Install.Chunks > 30 })
	from := (m + 1 + 1) % 3
	if b.status(away).Install.From == fmt.Sprintf("n%d", m) {
		from = m
	}
	b.kill(from)
	b.pass(20 * time.Second)
	b.open(from)
	b.until("caught up", func() bool { return len(b.sms[away].Updates) == 120 })
}

func TestReplica_CollapseByHandTellsItsSteps(t *testing.T) {
	b := newBench(t, 1, func(b *bench) {
		b.configure = func(_ int, c *Config) { c.MaxEntries, c.Retention.Bytes = 5, 1<<30 }
	})
	b.elect()
	b.write(0, 0, 60)
	before := b.status(0).Log.Segments
	require.Greater(t, before, 5)
	b.nodes[0].Collapse(2, "collapse")
	b.nodes[0].Collapse(2, "beside")
	b.until("collapsed", func() bool { _, ok := b.answers["collapse"]; return ok })
	require.NoError(t, b.answers["collapse"].Err)
	require.ErrorIs(t, b.answers["beside"].Err, ErrCollapsing)
	require.Equal(t, 1+2+before-2, b.progress["collapse"])
	require.Equal(t, 2, b.status(0).Log.Segments)
	b.nodes[0].Collapse(0, "none")
	b.until("refused", func() bool { return b.answers["none"].Err != nil })
}

func TestReplica_StopLeavesNothingToReplay(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	b.write(m, 0, 20)
	b.nodes[m].Stop(b.now, "stop")
	b.until("stopped", func() bool { _, ok := b.answers["stop"]; return ok })
	require.False(t, b.nodes[m].Reads().Leased(func() core.Instant { return b.now }))
	require.NotEmpty(t, b.status(m).Master, "it has heard from its successor")
	applied := b.status(m).Applied
	require.NoError(t, b.nodes[m].Close())
	require.Zero(t, b.sms[m].live, "views that nobody released")
	b.kill(m)
	b.open(m)
	require.GreaterOrEqual(t, b.status(m).ReplayFrom, applied-1)
}

func TestReplica_ALateCheckpointHoldsApplyBack(t *testing.T) {
	b := newBench(t, 1, small(10))
	b.elect()
	b.hold[0] = true
	for k := range 60 {
		b.nodes[0].Submit(b.now, Request{Update: fmt.Appendf(nil, "u%d", k), Tag: k})
		b.turnsWithout(JobCheckpoint, 0, 10)
	}
	st := b.status(0)
	require.True(t, st.Full)
	require.Len(t, b.sms[0].Updates, 30, "one table is frozen, the other is full")
	b.turnsWithout(JobCheckpoint, 0, 3000)
	for k := range 60 { // nobody waits for a checkpoint for longer than a lease period
		require.Contains(t, b.answers, k)
		require.Equal(t, k >= 30, b.answers[k].Err != nil, "%d: %v", k, b.answers[k].Err)
	}
	b.hold[0] = false
	b.until("room", func() bool { return !b.status(0).Full })
	require.NoError(t, b.submit(0, "more").Err)
}

// What was proposed before it was known that there is no room is answered in time as
// well, though nobody can say how it ends: it is chosen, and applied later.
func TestReplica_ALateCheckpointLeavesTheOutcomeOfAFlightUnknown(t *testing.T) {
	b := newBench(t, 1, small(10))
	b.elect()
	b.hold[0] = true
	submit := func(k int) { b.nodes[0].Submit(b.now, Request{Update: fmt.Appendf(nil, "u%d", k), Tag: k}) }
	for k := range 29 {
		submit(k)
		b.turnsWithout(JobCheckpoint, 0, 10)
	}
	for _, k := range []int{29, 30} { // both in flight before the one that fills the table is applied
		submit(k)
		b.turn()
	}
	b.turnsWithout(JobCheckpoint, 0, 1000)
	require.Contains(t, b.answers, 29)
	require.NotContains(t, b.answers, 30, "it may have room yet")
	b.turnsWithout(JobCheckpoint, 0, 2000)
	require.ErrorIs(t, b.answers[30].Err, ErrOutcomeUnknown)
	require.Len(t, b.sms[0].Updates, 30)
	b.hold[0] = false
	b.until("room", func() bool { return len(b.sms[0].Updates) == 31 })
}

func TestReplica_ASnapshotThatNobodyReadsIsLetGo(t *testing.T) {
	b := newBench(t, 3, small(10))
	m := b.elect()
	away := (m + 1) % 3
	b.kill(away)
	b.write(m, 0, 120)
	b.until("short logs", func() bool { return b.status(m).Log.First > 20 && b.status((m+2)%3).Log.First > 20 })
	b.open(away)
	exports := func() int { return b.status(m).Exports + b.status((m+2)%3).Exports }
	b.until("a part of it", func() bool { return exports() > 0 })
	b.until("caught up", func() bool { return len(b.sms[away].Updates) == 120 })
	b.pass(2 * exportIdle)
	require.Zero(t, exports(), "it would keep pages and log for ever")
}

// After a restart both checkpoints may be of the present state, and neither be this
// process's: nothing can go, and that is said.
func TestReplica_CollapseEndsAlsoWhenNothingCanGo(t *testing.T) {
	b := newBench(t, 2)
	m := b.elect()
	b.write(m, 0, 3)
	other := 1 - m
	for range 2 {
		b.nodes[other].Collapse(1, b.now)
		tag := b.now
		b.until("collapsed", func() bool { _, ok := b.answers[tag]; return ok })
	}
	st := b.status(other)
	require.Equal(t, st.Checkpoint, st.Older)
	b.kill(m)
	b.kill(other)
	b.open(other) // alone, so it applies nothing
	b.nodes[other].Collapse(1, "again")
	b.until("an answer", func() bool { _, ok := b.answers["again"]; return ok })
	require.NoError(t, b.answers["again"].Err)
}

// Under load the disk is looked at while something is applied.
func TestReplica_ADiskThatFillsUnderLoadIsNoticedInTime(t *testing.T) {
	b := newBench(t, 1)
	b.elect()
	b.write(0, 0, 3)
	b.disks[0].SetCapacity(b.disks[0].Used() + 1<<20) // less than a segment
	b.nodes[0].Submit(b.now, Request{Update: []byte("x"), Tag: "x"})
	b.hold[0] = true
	for k := 0; !b.nodes[0].applier.busy && k < 100; k++ { // let the sync go, and hold the apply
		b.turn()
		b.runHeld(0, JobSync)
	}
	require.True(t, b.nodes[0].applier.busy)
	b.pass(2 * spaceEvery)
	b.runHeld(0, JobUpkeep)
	require.False(t, b.nodes[0].space.low, "the state machine can't be asked what it needs")
	b.runHeld(0, JobApply)
	require.True(t, b.nodes[0].space.low)
	b.hold[0] = false
	b.nodes[0].Submit(b.now, Request{Update: []byte("grows"), Tag: "grows"})
	b.nodes[0].Submit(b.now, Request{Update: []byte("-key"), Tag: "shrinks"})
	b.until("both answered", func() bool { return len(b.answers) >= 6 })
	require.ErrorIs(t, b.answers["grows"].Err, ErrDiskFull)
	require.NoError(t, b.answers["shrinks"].Err)
}

// What fails when a snapshot is put in place may have put it there.
func TestReplica_ASnapshotThatCantBePutInPlaceStopsTheNode(t *testing.T) {
	for _, c := range []struct {
		err   error
		stops bool
	}{{core.ErrSnapshot, false}, {disk.ErrFull, false}, {disk.ErrSync, true}} {
		b := newBench(t, 1)
		b.elect()
		r := b.nodes[0]
		r.inst = installer{phase: installFinishing, busy: true, imp: &journalImport{j: b.sms[0]}, deadline: core.Never}
		if r.node.Role() == core.RoleMaster { // never on a master: let it be none
			r.step(b.now, core.DropMaster{})
		}
		r.installed(b.now, c.err)
		require.Equal(t, c.stops, r.out.Fatal != nil, "%v", c.err)
		require.Equal(t, c.stops, r.inst.phase != installIdle)
	}
}

func TestReplica_AHandOverIsTriedUntilSomebodyIsReady(t *testing.T) {
	b := newBench(t, 2)
	m := b.elect()
	b.kill(1 - m)
	b.pass(b.nodes[m].patience() + 100*time.Millisecond)
	b.nodes[m].HandOver(b.now, "", "over")
	b.pass(200 * time.Millisecond)
	require.NotContains(t, b.answers, "over", "nobody is heard of, yet")
	b.open(1 - m)
	b.until("handed over", func() bool { _, ok := b.answers["over"]; return ok })
	require.NoError(t, b.answers["over"].Err)
	require.Equal(t, 1-m, b.elect())
	b.nodes[m].HandOver(b.now, "nobody", "wrong")
	b.nodes[m].HandOver(b.now, "", "follower")
	b.until("refused", func() bool { return b.answers["wrong"].Err != nil && b.answers["follower"].Err != nil })
}

func TestReplica_DropMasterStepsDownThoughNobodyTakesOver(t *testing.T) {
	b := newBench(t, 2)
	m := b.elect()
	b.kill(1 - m)
	b.pass(b.nodes[m].patience() + 100*time.Millisecond)
	b.nodes[m].HandOver(b.now, "", "over")
	b.nodes[m].DropMaster(b.now, "drop")
	b.until("both ended", func() bool { return len(b.answers) == 2 })
	require.Error(t, b.answers["over"].Err)
	require.NoError(t, b.answers["drop"].Err)
	require.False(t, b.nodes[m].Reads().Leased(func() core.Instant { return b.now }))
}

func TestReplica_AFollowersLateCheckpointHoldsItsApplyBackOnly(t *testing.T) {
	b := newBench(t, 3, small(10))
	m := b.elect()
	late := (m + 1) % 3
	b.hold[late] = true
	for k := range 60 {
		b.nodes[m].Submit(b.now, Request{Update: fmt.Appendf(nil, "u%d", k), Tag: k})
		b.turnsWithout(JobCheckpoint, late, 10)
	}
	require.Len(t, b.answers, 60)
	require.Len(t, b.sms[late].Updates, 30)
	require.Greater(t, b.status(late).Commit, b.status(late).Applied+20)
	b.hold[late] = false
	b.until("caught up", func() bool { return len(b.sms[late].Updates) == 60 })
}

// Moving pages about in the store's file waits after a checkpoint, for under load the
// next one comes soon and uses them. That next one doesn't wait.
func TestReplica_UpkeepOfTheStoreRestsAfterACheckpoint(t *testing.T) {
	b := newBench(t, 1, small(10))
	b.elect()
	b.hold[0] = true
	fill := func(name string) {
		for k := range 10 {
			b.nodes[0].Submit(b.now, Request{Update: fmt.Appendf(nil, "%s%d", name, k), Tag: name + fmt.Sprint(k)})
			b.turnsWithout(JobCheckpoint, 0, 10)
		}
	}
	for _, name := range []string{"a", "b"} { // the second in the rest after the first
		fill(name)
		require.True(t, b.holds(JobCheckpoint, 0), name)
		b.turnsWithout(JobCheckpoint, 0, 300)
		b.sms[0].chores = 1
		b.runHeld(0, JobCheckpoint)
		b.turnsWithout(JobCheckpoint, 0, 500)
		require.False(t, b.holds(JobCheckpoint, 0), "it rests")
	}
	b.turnsWithout(JobCheckpoint, 0, 2000)
	require.True(t, b.holds(JobCheckpoint, 0), "and goes on")
}

// Beside traffic the slices of a checkpoint make pauses as long as they are; not when
// there is no room in memory, even if each slice makes a little.
func TestReplica_ACheckpointThatUpdatesWaitForMakesNoPauses(t *testing.T) {
	for updates, pauses := range map[int]bool{10: true, 60: false} { // each case for itself: the order can't matter
		b := newBench(t, 1, small(10))
		b.elect()
		b.hold[0], b.sms[0].parts = true, 3
		for k := range updates {
			b.nodes[0].Submit(b.now, Request{Update: fmt.Appendf(nil, "u%d", k), Tag: k})
			b.turnsWithout(JobCheckpoint, 0, 2)
		}
		b.turnsWithout(JobCheckpoint, 0, 40) // so long does the slice take
		require.Equal(t, !pauses, b.status(0).Full, "%d updates", updates)
		b.runHeld(0, JobCheckpoint)
		b.flush(0)
		require.Equal(t, pauses, !b.holds(JobCheckpoint, 0), "%d updates", updates)
		b.turnsWithout(JobCheckpoint, 0, 200)
		require.True(t, b.holds(JobCheckpoint, 0), "it goes on")
	}
}
