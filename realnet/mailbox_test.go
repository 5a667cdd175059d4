package realnet

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

func callsOf(n, size int) []*call {
	cs := make([]*call, n)
	for i := range cs {
		cs[i] = &call{update: make([]byte, size)}
	}
	return cs
}

// awake reports whether the loop was woken, without taking the wake-up.
func awake(m *mailbox) bool { return len(m.wake) == 1 }

func TestMailbox_OneWakeUpPerDrain(t *testing.T) {
	m := newMailbox(Limits{MailboxCalls: 100, MailboxBytes: 1000})
	require.False(t, awake(m))
	require.NoError(t, m.putCalls(callsOf(2, 10)))
	require.True(t, m.putPeers(make([]core.Envelope, 3), 10))
	require.NoError(t, m.putAdmin(func(*replica.Replica, core.Instant) {}))
	m.putFinished(nil)
	require.True(t, awake(m))

	var in inputs
	m.take(&in)
	require.False(t, awake(m), "the wake-up outlived the drain")
	require.Len(t, in.calls, 2)
	require.Len(t, in.peers, 3)
	require.Len(t, in.admin, 1)
	require.Len(t, in.finished, 1)

	in.reset()
	m.take(&in)
	require.Empty(t, in.calls)
	require.NoError(t, m.putCalls(callsOf(1, 10)))
	require.True(t, awake(m), "no wake-up after an idle drain")
}

func TestMailbox_CallsAreTakenAllOrNone(t *testing.T) {
	m := newMailbox(Limits{MailboxCalls: 10, MailboxBytes: 1000})
	require.NoError(t, m.putCalls(callsOf(8, 10)))
	require.ErrorIs(t, m.putCalls(callsOf(3, 10)), replica.ErrBusy)
	require.NoError(t, m.putCalls(callsOf(2, 10)))
	require.ErrorIs(t, m.putCalls(callsOf(1, 0)), replica.ErrBusy)

	var in inputs
	m.take(&in)
	require.Len(t, in.calls, 10)
	require.NoError(t, m.putCalls(callsOf(1, 600)))
	require.ErrorIs(t, m.putCalls(callsOf(1, 401)), replica.ErrBusy, "bytes count too")
	require.NoError(t, m.putCalls(callsOf(1, 400)))
}

func TestMailbox_PeersWaitForRoom(t *testing.T) {
	m := newMailbox(Limits{MailboxCalls: 10, MailboxBytes: 1000})
	require.True(t, m.putPeers(make([]core.Envelope, 1), 5000), "one large message must pass")
	var wg sync.WaitGroup
	wg.Go(func() { m.putPeers(make([]core.Envelope, 2), 600) })
	wg.Go(func() { m.putPeers(make([]core.Envelope, 2), 600) })
	got := 0
	for got < 5 {
		<-m.wake
		var in inputs
		m.take(&in)
		require.LessOrEqual(t, len(in.peers), 2, "more than the bound")
		got += len(in.peers)
	}
	wg.Wait()
}

func TestMailbox_StopReleasesAndRefusesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(Limits{MailboxCalls: 10, MailboxBytes: 1000})
		require.True(t, m.putPeers(nil, 900))
		accepted := make(chan bool, 1)
		go func() { accepted <- m.putPeers(make([]core.Envelope, 1), 200) }()
		synctest.Wait() // it waits for room now
		m.stop()
		require.False(t, <-accepted)
		require.ErrorIs(t, m.putCalls(callsOf(1, 1)), errStopped)
		require.ErrorIs(t, m.putAdmin(nil), errStopped)
		m.putFinished(nil)
		for round := range 2 { // it stays stopped
			var in inputs
			m.take(&in)
			require.True(t, in.stop)
			require.Len(t, in.finished, 1-round, "the Replica gets every job back")
		}
	})
}
