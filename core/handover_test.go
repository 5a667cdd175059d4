package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The rules of a hand-over on a single node; see claims_test.go for the frame.

// serve makes n0 a master with a lease and n1, n2 as peers that hold everything.
func (s *solo) serve() *solo {
	s.lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 1})
	s.synced()
	s.renew()
	s.step(Applied{Through: 1})
	require.Positive(s.t, s.n.LeaseEnd())
	return s
}

// renew lets both peers answer the newest heartbeat.
func (s *solo) renew() {
	for _, seat := range []Seat{1, 2} {
		s.hear(seat, &HeartbeatReply{B: s.n.Ballot(), Round: s.n.lse.round, Granted: true, Promised: s.n.Ballot(),
			Last: s.n.Commit(), Commit: s.n.Commit(), Fit: true})
	}
}

func (s *solo) outcome() string {
	require.Len(s.t, s.eff.Outcomes, 1)
	return s.eff.Outcomes[0].Reason
}

func TestHandOver_WaitsForEverythingInFlightThenLetsGoInOneStep(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).serve()
	b := s.n.Ballot()
	s.step(Propose{Ticket: 1, Value: val("x")})
	s.step(HandOver{To: NoSeat, Ticket: 7})
	require.Zero(t, s.n.Room(), "nothing more is admitted")
	require.True(t, s.n.Waits(), "who queued may yet be served here")
	require.Nil(t, sent[*Release](s.eff.Send))
	s.hear(2, &Accepted{B: b, Through: 2, Commit: 1})
	require.Equal(t, RoleMaster, s.n.Role(), "one vote of three")
	require.Positive(t, s.n.LeaseEnd(), "it reads as long as it leads")
	s.synced()
	require.Equal(t, Instance(2), s.n.Commit())
	require.Equal(t, RoleFollower, s.n.Role())
	require.Zero(t, s.n.LeaseEnd(), "void before the first Release leaves")
	require.Equal(t, &Release{b}, sent[*Release](s.eff.Send))
	require.Equal(t, Instance(2), sent[*Accept](s.eff.Send).Commit, "the others hear what is chosen")
	for _, env := range s.eff.Send {
		if m, ok := env.Msg.(*StandNow); ok {
			require.Equal(t, Seat(2), env.To, "n1 does not hold everything")
			require.Equal(t, &StandNow{b, 2}, m)
		}
	}
	require.Empty(t, s.eff.Failed, "everything was chosen")
	require.Equal(t, "", s.outcome())
	require.False(t, s.n.Waits())
}

func TestHandOver_TheBallotIsLeftForGood(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).serve()
	b := s.n.Ballot()
	s.wait(testLease / 5)
	round := sent[*Heartbeat](s.eff.Send).Round
	s.step(HandOver{To: 1, Ticket: 7})
	require.Equal(t, "", s.outcome())
	s.hear(1, &HeartbeatReply{B: b, Round: round, Granted: true, Promised: b})
	require.Zero(t, s.n.LeaseEnd())
	require.Nil(t, sent[*Heartbeat](s.wait(testLease/5).Send))
	s.hear(1, &Ask{B: Ballot{b.Round + 1, 2}, From: 2})
	require.NotNil(t, sent[*AskYes](s.eff.Send), "the grant to itself is void")
}

func TestHandOver_KeepsAwayForAPeriodThenStandsIfNobodyLeads(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	s.step(HandOver{To: 1, Ticket: 7})
	s.wait(testLease - time.Millisecond)
	require.Equal(t, RoleFollower, s.n.Role())
	s.wait(testLease / 7)
	require.Equal(t, RoleAsking, s.n.Role())
}

func TestHandOver_IsRepeatedUntilSomebodyStands(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	b := s.n.Ballot()
	s.step(HandOver{To: 1, Ticket: 7})
	s.wait(testLease / 20)
	require.NotNil(t, sent[*StandNow](s.eff.Send))
	require.Equal(t, &Release{b}, sent[*Release](s.eff.Send))
	s.hear(1, &Prepare{B: Ballot{b.Round + 1, 2}, From: 2})
	require.NotNil(t, sent[*Promise](s.eff.SendAfterSync))
	for range 5 {
		require.Nil(t, sent[*Release](s.wait(testLease/20).Send))
	}
}

func TestHandOver_IsGivenUpAfterHalfAPeriod(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	s.step(Propose{Ticket: 1, Value: val("x")})
	s.step(HandOver{To: 1, Ticket: 7})
	for range 9 {
		s.wait(testLease / 20)
		s.renewAs(true)
	}
	require.Equal(t, RoleMaster, s.n.Role())
	require.Empty(t, s.eff.Outcomes)
	s.wait(testLease / 20)
	require.Contains(t, s.outcome(), "in time")
	require.Equal(t, RoleMaster, s.n.Role(), "it had released nothing")
	require.Positive(t, s.n.Room())
}

// renewAs lets n1 answer without the entry in flight.
func (s *solo) renewAs(fit bool) {
	s.hear(1, &HeartbeatReply{B: s.n.Ballot(), Round: s.n.lse.round, Granted: true, Promised: s.n.Ballot(), Last: 1, Commit: 1, Fit: fit})
}

func TestHandOver_RefusedWithTheReason(t *testing.T) {
	master := func() *solo { return newSolo(t, Restored{}).serve() }
	for _, c := range []struct {
		name   string
		s      func() *solo
		to     Seat
		reason string
	}{
		{"no master", func() *solo { return newSolo(t, Restored{}) }, 1, "this node is not the master"},
		{"itself", master, 0, "n0 is the master already"},
		{"nobody", master, 9, "there is no such node"},
		{"silent", func() *solo { s := master(); s.n.now, s.now = s.now, s.now.Add(testLease*3/4); return s }, 1, "n1 is not heard of"},
		{"unfit", func() *solo { s := master(); s.renewAs(false); return s }, 1, "n1 is not ready to lead"},
		{"behind", func() *solo { s := master(); s.n.lrn.commit += 100; s.n.acc.base += 100; s.n.pro.first = 1; return s }, 2,
			"n2 is behind: it holds 1 of 101"},
		{"witness", func() *solo { s := master(); s.n.cfg.Seats[1].Witness = true; return s }, 1, "n1 is a witness"},
		{"forced", func() *solo { s := master(); s.n.cfg.Masters = 0b101; return s }, 1, "the configuration does not let n1 be master"},
		{"nobody at all", func() *solo { s := master(); s.n.cfg.Masters = 0b001; return s }, NoSeat,
			"nobody can take over: the configuration does not let n1 be master; the configuration does not let n2 be master"},
		{"twice", func() *solo {
			s := master()
			s.step(Propose{Ticket: 1, Value: val("x")})
			s.step(HandOver{To: 1, Ticket: 6})
			return s
		}, 2, "a hand-over is under way already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.s()
			role := s.n.Role()
			s.step(HandOver{To: c.to, Ticket: 7})
			require.Equal(t, Outcome{7, c.reason}, s.eff.Outcomes[0])
			require.Equal(t, role, s.n.Role())
			require.Nil(t, sent[*Release](s.eff.Send))
		})
	}
}

func TestHandOver_ThatIsOvertakenSaysSo(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	s.step(Propose{Ticket: 1, Value: val("x")})
	s.step(HandOver{To: 1, Ticket: 7})
	s.hear(2, &Chosen{B: s.n.Ballot(), Commit: 9})
	require.Contains(t, s.outcome(), "stopped leading")
}

// refused checks that the answer is a refusal with that reason.
func (s *solo) refused(reason Refusal, why string) {
	s.t.Helper()
	no := sent[*Nack](s.eff.SendAfterSync)
	require.NotNil(s.t, no, why)
	require.Equal(s.t, reason, no.Reason, why)
}

// granted is n0 as an acceptor that granted b1 and could tell so.
func granted(t *testing.T) *solo {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}})
	s.wait(2 * testLease)
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1})
	require.True(t, sent[*HeartbeatReply](s.eff.Send).Granted)
	return s
}

func TestRelease_DropsTheGrantOfExactlyItsBallot(t *testing.T) {
	s := granted(t)
	s.hear(2, &Release{b2})
	s.hear(1, &Release{Ballot{4, 2}})
	s.hear(2, &Ask{B: b2, From: 1})
	s.refused(RefusedGrant, "a grant of another ballot stays")
	s.hear(1, &Release{b1})
	s.hear(2, &Ask{B: b2, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
}

func TestRelease_OnlyFromTheBallotsOwner(t *testing.T) {
	s := granted(t)
	s.hear(2, &Release{b1})
	s.hear(2, &Ask{B: b2, From: 1})
	s.refused(RefusedGrant, "")
}

func TestRelease_IsNeverGrantedAgain(t *testing.T) {
	s := granted(t)
	s.hear(1, &Release{b1})
	s.hear(1, &Heartbeat{B: b1, Round: 2, Period: testLease, First: 1})
	require.Empty(t, s.eff.Send, "it left before the Release and came late")
	again, err := New(soloConfig(), Restored{}, 0)
	require.NoError(t, err)
	require.NoError(t, again.LoadState(s.n.AppendState(nil), s.n.AppendTimers(nil)))
	s.n = again
	s.hear(1, &Heartbeat{B: b1, Round: 2, Period: testLease, First: 1})
	require.Empty(t, s.eff.Send, "also by a node that was written and read back")
	s.hear(2, &Ask{B: b2, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
	s.hear(1, &Heartbeat{B: b3, Round: 3, Period: testLease, First: 1})
	require.True(t, sent[*HeartbeatReply](s.eff.SendAfterSync).Granted, "another ballot of the same owner may be")
}

func TestRelease_EndsTheQuarantineForItsOwner(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}})
	s.hear(2, &Release{b2})
	s.hear(1, &Release{Ballot{4, 2}})
	s.hear(2, &Ask{B: b2, From: 1})
	s.refused(RefusedQuarantine, "of a lower ballot, or of another owner")
	s.hear(1, &Release{b1})
	s.hear(2, &Ask{B: b2, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
}

func TestStandNow_TheSuccessorStandsAtOnceAndWithoutAsking(t *testing.T) {
	s := granted(t)
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}})
	s.hear(1, &StandNow{B: b1, Commit: 1}) // its Release is late: it is implied
	require.Equal(t, Instance(1), s.n.Commit())
	require.Equal(t, RoleCandidate, s.n.Role())
	require.True(t, s.eff.Save)
	require.Equal(t, &Prepare{B: Ballot{6, 1}, From: 2}, sent[*Prepare](s.eff.SendAfterSync))
	require.Nil(t, sent[*Ask](s.eff.Send))
}

func TestStandNow_OfAnOlderBallotIsNoReasonToStand(t *testing.T) {
	s := granted(t)
	s.wait(2 * testLease)
	s.hear(2, &Prepare{B: b2, From: 1})
	s.hear(1, &StandNow{B: b1, Commit: 0})
	require.Equal(t, RoleFollower, s.n.Role())
	require.Equal(t, b2, s.n.Promised())
}

// LearnCommit of the spec takes the word of the ballot that is promised, no other's.
func TestStandNow_OfAnOlderBallotTellsNoCommit(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}})
	s.synced()
	s.hear(2, &Prepare{B: b2, From: 1})
	s.synced()
	s.hear(1, &StandNow{B: b1, Commit: 1})
	require.Zero(t, s.n.Commit())
	require.Equal(t, b2, s.n.Promised())
}

func TestStandNow_WhoLacksEntriesCatchesUpFirst(t *testing.T) {
	s := granted(t)
	s.hear(1, &StandNow{B: b1, Commit: 1})
	require.Equal(t, RoleFollower, s.n.Role())
	require.Equal(t, &Fetch{From: 1, Through: 1}, sent[*Fetch](s.eff.Send))
	s.hear(1, &Entries{Commit: 1, Entries: []Entry{{1, b1, val("x")}}})
	s.wait(testLease / 64)
	require.Equal(t, RoleAsking, s.n.Role())
}

func TestStandNow_OverridesThatItHandedOverItself(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	b := s.n.Ballot()
	next := Ballot{b.Round + 1, 2}
	s.step(HandOver{To: 1, Ticket: 7})
	s.hear(1, &Accept{B: next, First: 2, From: 2, Values: []Value{BarrierValue(next)}})
	s.hear(1, &StandNow{B: next, Commit: 3}) // it lacks instance 3
	s.hear(1, &Entries{Commit: 3, Entries: []Entry{{2, next, BarrierValue(next)}, {3, next, val("x")}}})
	s.wait(testLease / 64)
	require.Equal(t, RoleAsking, s.n.Role())
}

func TestHandOver_PreferredOnesFirstAmongThoseThatHoldEverything(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	s.n.cfg.Preferred = 0b100
	s.step(HandOver{To: NoSeat, Ticket: 7})
	for _, env := range s.eff.Send {
		if env.Msg.Kind() == KindStandNow {
			require.Equal(t, Seat(2), env.To)
		}
	}
	require.Equal(t, "", s.outcome())
}

func TestStandNow_AnotherOwnersGrantIsStillHonoured(t *testing.T) {
	s := granted(t)
	s.hear(2, &Heartbeat{B: b2, Round: 1, Period: testLease, First: 1})
	s.hear(1, &StandNow{B: b1})
	require.Equal(t, RoleFollower, s.n.Role())
	s.hear(1, &Ask{B: b3, From: 1})
	s.refused(RefusedGrant, "")
}
