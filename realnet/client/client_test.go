package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within is a context that a test which hangs ends with.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestNewOnlyValidates(t *testing.T) {
	node := Node{Name: "n0", Addresses: []string{"192.0.2.1:1"}} // leads nowhere
	for name, cfg := range map[string]Config{                    // any order: each is on its own
		"no cluster":   {Nodes: []Node{node}},
		"no nodes":     {Cluster: "c"},
		"no name":      {Cluster: "c", Nodes: []Node{{Addresses: node.Addresses}}},
		"no address":   {Cluster: "c", Nodes: []Node{{Name: "n0"}}},
		"no port":      {Cluster: "c", Nodes: []Node{{Name: "n0", Addresses: []string{"localhost"}}}},
		"a name twice": {Cluster: "c", Nodes: []Node{node, node}},
	} {
		_, err := New(cfg)
		require.Error(t, err, name)
	}
	c, err := New(Config{Cluster: "c", Nodes: []Node{node}})
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.ErrorIs(t, c.Set(context.Background(), "k", nil), ErrClosed)
	require.NoError(t, c.Close())
}

func TestEveryCall(t *testing.T) {
	c := newCluster(t, "n0", "n1").client()
	ctx := within(t, 10*time.Second)

	require.NoError(t, c.Set(ctx, "a", []byte("1")))
	require.NoError(t, c.Confirm(ctx, "b", []byte("2")))
	v, err := c.Get(ctx, "a")
	require.NoError(t, err)
	require.Equal(t, []byte("1"), v)
	found, err := c.Exists(ctx, "b", Local())
	require.NoError(t, err)
	require.True(t, found)
	values, err := c.MultiGet(ctx, []string{"a", "b"})
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("1"), []byte("2")}, values)
	options, err := c.MultiGetOption(ctx, []string{"b", "x"})
	require.NoError(t, err)
	require.Equal(t, []Option{Some([]byte("2")), None}, options)
	require.NoError(t, c.Assert(ctx, "a", Some([]byte("1"))))
	require.ErrorIs(t, c.Assert(ctx, "a", None), ErrAssertionFailed)
	require.NoError(t, c.AssertExists(ctx, "a"))
	old, err := c.TestAndSet(ctx, "a", Some([]byte("1")), Some([]byte("3")))
	require.NoError(t, err)
	require.Equal(t, Some([]byte("1")), old)
	old, err = c.Replace(ctx, "n", Some([]byte("4")))
	require.NoError(t, err)
	require.Equal(t, None, old)

	list, err := c.Range(ctx, Open(), Open(), 2)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, list)
	entries, err := c.RangeEntries(ctx, Including("b"), Open(), -1)
	require.NoError(t, err)
	require.Equal(t, []Entry{{Key: "b", Value: []byte("2")}, {Key: "n", Value: []byte("4")}}, entries)
	entries, err = c.RevRangeEntries(ctx, Open(), Excluding("a"), 1)
	require.NoError(t, err)
	require.Equal(t, []Entry{{Key: "n", Value: []byte("4")}}, entries)
	list, err = c.PrefixKeys(ctx, "n", -1)
	require.NoError(t, err)
	require.Equal(t, []string{"n"}, list)
	count, err := c.KeyCount(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(3), count)

	s := NewSequence().DeletePrefix("zz").AssertRange("zz").Assert("a", Some([]byte("3"))).AssertExists("b").
		Set("s", []byte("5")).TestAndSet("s", Some([]byte("5")), Some([]byte("6"))).Delete("n").
		Then(NewSequence().Replace("b", None))
	require.Equal(t, 8, s.Len())
	require.NoError(t, c.Apply(ctx, s))
	v, err = c.Get(ctx, "s")
	require.NoError(t, err)
	require.Equal(t, []byte("6"), v)
	n, err := c.DeletePrefix(ctx, "")
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, c.Nop(ctx))
}

func TestEveryAdministrativeCall(t *testing.T) {
	c := newCluster(t, "n0", "n1").client()
	ctx := within(t, 10*time.Second)
	name, err := c.WhoMaster(ctx)
	require.NoError(t, err)
	require.Equal(t, "n0", name)
	name, err = c.AskMaster(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, "n0", name)
	state, err := c.CurrentState(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, "n1", state, "the node that was named")
	state, err = c.CurrentState(ctx, "")
	require.NoError(t, err)
	require.Equal(t, "n0", state, "the master")
	v, err := c.Version(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, "1.9.25", v.String())
	pong, err := c.Ping(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, "Arakoon 1.9.25", pong)
	ok, err := c.ExpectProgressPossible(ctx, "")
	require.NoError(t, err)
	require.True(t, ok)
	stats, err := c.Statistics(ctx, "n0")
	require.NoError(t, err)
	require.Equal(t, Statistic{Name: "arakoon_stats", List: []Statistic{{Name: "n", Value: 3}}}, stats)
	require.NoError(t, c.FlushStore(ctx, "n1"))
	require.NoError(t, c.DropMaster(ctx, ""))
	_, err = c.GetTxID(ctx, "nobody")
	require.ErrorIs(t, err, ErrUnknownNode)
}

func TestErrorsSayWhatHappened(t *testing.T) {
	c := newCluster(t, "n0").client()
	ctx := within(t, 10*time.Second)
	_, err := c.Get(ctx, "nope")
	require.ErrorIs(t, err, ErrNotFound)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "GET", e.Op)
	require.Equal(t, "nope", e.Key)
	require.Equal(t, command.CodeNotFound, e.Code)
	require.Equal(t, 1, e.Attempts)
	require.Contains(t, e.Endpoint, "n0 (127.0.0.1:")
	require.ErrorIs(t, c.Delete(ctx, "nope"), ErrNotFound)
	err = c.Set(ctx, "big", make([]byte, command.MaxValueBytes))
	require.ErrorIs(t, err, ErrLimit)
	require.ErrorContains(t, err, "shorter than 8388608")
	_, err = c.UserFunction(ctx, "f", None)
	require.ErrorIs(t, err, ErrUserFunction)
	require.NoError(t, c.Set(ctx, "k", nil), "a failed user function disturbs nobody")
	require.False(t, Retryable(err))
}

func TestFollowsTheMaster(t *testing.T) {
	cl := newCluster(t, "n0", "n1", "n2")
	c := cl.client()
	ctx := within(t, 20*time.Second)
	for i, name := range []string{"n0", "n2", "n1", "n0"} {
		cl.set(func() { cl.master = name })
		require.NoError(t, c.Set(ctx, "k", []byte(name)))
		v, err := c.Get(ctx, "k")
		require.NoError(t, err)
		require.Equal(t, name, string(v))
		require.Equal(t, i+1, cl.executed(), "each update is executed once")
	}
}

func TestWaitsForAMasterWithinTheDeadline(t *testing.T) {
	cl := newCluster(t, "n0", "n1")
	c := cl.client()
	cl.set(func() { cl.master = "" })
	err := c.Set(within(t, 300*time.Millisecond), "k", nil)
	require.ErrorIs(t, err, ErrNoMaster)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, Retryable(err))
	require.Contains(t, err.Error(), "n0 (127.0.0.1:", "names each endpoint")
	require.Contains(t, err.Error(), "n1 (127.0.0.1:", "names each endpoint")
	require.Contains(t, err.Error(), "knows no master")

	done := make(chan error)
	go func() { done <- c.Set(within(t, 10*time.Second), "k", nil) }()
	cl.set(func() { cl.master = "n1" })
	require.NoError(t, <-done)
}

func TestGoesOnAfterARestart(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client()
	ctx := within(t, 20*time.Second)
	require.NoError(t, c.Set(ctx, "k", []byte("v")))
	cl.nodes[0].stop()
	_, err := c.Get(within(t, 200*time.Millisecond), "k")
	require.ErrorIs(t, err, ErrNoMaster)
	require.Contains(t, err.Error(), "refused", "the reason of the endpoint is named")
	cl.nodes[0].restart()
	v, err := c.Get(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, []byte("v"), v)
	require.NoError(t, c.Set(ctx, "k", []byte("w")))
}

// once reacts so to the first update only.
func once(re reaction) func(wire.Request) reaction {
	var mu sync.Mutex
	done := false
	return func(r wire.Request) reaction {
		mu.Lock()
		defer mu.Unlock()
		if r.Update == nil || done {
			return reaction{}
		}
		done = true
		return re
	}
}

// The outcome of an update whose answer doesn't come is unknown, whether it was
// executed or not, and it is not sent again.
func TestUnknownOutcomesAreNeverRepeated(t *testing.T) {
	garbage := []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}
	lost := wire.AppendError(nil, command.CodeNoLongerMaster, wire.MsgNoLongerMaster)
	for name, re := range map[string]reaction{ // any order: each is on its own
		"closed before executing":      {close: true},
		"closed after executing":       {close: true, execute: true},
		"closed in mid-answer":         {say: []byte{0, 0}, close: true, execute: true},
		"garbage":                      {say: garbage, execute: true},
		"a length of 2 GiB":            {say: []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}, execute: true},
		"silence":                      {stall: true, execute: true},
		"no longer master":             {say: lost, execute: true},
		"going down, not at the start": {say: wire.AppendError(nil, command.CodeGoingDown, ""), close: true},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newCluster(t, "n0")
			c := cl.client()
			_, err := c.TestAndSet(within(t, 5*time.Second), "warm", None, None) // the connection is up
			require.NoError(t, err)
			cl.set(func() { cl.nodes[0].hook = once(re); cl.sets = 0 })
			_, err = c.TestAndSet(within(t, 500*time.Millisecond), "k", None, Some([]byte("v")))
			require.ErrorIs(t, err, ErrOutcomeUnknown)
			require.False(t, Retryable(err))
			want := 0
			if re.execute {
				want = 1
			}
			require.Equal(t, want, cl.executed())
			require.NoError(t, c.Set(within(t, 5*time.Second), "next", nil), "the client goes on")
		})
	}
}

// What certainly was not executed is sent again.
func TestRefusedUpdatesAreRepeated(t *testing.T) {
	for name, re := range map[string]reaction{ // any order: each is on its own
		"not master":           {say: wire.AppendError(nil, command.CodeNotMaster, wire.MsgNotMaster), close: true},
		"not master, a name":   {say: wire.AppendError(nil, command.CodeNotMaster, "n0"), close: true},
		"not master, a ghost":  {say: wire.AppendError(nil, command.CodeNotMaster, "ghost"), close: true},
		"too many clients":     {say: wire.AppendError(nil, command.CodeMaxConnections, wire.MsgTooMany), close: true},
		"going down, at first": {say: wire.AppendError(nil, command.CodeGoingDown, wire.MsgClosing), close: true},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newCluster(t, "n0")
			cl.nodes[0].hook = once(re)
			c := cl.client()
			old, err := c.TestAndSet(within(t, 10*time.Second), "k", None, Some([]byte("v")))
			require.NoError(t, err)
			require.Equal(t, None, old)
			require.Equal(t, 1, cl.executed())
		})
	}
}

// Requests pipelined behind a refused one were not executed either: all of them
// are sent again, and each is executed once.
func TestPipelinedBehindARefusal(t *testing.T) {
	cl := newCluster(t, "n0", "n1")
	c := cl.client(func(cfg *Config) { cfg.Connections = 1 })
	ctx := within(t, 20*time.Second)
	require.NoError(t, c.Set(ctx, "warm", nil))
	cl.set(func() { cl.sets = 0; cl.master = "n1" })
	const n = 50
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = c.Set(ctx, fmt.Sprint("k", i), nil) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, n, cl.executed())
}

func TestReadsAreRepeatedElsewhere(t *testing.T) {
	for name, re := range map[string]reaction{ // any order: each is on its own
		"closed":         {close: true},
		"closed midway":  {say: []byte{0, 0, 0, 0, 9, 0, 0, 0, 'x'}, close: true},
		"garbage":        {say: []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
		"silence":        {stall: true},
		"a pause midway": {say: []byte{0, 0, 0}, stall: true},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newCluster(t, "n0", "n1")
			c := cl.client()
			ctx := within(t, 10*time.Second)
			require.NoError(t, c.Set(ctx, "k", []byte("v")))
			var mu sync.Mutex
			left := 2
			hook := func(r wire.Request) reaction {
				mu.Lock()
				defer mu.Unlock()
				if _, get := r.Query.(command.Get); !get || left == 0 {
					return reaction{}
				}
				left--
				return re
			}
			cl.set(func() { cl.nodes[0].hook, cl.nodes[1].hook = hook, hook })
			for _, opts := range [][]ReadOption{nil, {Local()}, {AtLeast(1)}} {
				v, err := c.Get(ctx, "k", opts...)
				require.NoError(t, err)
				require.Equal(t, []byte("v"), v)
			}
		})
	}
}

func TestAtLeastGivesUpWhenNobodyIsFreshEnough(t *testing.T) {
	c := newCluster(t, "n0", "n1").client()
	_, err := c.Get(within(t, 10*time.Second), "k", AtLeast(1000))
	require.ErrorIs(t, err, ErrStale)
}

// A silent node keeps the update it has, gets no new ones, and its answer still
// counts when it comes.
func TestSilentMasterIsLeftButNotForgotten(t *testing.T) {
	cl := newCluster(t, "n0", "n1")
	c := cl.client()
	ctx := within(t, 20*time.Second)
	require.NoError(t, c.Set(ctx, "warm", nil))
	release := make(chan struct{})
	cl.set(func() {
		cl.nodes[0].hook = func(r wire.Request) reaction {
			if s, ok := r.Update.(command.Set); ok && s.Key == "slow" {
				<-release
			}
			return reaction{}
		}
	})
	slow := make(chan error, 1)
	go func() { slow <- c.Set(ctx, "slow", nil) }()
	require.Eventually(t, func() bool { // until its connection is retired
		n := c.byName["n0"]
		n.updates.mu.Lock()
		defer n.updates.mu.Unlock()
		return len(n.updates.conns) > 0 && !n.updates.conns[0].usable()
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, c.Set(ctx, "other", nil), "goes over a new connection")
	close(release)
	require.NoError(t, <-slow)
}

func TestManyGoroutinesShareFewConnections(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client()
	ctx := within(t, 20*time.Second)
	const goroutines, each = 64, 20
	var wg sync.WaitGroup
	errs := make([]error, goroutines)
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				k := fmt.Sprint("k", g, ".", i)
				if err := c.Set(ctx, k, []byte(k)); err != nil {
					errs[g] = err
					return
				}
				v, err := c.Get(ctx, k)
				if err == nil && string(v) != k {
					err = fmt.Errorf("%s holds %q", k, v)
				}
				if err != nil {
					errs[g] = err
					return
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, goroutines*each, cl.executed())
	cl.set(func() { require.LessOrEqual(t, cl.nodes[0].seen, 2*DefaultConnections) })
}

func TestCallsEndWithTheirContext(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client()
	require.NoError(t, c.Set(within(t, 5*time.Second), "warm", nil))
	cl.set(func() { cl.nodes[0].hook = func(wire.Request) reaction { return reaction{stall: true} } })
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			if i%2 == 0 {
				errs[i] = c.Set(ctx, "k", nil)
			} else {
				_, errs[i] = c.Get(ctx, "k")
			}
		})
	}
	cancel()
	wg.Wait()
	for i, err := range errs {
		require.ErrorIs(t, err, context.Canceled, "call %d", i)
	}
	require.ErrorIs(t, errs[1], ErrNoMaster)
}

func TestCloseEndsCalls(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client()
	arrived := make(chan struct{})
	cl.set(func() {
		cl.nodes[0].hook = func(r wire.Request) reaction {
			if r.Update == nil {
				return reaction{}
			}
			close(arrived)
			return reaction{stall: true}
		}
	})
	done := make(chan error)
	go func() { done <- c.Set(context.Background(), "k", nil) }()
	<-arrived
	require.NoError(t, c.Close())
	err := <-done
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, ErrClosed)
}

func TestWrongClusterIsSaid(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client(func(cfg *Config) { cfg.Cluster = "other" })
	err := c.Set(within(t, 300*time.Millisecond), "k", nil)
	require.ErrorIs(t, err, ErrNoMaster)
	require.Contains(t, err.Error(), "closed the connection")
}

func TestScan(t *testing.T) {
	cl := newCluster(t, "n0")
	c := cl.client()
	ctx := within(t, 20*time.Second)
	var want []string
	for i := range 500 {
		k := fmt.Sprintf("k/%03d", i)
		want = append(want, k)
		cl.data[k] = []byte(strings.Repeat("v", i))
	}
	cl.data["other"], cl.data[""] = nil, nil
	var got, rev []string
	for e, err := range c.Scan(ctx, Prefix("k/")) {
		require.NoError(t, err)
		require.Len(t, e.Value, len(got))
		got = append(got, e.Key)
	}
	require.Equal(t, want, got)
	for k, err := range c.ScanKeys(ctx, Prefix("k/").Reversed(), Local()) {
		require.NoError(t, err)
		rev = append([]string{k}, rev...)
	}
	require.Equal(t, want, rev)
	got = nil
	for k, err := range c.ScanKeys(ctx, All()) {
		require.NoError(t, err)
		got = append(got, k)
	}
	require.Len(t, got, 502)
	for k := range c.ScanKeys(ctx, Between("k/010", "k/020")) {
		require.Equal(t, "k/010", k)
		break
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range c.Scan(cancelled, All()) {
		require.ErrorIs(t, err, context.Canceled)
	}
}
