package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestState_RoundTripsAndCopiesAreIndependent(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	c.propose(m, "a")
	c.propose(m, "b")
	for range 40 {
		c.run(700 * time.Microsecond)
		for _, h := range c.hosts {
			state, timers := h.node.AppendState(nil), h.node.AppendTimers(nil)
			fresh, err := New(h.cfg, Restored{}, 0)
			require.NoError(t, err)
			require.NoError(t, fresh.LoadState(state, timers))
			require.Equal(t, state, fresh.AppendState(nil))
			require.Equal(t, timers, fresh.AppendTimers(nil))
			require.Equal(t, h.node.Fingerprint(), fresh.Fingerprint())

			clone := h.node.Clone()
			clone.Step(c.now.Add(time.Hour), Tick{})
			require.Equal(t, state, h.node.AppendState(nil), "stepping a copy changes the original")
			require.NotEqual(t, timers, clone.AppendTimers(nil))
		}
	}
	require.Error(t, m.node.Clone().LoadState([]byte{1, 2, 3}, nil))
}

// A node that was written and read back goes on exactly as before, also in the
// middle of a hand-over: no field that matters is left out.
func TestState_WhatIsReadBackBehavesTheSame(t *testing.T) {
	c := newCluster(t, 3)
	old := c.elect()
	c.run(100 * time.Millisecond)
	c.cut = func(_, _ Seat, m Message) bool { return m.Kind() == KindPrepare } // so that farewells are repeated
	c.propose(old, "a")
	c.step(old, HandOver{To: NoSeat, Ticket: 9})
	for range 60 {
		c.run(2 * time.Millisecond)
		for _, h := range c.hosts {
			was := h.node.Clone()
			again, err := New(h.cfg, Restored{}, 0)
			require.NoError(t, err)
			require.NoError(t, again.LoadState(h.node.AppendState(nil), h.node.AppendTimers(nil)))
			for k := range 40 {
				now := c.now.Add(time.Duration(k*k) * time.Millisecond)
				a, b := was.Step(now, Tick{}), again.Step(now, Tick{})
				require.Equal(t, a.Send, b.Send)
				require.Equal(t, a.SendAfterSync, b.SendAfterSync)
				require.Equal(t, a.Outcomes, b.Outcomes)
				require.Equal(t, a.Wake, b.Wake)
			}
		}
	}
}

// A clone and its original make the same steps: Step is a function.
func TestStep_IsDeterministic(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	a, b := m.node.Clone(), m.node.Clone()
	for k := range 50 {
		now := c.now.Add(time.Duration(k) * 100 * time.Millisecond)
		ea, eb := a.Step(now, Tick{}), b.Step(now, Tick{})
		require.Equal(t, ea.Send, eb.Send)
		require.Equal(t, ea.Wake, eb.Wake)
		require.Equal(t, a.AppendState(nil), b.AppendState(nil))
	}
}
