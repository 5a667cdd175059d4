package replica

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// fill makes a queue as long as it may be.
func fill[T any](t *testing.T, limit int, queue *[]T) {
	*queue = make([]T, limit)
	t.Cleanup(func() { *queue = nil })
}

// answerOf returns what the node answers at once to a request.
func (b *bench) answerOf(k int, tag any) error {
	for _, a := range b.nodes[k].out.Answers {
		if a.Tag == tag {
			return a.Err
		}
	}
	b.t.Fatalf("no answer to %v", tag)
	return nil
}

// What is full says busy, at once and to the one that came last; nothing is queued
// unseen.
func TestReplica_FullQueuesSayBusy(t *testing.T) {
	b := newBench(t, 1)
	m := b.elect()
	r := b.nodes[m]
	fill(t, MaxWaitingReads, &r.waiting)
	r.Read(b.now, "read")
	require.ErrorIs(t, b.answerOf(m, "read"), ErrBusy)
	fill(t, MaxWaitingReads, &r.locals)
	r.ReadLocal(b.now, "local")
	require.ErrorIs(t, b.answerOf(m, "local"), ErrBusy)
	fill(t, MaxQueuedUpdates, &r.queue.requests)
	r.Submit(b.now, Request{Update: []byte("v"), Tag: "update"})
	require.ErrorIs(t, b.answerOf(m, "update"), ErrBusy)
	require.Len(t, r.queue.requests, MaxQueuedUpdates)

	r.queue.requests, r.queue.bytes = nil, MaxQueuedBytes
	r.Submit(b.now, Request{Update: []byte("v"), Tag: "large"})
	require.ErrorIs(t, b.answerOf(m, "large"), ErrBusy)
	r.queue.bytes = 0
}

// A state that nobody can vouch for is shown to nobody, and what waited for it is
// told so.
func TestReplica_AnUnverifiedStateIsNotRead(t *testing.T) {
	b := newBench(t, 1)
	m := b.elect()
	r := b.nodes[m]
	r.waiting, r.locals = append(r.waiting, "waits"), append(r.locals, "waits too")
	r.verdict = core.VerdictUnverified
	r.failReads()
	r.Read(b.now, "read")
	r.ReadLocal(b.now, "local")
	for _, tag := range []any{"waits", "waits too", "read", "local"} {
		require.ErrorIs(t, b.answerOf(m, tag), ErrNoView, "%v", tag)
	}
	require.Empty(t, r.waiting)
	require.Empty(t, r.locals)
	require.Contains(t, r.waitingFor(), "no majority agrees")
	r.verdict = core.VerdictDiverged
	require.Contains(t, r.waitingFor(), "set aside")
	r.verdict, r.rebuilding = core.VerdictNone, true
	require.Contains(t, r.waitingFor(), "a snapshot must come")
}

// A stop is answered once, and whoever asks again needn't wait for it.
func TestReplica_ASecondStopIsAnsweredAtOnce(t *testing.T) {
	b := newBench(t, 3)
	m := b.elect()
	k := (m + 1) % 3
	b.nodes[k].rebuilding = true // no state to write
	b.nodes[k].Stop(b.now, "first")
	require.NoError(t, b.answerOf(k, "first"))
	b.nodes[k].Stop(b.now, "second")
	require.NoError(t, b.answerOf(k, "second"))
}

func TestReadView_BeforeAnythingIsPublished(t *testing.T) {
	var v ReadView
	_, _, ok := v.Local()
	require.False(t, ok)
	require.Zero(t, v.Applied())

	b := newBench(t, 1)
	m := b.elect()
	b.nodes[m].Submit(b.now, Request{Update: []byte("v"), Tag: "tag"})
	b.until("an answer", func() bool { _, ok := b.answers["tag"]; return ok })
	r := b.nodes[m].Reads()
	require.Equal(t, b.nodes[m].applier.applied, r.Applied())
}

// Room for a new snapshot is made of the one that was left alone the longest, unless
// all are being read.
func TestExports_TheIdlestMakesRoom(t *testing.T) {
	now := core.Instant(100 * chunkWait)
	old, young := &export{export: &journalExport{}, used: now.Add(-2 * chunkWait)}, &export{export: &journalExport{}, used: now}
	r := &Replica{exports: []*export{young, old}}
	require.True(t, r.closeIdlest(now))
	require.Equal(t, []*export{young}, r.exports)
	require.False(t, r.closeIdlest(now), "it is being read")
	require.Len(t, r.exports, 1)
}

// A value is as large as a batch may be, or one update.
func TestReplica_WhatWaitsLeavesInBatchesOfALimitedSize(t *testing.T) {
	r := newBench(t, 1).nodes[0]
	for _, c := range []struct{ sizes, want []int }{
		{[]int{core.MaxBatchBytes / 2, core.MaxBatchBytes / 2, 1, 1}, []int{2, 2}},
		{[]int{core.MaxBatchBytes + 1, 1, core.MaxBatchBytes, 2}, []int{1, 1, 1, 1}},
		{make([]int, core.MaxBatchUpdates+1), []int{core.MaxBatchUpdates, 1}},
	} {
		for _, size := range c.sizes {
			r.queue.requests = append(r.queue.requests, Request{Update: make([]byte, size), Tag: len(r.queue.requests)})
			r.queue.bytes += size
		}
		next := 0
		for _, want := range c.want {
			fl := r.nextFlight()
			require.Len(t, fl.tags, want)
			require.Equal(t, next, fl.tags[0], "in order")
			next += want
		}
		require.Empty(t, r.queue.requests)
		require.Zero(t, r.queue.bytes)
	}
}
