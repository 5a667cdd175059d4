package realnet

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// A client that takes its time holds no view: it is given back before the first
// byte of an answer is written.
func TestService_GivesViewsBackBeforeItWrites(t *testing.T) {
	near, far := net.Pipe()
	v := &service{}
	v.limits.setDefaults()
	s := newSession(v, near)
	var released atomic.Bool
	var entries []command.Entry
	for range 20 {
		entries = append(entries, command.Entry{Key: "k", Value: make([]byte, 10_000)})
	}
	done := make(chan bool, 1)
	go func() {
		ok := s.append(wire.OpRangeEntries, command.Answer{Entries: entries}, func() { released.Store(true) }) && s.flush()
		_ = near.Close() // the reader below sees the end
		done <- ok
	}()
	first := make([]byte, 1)
	_, err := far.Read(first)
	require.NoError(t, err)
	require.True(t, released.Load(), "something was written before")
	_, err = io.Copy(io.Discard, far)
	require.NoError(t, err)
	require.True(t, <-done)
}

// The view that the loop answers with, after the connection has ended, is given
// back: by whoever comes last.
func TestService_GivesBackAViewThatNobodyWaitsFor(t *testing.T) {
	store := kvstore.New(kvstore.Options{})
	for _, first := range []string{"the answer", "the end"} {
		s := newSession(&service{}, nil)
		c := &call{session: s}
		view := store.View().(*kvstore.View)
		answer := func() { deliverAnswers([]replica.Answer{{Tag: c, View: view}}) }
		if first == "the answer" {
			answer()
			s.abandon(c)
		} else {
			s.abandon(c)
			answer()
		}
		require.False(t, view.Retain(), "%s came first", first)
	}
}
