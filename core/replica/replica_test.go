package replica

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// bench is a host without mercy for nobody: messages take a millisecond, jobs
// run at once. The faults are package sim's business.
type bench struct {
	t       *testing.T
	now     core.Instant
	disks   []*disk.Mem
	nodes   []*Replica
	sms     []*journal
	wakes   []core.Instant
	mail    []core.Envelope
	answers map[any]Answer
	jobs    [][]*Job // held back per node while hold is set
	hold    []bool
	// progress counts the steps of long requests.
	progress  map[any]int
	configure func(k int, c *Config)
	freeze    int
}

func newBench(t *testing.T, size int, options ...func(*bench)) *bench {
	b := &bench{t: t, now: 1, answers: map[any]Answer{}, progress: map[any]int{}, configure: func(int, *Config) {}}
	for _, o := range options {
		o(b)
	}
	for range size {
		b.disks = append(b.disks, disk.NewMem(0))
	}
	b.nodes, b.sms = make([]*Replica, size), make([]*journal, size)
	b.wakes, b.jobs, b.hold = make([]core.Instant, size), make([][]*Job, size), make([]bool, size)
	for k := range size {
		b.open(k)
	}
	return b
}

func (b *bench) open(k int) {
	var seats []core.SeatConfig
	for s := range b.disks {
		seats = append(seats, core.SeatConfig{Name: fmt.Sprintf("n%d", s)})
	}
	rng := rand.New(rand.NewPCG(uint64(k), uint64(b.now)))
	cfg := Config{Dir: "tlog", Core: core.Config{ClusterID: "test", Seats: seats, Self: core.Seat(k),
		LeasePeriod: 2 * time.Second, Seed: uint64(k)}, Rand: func(p []byte) {
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
	}}
	b.configure(k, &cfg)
	b.sms[k] = openJournal(b.disks[k], b.freeze)
	r, err := Open(cfg, b.disks[k], b.sms[k], b.now)
	require.NoError(b.t, err)
	b.nodes[k], b.wakes[k] = r, b.now
}

// kill ends a process; what it wrote stays on its disk.
func (b *bench) kill(k int) {
	b.nodes[k] = nil
	b.jobs[k] = nil
	b.disks[k].Crash()
}

// turn lets a millisecond pass.
func (b *bench) turn() {
	b.now = b.now.Add(time.Millisecond)
	mail := b.mail
	b.mail = nil
	for _, env := range mail {
		if r := b.nodes[env.To]; r != nil {
			r.Deliver(b.now, env)
		}
	}
	for k := range b.nodes {
		b.flush(k)
	}
}

func (b *bench) flush(k int) {
	r := b.nodes[k]
	if r == nil {
		return
	}
	for {
		out := r.Flush(b.now)
		require.NoError(b.t, out.Fatal)
		b.mail = append(b.mail, out.Send...)
		for _, a := range out.Answers {
			if a.Progress != nil {
				b.progress[a.Tag]++
				continue
			}
			require.NotContains(b.t, b.answers, a.Tag, "answered twice")
			b.answers[a.Tag] = a
		}
		b.jobs[k] = append(b.jobs[k], out.Jobs...)
		if len(b.jobs[k]) == 0 || b.hold[k] {
			return
		}
		jobs := b.jobs[k]
		b.jobs[k] = nil
		for _, j := range jobs {
			j.Run()
			r.Finish(b.now, j)
		}
	}
}

// runHeld runs the jobs of a kind that are held back.
func (b *bench) runHeld(k int, kind JobKind) {
	held := b.jobs[k]
	b.jobs[k] = nil
	for _, j := range held {
		if j.Kind != kind {
			b.jobs[k] = append(b.jobs[k], j)
			continue
		}
		j.Run()
		b.nodes[k].Finish(b.now, j)
	}
}

// turnsWithout lets n milliseconds pass in which a node that holds its jobs runs all
// but those of one kind.
func (b *bench) turnsWithout(not JobKind, k, n int) {
	for range n {
		b.turn()
		for kind := range jobKinds {
			if kind != not {
				b.runHeld(k, kind)
			}
		}
	}
}

// holds reports whether a job of that kind is out.
func (b *bench) holds(kind JobKind, k int) bool {
	return slices.ContainsFunc(b.jobs[k], func(j *Job) bool { return j.Kind == kind })
}

func (b *bench) until(what string, done func() bool) {
	b.t.Helper()
	for range 120_000 {
		if done() {
			return
		}
		b.turn()
	}
	for _, r := range b.nodes {
		if r != nil {
			b.t.Logf("%+v", r.Status(b.now))
		}
	}
	b.t.Fatalf("%s did not happen in two minutes", what)
}

func (b *bench) master() int {
	for k, r := range b.nodes {
		if r != nil {
			if r.Reads().Leased(func() core.Instant { return b.now }) {
				return k
			}
		}
	}
	return -1
}

func (b *bench) elect() int {
	b.until("a master", func() bool { return b.master() >= 0 })
	return b.master()
}

func (b *bench) submit(k int, update string) Answer {
	b.nodes[k].Submit(b.now, Request{Update: []byte(update), Tag: update})
	b.until("an answer to "+update, func() bool { _, ok := b.answers[update]; return ok })
	return b.answers[update]
}

func TestReplica_WritesSurviveTheMastersDeathAndEverybodysRestart(t *testing.T) {
	b := newBench(t, 3)
	var want []string
	for round := range 4 {
		m := b.elect()
		for k := range 5 {
			u := fmt.Sprintf("u%d.%d", round, k)
			a := b.submit(m, u)
			require.NoError(t, a.Err)
			want = append(want, u)
			require.Equal(t, len(want), a.Result)
		}
		if round == 2 {
			for k := range b.nodes {
				b.kill(k)
			}
			for k := range b.nodes {
				b.open(k)
			}
			continue
		}
		b.kill(m)
		b.elect()
		b.open(m)
	}
	b.elect()
	b.until("everybody has everything", func() bool {
		return !slices.ContainsFunc(b.sms, func(j *journal) bool { return !slices.Equal(j.Updates, want) })
	})
}

func TestReplica_OneNode(t *testing.T) {
	b := newBench(t, 1)
	for round := range 3 {
		b.elect()
		require.Equal(t, round+1, b.submit(0, fmt.Sprint(round)).Result)
		b.kill(0)
		b.open(0)
	}
}

func TestReplica_ManyUpdatesShareAnInstance(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	before := b.nodes[m].Status(b.now).Commit
	for k := range 1000 {
		b.nodes[m].Submit(b.now, Request{Update: []byte{1}, Tag: k})
	}
	b.until("all answered", func() bool { return len(b.answers) == 1000 })
	require.Equal(t, before+1, b.nodes[m].Status(b.now).Commit)
}

func TestReplica_NotMasterAndBadUpdatesAreToldAtOnce(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	require.ErrorIs(t, b.submit((m+1)%3, "x").Err, ErrNotMaster)
	b.nodes[m].Submit(b.now, Request{Tag: "empty"})
	b.until("refused", func() bool { return b.answers["empty"].Err != nil })
	b.nodes[(m+1)%3].Read(b.now, "read")
	b.until("read refused", func() bool { return b.answers["read"].Err != nil })
}

func TestReplica_FollowersVoteWaitsForItsSyncHeartbeatsDoNot(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	b.submit(m, "warm")
	for k := range b.nodes {
		b.hold[k] = k != m
	}
	b.nodes[m].Submit(b.now, Request{Update: []byte("x"), Tag: "x"})
	for range 1500 {
		b.turn()
	}
	require.NotContains(t, b.answers, "x")
	require.Equal(t, m, b.master(), "the lease goes on")
	for k := range b.nodes {
		b.hold[k] = false
	}
	b.until("answered", func() bool { _, ok := b.answers["x"]; return ok })
	require.NoError(t, b.answers["x"].Err)
}

func TestReplica_DropMasterFailsWaitersAndAnotherLeads(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	for k := range b.nodes {
		b.hold[k] = true
	}
	b.nodes[m].Submit(b.now, Request{Update: []byte("x"), Tag: "x"})
	b.turn()
	b.nodes[m].Submit(b.now, Request{Update: []byte("y"), Tag: "y"})
	b.nodes[m].DropMaster(b.now, "drop")
	b.until("the master steps down: nobody can take over", func() bool { _, ok := b.answers["drop"]; return ok })
	require.NoError(t, b.answers["drop"].Err)
	require.ErrorIs(t, b.answers["x"].Err, ErrOutcomeUnknown)
	require.ErrorIs(t, b.answers["y"].Err, ErrNotMaster)
	require.False(t, b.nodes[m].Reads().Leased(func() core.Instant { return b.now }))
	for k := range b.nodes {
		b.hold[k] = false
	}
	require.NotEqual(t, m, b.elect())
}

func TestReplica_AnAbsentNodeCatchesUpFromTheLogFiles(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	away := (m + 1) % 3
	b.kill(away)
	big := string(make([]byte, 100_000))
	for k := range 50 {
		b.nodes[m].Submit(b.now, Request{Update: []byte(big), Tag: k})
		b.turn()
	}
	b.until("all answered", func() bool { return len(b.answers) == 50 })
	b.open(away)
	b.until("caught up", func() bool { return len(b.sms[away].Updates) == 50 })
	require.Equal(t, m, b.master())
}

func TestReplica_NoViewIsTakenWhileNobodyReads(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	b.submit(m, "a")
	clock := func() core.Instant { return b.now }
	_, _, ok := b.nodes[m].Reads().Serve(clock)
	require.False(t, ok, "the first reader has to ask")
	b.nodes[m].Read(b.now, "r1")
	b.until("a view", func() bool { _, ok := b.answers["r1"]; return ok })
	require.Equal(t, []string{"a"}, b.answers["r1"].View.(*page).updates)
	for k := range 20 { // readers come: every apply brings a view
		b.submit(m, fmt.Sprint(k))
		view, _, ok := b.nodes[m].Reads().Serve(clock)
		require.True(t, ok)
		require.Len(t, view.(*page).updates, k+2)
		view.Release()
	}
	follower := (m + 1) % 3
	b.nodes[follower].ReadLocal(b.now, "r2")
	b.until("a local view", func() bool { _, ok := b.answers["r2"]; return ok })
	require.NotNil(t, b.answers["r2"].View)
}
