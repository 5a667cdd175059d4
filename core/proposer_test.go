package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reign makes n0 a master whose barrier is chosen and applied.
func (s *solo) reign() *solo {
	s.lead()
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: s.n.Commit() + 1, Commit: s.n.Commit()})
	s.step(Applied{Through: s.n.Commit()})
	return s
}

// Whoever tells a master that more is chosen than it knows, however it does so.
func TestMaster_LeavesItsBallotWhoeverTellsThatMoreIsChosen(t *testing.T) {
	for _, tell := range []func(b Ballot) Message{
		func(b Ballot) Message { return &Chosen{B: b, Commit: 9} },
		func(b Ballot) Message { return &Accepted{B: b, Commit: 9, Through: 9} },
		func(b Ballot) Message { return &Nack{B: b, Reason: RefusedGrant, Commit: 9} },
		func(b Ballot) Message { return &HeartbeatReply{B: b, Round: 1, Promised: b, Commit: 9} },
	} {
		s := newSolo(t, Restored{}).reign()
		m := tell(s.n.Ballot())
		s.hear(2, m)
		require.Equal(t, RoleFollower, s.n.Role(), "%T", m)
		require.Equal(t, &Fetch{From: 2, Through: 9}, sent[*Fetch](s.eff.Send), "%T", m)
	}
}

// Its clients wait for the next ballot's barrier, or for one lease period.
func TestMaster_WhoLeavesForAHigherBallotAnswersItsClientsInTime(t *testing.T) {
	s := newSolo(t, Restored{}).reign()
	s.step(Propose{Ticket: 7, Value: val("x")})
	require.Equal(t, []Proposed{{7, 2}}, s.eff.Proposed)
	s.hear(2, &Chosen{B: s.n.Ballot(), Commit: 9})
	require.Empty(t, s.eff.Failed)
	require.True(t, s.n.Waits(), "for a higher ballot")
	end := s.now.Add(testLease)
	for s.now < end-2000 {
		s.now = max(s.now, min(s.eff.Wake, end-1000)-1000)
		s.step(Tick{})
		require.Empty(t, s.eff.Failed)
	}
	require.LessOrEqual(t, s.eff.Wake, end)
	s.now = end - 1000
	s.step(Tick{})
	require.Equal(t, []Failure{{7, OutcomeUnknown}}, s.eff.Failed)
}

func TestRoom_IsAMastersAndAWindow(t *testing.T) {
	s := newSolo(t, Restored{})
	require.Zero(t, s.n.Room())
	s.step(Propose{Ticket: 7, Value: val("x")})
	require.Equal(t, []Failure{{7, NotMaster}}, s.eff.Failed)
	s.reign()
	window := s.n.Room()
	require.Equal(t, s.n.pro.pace.window(), window)
	for k := range window {
		require.Equal(t, window-k, s.n.Room())
		s.step(Propose{Ticket: 7, Value: val("x")})
		require.Empty(t, s.eff.Failed)
	}
	require.Zero(t, s.n.Room())

	g := soloGenesis()
	g.Alpha = 1
	n, err := New(soloConfig(), Restored{Genesis: g, Adopted: 0b111}, 1000)
	require.NoError(t, err)
	require.Equal(t, 1, (&solo{t: t, n: n, now: 1000, g: g}).reign().n.Room(), "no more than the cluster's window")
}

// A commit index rides on the next message, or goes alone after a while, once.
func TestCommitNotice_GoesAloneOnceIfNothingCarriesIt(t *testing.T) {
	for _, carried := range []bool{false, true} {
		s := newSolo(t, Restored{}).reign()
		if carried {
			s.step(Propose{Ticket: 1, Value: val("x")})
		}
		notices := 0
		for range 4 {
			s.wait(CommitNotice)
			if a := sent[*Accept](s.eff.Send); a != nil {
				require.Equal(t, &Accept{B: s.n.Ballot(), First: 1, Commit: 1, From: 2}, a)
				notices++
			}
		}
		require.Equal(t, carried, notices == 0)
		require.LessOrEqual(t, notices, 1)
	}
}

// What left after the heartbeat is still on its way when the answer comes.
func TestHeartbeat_ResendsNothingThatLeftAfterIt(t *testing.T) {
	s := newSolo(t, Restored{}).reign()
	b := s.n.Ballot()
	s.step(Propose{Ticket: 1, Value: val("before")})
	s.wait(testLease / 5)
	round := sent[*Heartbeat](s.eff.Send).Round
	s.step(Propose{Ticket: 2, Value: val("after")})
	s.hear(2, &HeartbeatReply{B: b, Round: round, Promised: b, Last: 1, Commit: 1})
	require.Equal(t, &Accept{B: b, First: 1, Commit: 1, From: 2, Values: []Value{val("before")}}, sent[*Accept](s.eff.Send))
}

// A candidate that learnt something while it waited for promises proposes that no
// more, and the rest in its place.
func TestP2c_WhatWasLearntMeanwhileIsNotProposedAgain(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
	b := s.stand()
	s.synced()
	s.hear(2, &Entries{Commit: 1, Entries: []Entry{{1, b1, val("1")}}})
	require.Equal(t, RoleCandidate, s.n.Role())
	s.hear(1, &Promise{B: b, From: 1, Entries: []Entry{{1, b1, val("1")}, {2, b1, val("2")}}})
	require.Equal(t, &Accept{B: b, First: 2, Commit: 1, From: 2, Values: []Value{val("2"), BarrierValue(b)}}, sent[*Accept](s.eff.Send))
	require.Equal(t, testLease, sent[*Heartbeat](s.eff.Send).Period, "its first round leaves at once")
}

// A setting that nobody can read changes no rule, in flight or chosen.
func TestLocality_AMalformedSettingCountsForNothing(t *testing.T) {
	bad := Value{KindLocality, 1}
	s := newSolo(t, Restored{}).lead(Entry{1, b1, bad})
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 2})
	require.Equal(t, Instance(2), s.n.Commit())
	require.Equal(t, uint64(1), s.n.Refused()["malformed locality setting"])
	require.Zero(t, s.n.Setting().Serial)
}

func TestRebuild_ACandidateGivesUp(t *testing.T) {
	s := newSolo(t, Restored{})
	b := s.stand()
	s.step(Rebuild{})
	require.Equal(t, RoleFollower, s.n.Role())
	s.synced()
	s.hear(1, &Promise{B: b, From: 1})
	s.wait(time.Minute)
	require.Equal(t, RoleFollower, s.n.Role())
}

// Who steps down says at once what can't be known, and leads nobody.
func TestMaster_WhoStepsDownFailsItsClientsOnce(t *testing.T) {
	s := newSolo(t, Restored{}).reign()
	s.step(Propose{Ticket: 7, Value: val("x")})
	s.step(Freeze{}) // nobody waits for it
	s.step(DropMaster{})
	require.Equal(t, []Failure{{7, OutcomeUnknown}}, s.eff.Failed)
	require.Equal(t, NoSeat, s.n.Master())
	require.False(t, s.n.Waits())
	require.Zero(t, s.n.InFlight())
	s.wait(2 * testLease)
	require.Empty(t, s.eff.Failed)
}

// A voter can't have more of this ballot than was proposed; what it says beyond is void.
func TestMaster_AVoteBeyondWhatIsProposedIsForTheRest(t *testing.T) {
	s := newSolo(t, Restored{}).reign()
	s.step(Propose{Ticket: 7, Value: val("x")})
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 99, Commit: 0})
	require.Equal(t, Instance(2), s.n.Commit())
	s.step(Propose{Ticket: 8, Value: val("y")})
	s.synced()
	require.Equal(t, Instance(2), s.n.Commit())
}
