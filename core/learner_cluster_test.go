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
