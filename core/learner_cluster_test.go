package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A master that is deaf to a follower tells it for ever what is chosen and never
// hears that it lacks it; the others hold it, and have not said so.
func TestFetch_WhoIsDeafIsNotAskedForEver(t *testing.T) {
	c := newCluster(t, 5)
	m := c.elect()
	behind := c.hosts[(int(m.cfg.Self)+1)%5]
	c.cut = func(from, to Seat, msg Message) bool {
		accept, ok := msg.(*Accept)
		return from == behind.cfg.Self && to == m.cfg.Self ||
			ok && to == behind.cfg.Self && len(accept.Values) > 0
	}
	for range 5 {
		c.propose(m, "x")
		c.run(10 * time.Millisecond)
	}
	want := m.node.Commit()
	c.until("what was missed came from another peer", 5*fetchWait, func() bool { return behind.node.Commit() >= want })
	require.Equal(t, RoleMaster, m.node.Role())
}

// Who may stand asks, and is told what is chosen; a witness that no master speaks to
// asks for it all the same.
func TestFetch_AWitnessThatNobodySpeaksToAsksInTurn(t *testing.T) {
	c := newClusterOf(t, RuleMajority, []SeatConfig{{Name: "n0"}, {Name: "n1"}, {Name: "n2", Witness: true}})
	m, witness := c.elect(), c.hosts[2]
	c.cut = func(from, to Seat, _ Message) bool { return from == m.cfg.Self && to == 2 }
	for range 5 {
		c.propose(m, "x")
		c.run(10 * time.Millisecond)
	}
	want := m.node.Commit()
	require.Less(t, witness.node.Commit(), want)
	c.until("the witness holds it", 2*testLease, func() bool { return witness.node.Commit() >= want })
	require.Equal(t, RoleMaster, m.node.Role())
}

// A node that holds more than the others, says so, and can give none of it (its
// small messages pass and its large ones don't) must not keep them from leading:
// between them they have accepted all that is chosen.
func TestBehind_WhoGivesNothingHoldsNobodyUp(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	c.run(100 * time.Millisecond)
	c.cut = func(from, _ Seat, msg Message) bool {
		accept, ok := msg.(*Accept)
		return from == m.cfg.Self && ok && len(accept.Values) == 0 // nobody hears what is chosen
	}
	for range 3 {
		c.propose(m, "x")
	}
	c.run(20 * time.Millisecond)
	c.cut = func(from, _ Seat, msg Message) bool {
		if from != m.cfg.Self {
			return false
		}
		switch msg.(type) {
		case *Behind, *Nack, *Chosen, *AskYes, *Promise, *HeartbeatReply:
			return false
		default:
			return true
		}
	}
	held := m.node.Commit()
	for _, h := range c.hosts {
		require.True(t, h == m || h.node.Commit() < held)
	}
	c.until("another one leads and has all that was chosen", 5*testLease, func() bool {
		next := c.master()
		return next != nil && next != m && next.node.LeaseEnd() > c.now && next.node.Commit() > held
	})
}
