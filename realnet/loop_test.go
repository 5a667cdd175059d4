package realnet

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// loneLoop is a loop around a one-node Replica on a memory disk, not yet running.
func loneLoop(t *testing.T, now func() core.Instant) *loop {
	t.Helper()
	cfg := Config{ClusterID: "c", Name: "n0", Home: "unused", Nodes: []Node{{Name: "n0", IPs: []string{"::1"}}}}
	require.NoError(t, cfg.prepare())
	r, err := replica.Open(replica.Config{Core: cfg.coreConfig(1), Dir: ".", Rand: random},
		disk.NewMem(0), kvstore.New(kvstore.Options{}), now())
	require.NoError(t, err)
	mail := newMailbox(cfg.Limits)
	l := newLoop(r, mail, startWorkers(mail.putFinished), now, slog.New(slog.DiscardHandler))
	l.send = func([]core.Envelope) { t.Error("a node alone has nobody to speak to") }
	l.answer = func([]replica.Answer) {}
	t.Cleanup(func() {
		l.workers.stop()
		require.NoError(t, r.Close())
		goleak.VerifyNone(t)
	})
	return l
}

// No clock sample may serve an input that arrived after it was taken (DESIGN 3):
// a lease request that waits in the mailbox while the process is stopped would be
// granted from the time before the stop.
func TestLoop_ReadsTheClockAfterTheDrain(t *testing.T) {
	var l *loop
	turns, waiting := 0, 0
	l = loneLoop(t, func() core.Instant {
		if l != nil {
			turns++
			l.mail.mu.Lock()
			waiting += len(l.mail.in.admin)
			l.mail.mu.Unlock()
		}
		return bootClock()
	})
	var sampled core.Instant
	put := bootClock()
	require.NoError(t, l.mail.putAdmin(func(_ *replica.Replica, now core.Instant) {
		sampled = now
		l.mail.stop()
	}))
	require.NoError(t, l.run())
	require.Equal(t, 1, turns, "one sample per drain")
	require.Zero(t, waiting, "the clock was read while an input still waited")
	require.Greater(t, sampled, put)
}

func TestLoop_TurnsByItselfAndPublishes(t *testing.T) {
	l := loneLoop(t, bootClock)
	require.False(t, l.published.Load().Serving)
	done := make(chan error)
	go func() { done <- l.run() }()
	eventually(t, "a node alone becomes master without any input", func() bool { return l.published.Load().Serving })
	l.mail.stop()
	require.NoError(t, <-done)
}
