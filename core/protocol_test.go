package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFirstBoot_ThreeBlankNodesFoundOneClusterAndElect(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	require.LessOrEqual(t, c.now, Instant(2*time.Second))
	c.propose(m, "a")
	c.until("everybody applies", time.Second, c.settled(2))
	for _, h := range c.hosts {
		require.Equal(t, c.hosts[0].node.Cluster(), h.node.Cluster())
	}
}

func TestFirstBoot_OneNodeAlone(t *testing.T) {
	c := newCluster(t, 1)
	m := c.elect()
	c.propose(m, "a")
	c.until("applied", time.Second, c.settled(2))
}

func TestFirstBoot_WaitsForEveryVoterAndSaysWhoIsMissing(t *testing.T) {
	c := newCluster(t, 3)
	c.crash(2)
	c.run(30 * time.Second)
	require.Nil(t, c.master())
	require.Equal(t, []string{"n2"}, c.hosts[0].node.Missing())
	c.restart(2)
	c.elect()
}

func TestMasterDies_AnotherLeadsAfterTheLeaseAndNothingIsLost(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	c.propose(m, "a")
	c.until("applied", time.Second, c.settled(2))
	dead := int(m.cfg.Self)
	c.crash(dead)
	from := c.now
	m2 := c.elect()
	require.NotEqual(t, m.cfg.Self, m2.cfg.Self)
	require.Less(t, c.now.Sub(from), 4*time.Second)
	require.GreaterOrEqual(t, m2.applied, Instance(3), "a, and a barrier of its own")
	c.restart(dead)
	c.until("the old master follows", 5*time.Second, c.settled(m2.applied))
}

func TestAllLosePower_TheyComeBackByThemselves(t *testing.T) {
	c := newCluster(t, 3)
	for round := range 5 {
		m := c.elect()
		c.propose(m, "v")
		c.until("applied on the master", time.Second, func() bool { return m.applied >= Instance(2*round+2) })
		for k := range c.hosts {
			c.crash(k)
		}
		c.wires = nil
		for k := range c.hosts {
			c.restart(k)
		}
	}
	c.elect()
	require.GreaterOrEqual(t, len(c.chosen), 10)
}

func TestIsolatedVoter_RejoinsWithoutAnElection(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	lonely := Seat((m.cfg.Self + 1) % 3)
	c.cut = func(from, to Seat, _ Message) bool { return from == lonely || to == lonely }
	c.run(30 * time.Second)
	ballot := m.node.Ballot()
	for range 3 {
		c.propose(m, "x")
		c.run(100 * time.Millisecond)
	}
	c.cut = func(Seat, Seat, Message) bool { return false }
	c.until("caught up", 5*time.Second, c.settled(m.applied))
	require.Equal(t, m, c.master())
	require.Equal(t, ballot, m.node.Ballot())
	require.Equal(t, ballot, c.hosts[lonely].node.Promised())
}

func TestMasterCutOff_ClientsFailWithinOneLease(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	c.cut = func(from, to Seat, _ Message) bool { return from == m.cfg.Self || to == m.cfg.Self }
	c.propose(m, "x")
	from := c.now
	c.until("its client hears", 3*time.Second, func() bool { return len(m.failed) > 0 })
	require.LessOrEqual(t, c.now.Sub(from), 2*time.Second)
	require.Equal(t, OutcomeUnknown, m.failed[0].Reason)
	require.Zero(t, m.node.LeaseEnd())
	c.until("a healthy node leads", 10*time.Second, func() bool { return c.master() != nil && c.master() != m })
}

func TestSyncStallOnFollower_NeitherElectionsNorHoldUps(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	slow := c.hosts[(m.cfg.Self+1)%3]
	ballot, before := m.node.Ballot(), m.applied
	slow.stall = true
	for range 20 {
		c.propose(m, "x")
		c.run(100 * time.Millisecond)
	}
	require.Equal(t, before+20, m.applied)
	slow.stall = false
	c.until("the slow one follows", 5*time.Second, c.settled(m.applied))
	require.Equal(t, ballot, m.node.Ballot())
}

func TestMasterWhoseDiskHangs_GivesUpAndAHealthyNodeLeads(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	// Its followers get no Accepts through, its own disk hangs: heartbeats go on.
	m.stall = true
	c.cut = func(from, _ Seat, msg Message) bool {
		return from == m.cfg.Self && msg.Kind() == KindAccept && len(msg.(*Accept).Values) > 0
	}
	c.propose(m, "x")
	c.until("a healthy node leads", 15*time.Second, func() bool { return c.master() != nil && c.master() != m })
}

func TestLift_APromiseAboveTheMastersHeals(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	voter := c.hosts[(m.cfg.Self+1)%3]
	dead := c.hosts[(m.cfg.Self+2)%3]
	// A promise to a candidate that died right after it asked.
	b := Ballot{Round: m.node.Ballot().Round + 5, Member: MemberID(dead.cfg.Self) + 1}
	c.crash(int(dead.cfg.Self))
	c.crash(int(voter.cfg.Self))
	voter.durable.Promised = b
	c.restart(int(voter.cfg.Self))
	c.until("a master in a higher ballot", 20*time.Second, func() bool {
		return c.master() != nil && b.Less(c.master().node.Ballot())
	})
	c.propose(c.master(), "x")
	at := c.master().applied + 1
	c.until("chosen", 5*time.Second, c.settled(at))
}

func TestCatchUp_MissedInstancesComeFromTheLog(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	away := int(m.cfg.Self+1) % 3
	c.crash(away)
	for range 200 {
		c.propose(m, "x")
		c.run(5 * time.Millisecond)
	}
	c.restart(away)
	c.until("caught up", 10*time.Second, c.settled(m.applied))
}

func TestWipedVoter_ComesBackBlankLearnsAndDoesNotVote(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	c.propose(m, "x")
	c.run(time.Second)
	k := int(m.cfg.Self+1) % 3
	c.crash(k)
	c.wipe(k)
	c.restart(k)
	c.until("it learns", 10*time.Second, func() bool { return c.hosts[k].applied >= m.applied })
	require.Equal(t, RoleLearner, c.hosts[k].node.Role())
	// With it the only company, the master gets nothing chosen.
	c.crash(int(m.cfg.Self+2) % 3)
	c.run(20 * time.Second)
	require.Nil(t, c.master())
}

func TestDifferentLeasePeriods(t *testing.T) {
	c := newCluster(t, 3)
	for k, h := range c.hosts {
		h.cfg.LeasePeriod = time.Duration(k+1) * time.Second
		c.start(h)
	}
	for range 6 {
		m := c.elect()
		c.crash(int(m.cfg.Self))
		c.elect()
		c.restart(int(m.cfg.Self))
		c.run(time.Second)
	}
}

func TestPipelining_ValuesInFlightTogether(t *testing.T) {
	c := newCluster(t, 3)
	c.latency = 5 * time.Millisecond
	m := c.elect()
	c.propose(m, "a")
	c.propose(m, "b")
	require.Equal(t, 2, m.node.InFlight())
	at := m.applied + 2
	c.until("both chosen", time.Second, c.settled(at))
}

func TestBootstrapWithout_FoundsAClusterWithAVacantSeat(t *testing.T) {
	c := newCluster(t, 3)
	c.crash(1)
	c.run(5 * time.Second)
	require.Nil(t, c.master())
	c.step(c.hosts[0], BootstrapWithout{Names: []string{"n1"}})
	c.elect()
	c.restart(1)
	c.run(5 * time.Second)
	require.Equal(t, RoleLearner, c.hosts[1].node.Role(), "the new disk has no seat")
}

// The first voter founded the cluster and synced the genesis; a disk that
// adopted it is lost before that was known. Nothing may be proposed until an
// operator waives its word.
func TestFirstBoot_DiskLostBetweenBlankAndAdopting(t *testing.T) {
	c := newCluster(t, 3)
	c.cut = func(from, to Seat, m Message) bool { return to == 2 && m.Kind() == KindIdentity }
	c.until("a genesis", 5*time.Second, func() bool { return c.hosts[0].node.Genesis() != nil })
	c.crash(2)
	c.wipe(2)
	c.cut = func(Seat, Seat, Message) bool { return false }
	c.restart(2)
	c.run(20 * time.Second)
	require.Nil(t, c.master())
	require.Equal(t, []string{"n2"}, c.hosts[0].node.Missing())
	require.Equal(t, RoleLearner, c.hosts[2].node.Role())
	c.step(c.hosts[0], BootstrapWithout{Names: []string{"n2"}})
	c.elect()
	require.True(t, c.hosts[0].durable.Adopted.Has(2), "the waiver is on the record")
	require.False(t, c.hosts[2].node.Voter())
}

func TestLateBlankAnswers_DoNotMakeASecondHistory(t *testing.T) {
	c := newCluster(t, 3)
	c.elect()
	// The first voter is wiped; answers to its earlier life arrive again.
	c.crash(0)
	c.wipe(0)
	c.restart(0)
	old := c.hosts[0].cfg.Incarnation
	old[15]--
	for _, from := range []Seat{1, 2} {
		m := &Identity{Blank: true, Voters: c.hosts[0].node.voterHash()}
		c.step(c.hosts[0], Deliver{Envelope{From: from, To: 0, FromInc: c.hosts[from].cfg.Incarnation, ToInc: old, Msg: m}})
	}
	c.run(5 * time.Second)
	require.Equal(t, c.hosts[1].node.Cluster(), c.hosts[0].node.Cluster())
	require.Equal(t, RoleLearner, c.hosts[0].node.Role())
}
