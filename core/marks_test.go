package core

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func mark(kind MarkKind, i Instance, sum byte) Mark {
	return Mark{Kind: kind, Instance: i, Sum: [16]byte{sum}}
}

// soloAt is n0 of three with everything through instance 99 applied.
func soloAt(t *testing.T) *solo {
	return newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 99, LongestLease: testLease}, Applied: 99})
}

// leads makes it master, with a lease and its barrier applied.
func (s *solo) leads() *solo {
	s.lead()
	b := s.n.Ballot()
	s.synced()
	s.hear(1, &Accepted{B: b, Through: 100, Commit: 99})
	s.hear(1, &HeartbeatReply{B: b, Round: 1, Granted: true, Promised: b, Last: 100, Commit: 99})
	s.step(Applied{Through: 100})
	require.Positive(s.t, s.n.LeaseEnd())
	require.Positive(s.t, s.n.Room())
	return s
}

// replies lets a follower of this master report marks.
func (s *solo) replies(from Seat, marks ...Mark) *Effects {
	b := s.n.Ballot()
	return s.hear(from, &HeartbeatReply{B: b, Round: s.n.lse.round, Granted: true, Promised: b, Last: 100, Commit: 100, Marks: marks})
}

// beats lets n1, master of b1, report marks of its own.
func (s *solo) beats(reports ...MarkReport) *Effects {
	return s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 90, Commit: 99, Last: 99, Marks: reports})
}

func TestMarks_AMajorityThatAgreesIsWell(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1), mark(MarkContent, 70, 2)}})
	s.replies(1, mark(MarkChain, 64, 1), mark(MarkContent, 70, 2))
	s.replies(1, mark(MarkChain, 64, 1), mark(MarkContent, 70, 2), mark(MarkContent, 80, 5))
	chains, contents := s.n.Compared()
	require.Equal(t, [2]uint64{1, 1}, [2]uint64{chains, contents}, "what was compared is not counted again")
	require.Equal(t, VerdictNone, s.n.Verdict())
	s.wait(testLease / 5)
	require.Equal(t, []MarkReport{{mark(MarkChain, 64, 1), 0b011}, {mark(MarkContent, 70, 2), 0b011}}, sent[*Heartbeat](s.eff.Send).Marks)
}

func TestMarks_TheOddFollowerHearsItAndIsTold(t *testing.T) {
	// As the master sees it: one differs, the other settles who is right.
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1)}})
	s.replies(1, mark(MarkChain, 64, 1))
	s.replies(2, mark(MarkChain, 64, 9))
	require.Equal(t, VerdictNone, s.n.Verdict())
	told := sent[*Heartbeat](s.eff.Send)
	require.NotNil(t, told, "it hears at once")
	require.Equal(t, []MarkReport{{mark(MarkChain, 64, 1), 0b011}}, told.Marks)
	s.replies(2, mark(MarkChain, 64, 9))
	require.Nil(t, sent[*Heartbeat](s.eff.Send), "and once")
	for k := range 3 { // and still when newer marks have come
		s.step(Marks{[]Mark{mark(MarkChain, Instance(70+k), 3)}})
	}
	s.wait(testLease / 5)
	require.Contains(t, sent[*Heartbeat](s.eff.Send).Marks, MarkReport{mark(MarkChain, 64, 1), 0b011})

	// As the odd one sees it.
	s = soloAt(t)
	s.step(Marks{[]Mark{mark(MarkChain, 64, 9)}})
	s.beats(MarkReport{mark(MarkChain, 64, 1), 0b110})
	require.Equal(t, VerdictDiverged, s.n.Verdict())
	require.Contains(t, s.n.Divergence(), "apply chain at 64: this node has 09000000, a majority has 01000000")
	s.step(Marks{[]Mark{mark(MarkContent, 65, 9)}})
	s.beats(MarkReport{mark(MarkContent, 65, 1), 0b010})
	require.Equal(t, VerdictDiverged, s.n.Verdict(), "a doubt on top changes nothing")
}

func TestMarks_TheOddOneVotesButNeverStands(t *testing.T) {
	s := soloAt(t)
	s.step(Marks{[]Mark{mark(MarkChain, 64, 9)}})
	s.beats(MarkReport{mark(MarkChain, 64, 1), 0b110})
	reply := sent[*HeartbeatReply](append(s.eff.Send, s.eff.SendAfterSync...))
	require.True(t, reply.Granted)
	s.hear(1, &Accept{B: b1, First: 90, Commit: 99, From: 100, Values: []Value{val("x")}})
	require.NotNil(t, sent[*Accepted](s.eff.SendAfterSync), "its log is right")
	for range 20 {
		s.wait(testLease)
		require.Nil(t, sent[*Ask](s.eff.Send))
	}
	s.hear(2, &Prepare{B: b2, From: 100})
	require.NotNil(t, sent[*Promise](s.eff.SendAfterSync))
	s.step(Rebuild{})
	require.Equal(t, VerdictNone, s.n.Verdict(), "the host is at it")
	require.NotEmpty(t, s.eff.Install)
	s.wait(20 * testLease)
	require.Nil(t, sent[*Ask](s.eff.Send), "not before it has a state again")
	s.step(Installed{Through: 100})
	require.NotNil(t, sent[*Ask](s.eff.Send), "then at once, with nobody leading")
}

func TestMarks_AnOddMasterStepsDownAtOnce(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkContent, 64, 9)}})
	s.replies(1, mark(MarkContent, 64, 1))
	require.Equal(t, VerdictUnverified, s.n.Verdict(), "one against one: nobody knows")
	require.Zero(t, s.n.LeaseEnd())
	s.replies(2, mark(MarkContent, 64, 1))
	require.Equal(t, VerdictDiverged, s.n.Verdict())
	require.Equal(t, RoleFollower, s.n.Role())
	require.Zero(t, s.n.LeaseEnd())
	require.Greater(t, s.n.els.abstainTo, s.now, "as one who gave up")
}

func TestMarks_ARebuiltPeerIsJudgedByWhatItHasNow(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1)}})
	s.replies(1, mark(MarkChain, 64, 2))
	s.replies(1, mark(MarkChain, 64, 1))
	own := s.n.ownMark(MarkChain, 64)
	require.Equal(t, SeatSet(0b011), own.agree)
	require.Empty(t, own.differ)
	require.Equal(t, VerdictNone, s.n.Verdict())
	s.replies(1, mark(MarkChain, 64, 3))
	s.replies(1, mark(MarkChain, 64, 2))
	require.Equal(t, SeatSet(0b001), own.agree)
	require.Equal(t, []seatSum{{1, [16]byte{2}}}, own.differ)
}

func TestMarks_WithoutAMajorityNobodyServes(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 60, 7), mark(MarkChain, 64, 1)}})
	s.replies(1, mark(MarkChain, 64, 2))
	s.replies(2, mark(MarkChain, 64, 3))
	require.Equal(t, VerdictUnverified, s.n.Verdict())
	require.Equal(t, RoleMaster, s.n.Role(), "it goes on comparing")
	require.Zero(t, s.n.LeaseEnd())
	require.Zero(t, s.n.Room())
	s.step(Propose{Ticket: 3, Value: val("x")})
	require.Equal(t, []Failure{{3, NotMaster}}, s.eff.Failed)

	// The next mark on which a majority agrees ends it; an older one doesn't.
	s.replies(1, mark(MarkChain, 60, 7))
	require.Equal(t, VerdictUnverified, s.n.Verdict())
	s.step(Marks{[]Mark{mark(MarkContent, 65, 1), mark(MarkChain, 70, 4)}})
	s.replies(1, mark(MarkContent, 65, 1))
	require.Equal(t, VerdictUnverified, s.n.Verdict(), "equal contents don't make the results equal")
	s.replies(1, mark(MarkChain, 70, 4))
	require.Equal(t, VerdictNone, s.n.Verdict())
	require.Positive(t, s.n.Room())
	s.replies(2, mark(MarkChain, 64, 2))
	require.Equal(t, VerdictNone, s.n.Verdict(), "what lies below a verified mark is history")
}

func TestMarks_AFollowerInDoubtServesNothingWhenItLeads(t *testing.T) {
	s := soloAt(t)
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1)}})
	s.beats(MarkReport{mark(MarkChain, 64, 2), 0b010})
	require.Equal(t, VerdictUnverified, s.n.Verdict())
	s.beats(MarkReport{mark(MarkChain, 64, 1), 0b110})
	require.Equal(t, VerdictNone, s.n.Verdict(), "its master was the odd one and has been rebuilt")
	s.step(Marks{[]Mark{mark(MarkChain, 70, 1)}})
	s.beats(MarkReport{mark(MarkChain, 70, 2), 0b010})
	s.step(Installed{Through: 105})
	require.Equal(t, VerdictNone, s.n.Verdict(), "the state in doubt is gone")
	require.Empty(t, s.n.newestMarks())
}

// Without updates there would be no further mark, and no way out of the doubt.
func TestMarks_AMasterInDoubtAsksForTheNextMark(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1)}})
	s.replies(1, mark(MarkChain, 64, 2))
	require.Nil(t, sent[*Accept](s.eff.Send), "most doubts end with the next answer")
	b := s.n.Ballot()
	proposed := 0
	for range 10 {
		s.synced()
		s.hear(1, &Accepted{B: b, Through: s.n.Last(), Commit: 100})
		s.wait(testLease / 10)
		if m := sent[*Accept](s.eff.Send); m != nil && len(m.Values) > 0 {
			require.Equal(t, KindCheckpoint, m.Values[0].Kind())
			proposed++
		}
		s.replies(2)
	}
	require.Equal(t, 2, proposed, "two in a lease period")
	for range 9 {
		s.wait(testLease / 10)
		s.replies(2)
	}
	require.LessOrEqual(t, s.n.InFlight(), 1, "and none on top of one that isn't chosen")
}

func TestMarks_ADifferenceThatIsNewsIsJudgedByAllThatIsKnown(t *testing.T) {
	// n1 leads, n2 agrees with it as far as n1 knows; then n1's word on n2 is what
	// convicts n0, though n2 never spoke to it.
	s := soloAt(t)
	s.step(Marks{[]Mark{mark(MarkChain, 64, 9), mark(MarkChain, 70, 9)}})
	s.beats(MarkReport{mark(MarkChain, 64, 1), 0b010})
	require.Equal(t, VerdictUnverified, s.n.Verdict())
	s.beats(MarkReport{mark(MarkChain, 64, 1), 0b110})
	require.Equal(t, VerdictDiverged, s.n.Verdict())
}

func TestMarks_KeepsSixteenOfEachAndIgnoresRepeats(t *testing.T) {
	s := soloAt(t)
	for i := Instance(1); i <= 40; i++ {
		s.step(Marks{[]Mark{mark(MarkChain, i, 1), mark(MarkChain, i, 2)}})
	}
	require.Len(t, s.n.mrk.kept[0], keptMarks)
	require.Nil(t, s.n.ownMark(MarkChain, 24))
	require.Equal(t, byte(1), s.n.ownMark(MarkChain, 25).Sum[0])
	require.Nil(t, s.n.ownMark(77, 25), "a kind that nobody knows")
	require.Len(t, s.n.newestMarks(), toldMarks)
}

func TestMarks_StateIsCopiedAndCoded(t *testing.T) {
	s := soloAt(t).leads()
	s.step(Marks{[]Mark{mark(MarkChain, 64, 1)}})
	before := s.n.Clone()
	s.replies(1, mark(MarkChain, 64, 2))
	require.Equal(t, VerdictNone, before.Verdict())
	require.Empty(t, before.mrk.kept[0][0].differ)
	copied := before.Clone()
	require.NoError(t, copied.LoadState(s.n.AppendState(nil), s.n.AppendTimers(nil)))
	require.Equal(t, VerdictUnverified, copied.Verdict())
	require.Equal(t, s.n.Fingerprint(), copied.Fingerprint())
}

// astray gives every host marks at every fourth instance and at freeze points;
// the odd ones have another sum of theirs from an instance on.
func (c *cluster) astray(from Instance, odd map[int]byte) {
	for k, h := range c.hosts {
		h.marks = func(i Instance) []Mark {
			sum := byte(i)
			if i >= from {
				sum += odd[k]
			}
			if h.values[i].Kind() == KindCheckpoint {
				return []Mark{mark(MarkChain, i, sum), mark(MarkContent, i, sum)}
			}
			if i%4 == 0 {
				return []Mark{mark(MarkChain, i, sum)}
			}
			return nil
		}
	}
}

func (c *cluster) verdicts() (v []Verdict) {
	for _, h := range c.hosts {
		v = append(v, h.node.Verdict())
	}
	return v
}

func TestDivergence_EachOfThreeInTurnIsFoundAndOnlyIt(t *testing.T) {
	for odd := range 3 {
		c := newCluster(t, 3)
		c.astray(8, map[int]byte{odd: 100})
		c.elect()
		for range 8 {
			c.until("room", 20*time.Second, func() bool { return c.master() != nil && c.master().node.Room() > 0 })
			c.propose(c.master(), "x")
			c.run(10 * time.Millisecond)
		}
		want := []Verdict{VerdictNone, VerdictNone, VerdictNone}
		want[odd] = VerdictDiverged
		c.until("the odd one is found", 10*time.Second, func() bool { return c.hosts[odd].node.Verdict() == VerdictDiverged })
		m := c.elect()
		require.Equal(t, want, c.verdicts())
		require.NotEqual(t, c.hosts[odd], m)
		// Rebuilt from a peer it is a node like any other.
		c.astray(0, nil)
		h := c.hosts[odd]
		c.step(h, Rebuild{})
		h.applied = h.node.Commit()
		c.step(h, Installed{Through: h.node.Commit()})
		for range 8 {
			c.propose(m, "y")
			c.run(10 * time.Millisecond)
		}
		c.run(time.Second)
		require.Equal(t, make([]Verdict, 3), c.verdicts())
	}
}

func TestDivergence_TwoNodesStopAndAnOperatorChooses(t *testing.T) {
	c := newCluster(t, 2)
	c.astray(4, map[int]byte{1: 100})
	m := c.elect()
	for range 4 {
		c.propose(m, "x")
		c.run(10 * time.Millisecond)
	}
	c.until("both stop", 5*time.Second, func() bool {
		return c.hosts[0].node.Verdict() == VerdictUnverified && c.hosts[1].node.Verdict() == VerdictUnverified
	})
	c.run(20 * time.Second)
	require.Nil(t, c.master(), "also after a change of masters")
	// The operator trusts n0: n1 gets a copy of its state.
	c.astray(4, nil)
	c.step(c.hosts[1], Rebuild{})
	c.hosts[1].applied = c.hosts[1].node.Commit()
	c.step(c.hosts[1], Installed{Through: c.hosts[1].node.Commit()})
	c.elect()
	require.Equal(t, make([]Verdict, 2), c.verdicts())
}

// What is said when a follower's state machine has gone astray.
func TestConversation_TheOddOne(t *testing.T) {
	c := newCluster(t, 3)
	m := c.elect()
	odd := int(m.cfg.Self+1) % 3
	c.astray(4, map[int]byte{odd: 100})
	var out strings.Builder
	for range 4 {
		c.propose(m, "x")
		c.run(10 * time.Millisecond)
	}
	c.talk = &out
	c.until("it is found", 2*time.Second, func() bool { return c.hosts[odd].node.Verdict() == VerdictDiverged })
	golden(t, "the-odd-one", out.String())
}
