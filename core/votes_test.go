package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What counts as a promise or a vote, and what looks like one and doesn't.

// stand makes n0 a candidate whose own promise isn't durable yet, and returns its
// ballot.
func (s *solo) stand() Ballot {
	s.wait(testLease)
	ask := sent[*Ask](s.eff.Send)
	require.NotNil(s.t, ask, "%v", s.n)
	s.hear(1, &AskYes{B: ask.B})
	require.Equal(s.t, RoleCandidate, s.n.Role())
	return ask.B
}

func TestCandidate_OneVoterPromisesOnce(t *testing.T) {
	s := newSolo(t, Restored{})
	b := s.stand()
	for range 3 {
		s.hear(1, &Promise{B: b, From: 1})
		require.Equal(t, RoleCandidate, s.n.Role(), "its own promise isn't durable, and n1's is one")
	}
	s.step(Durable{Through: s.n.log.position - 1})
	require.Equal(t, RoleCandidate, s.n.Role())
	s.synced()
	require.Equal(t, RoleMaster, s.n.Role())
}

func TestCandidate_APromiseThatIsNotAboutThisTryDoesNotCount(t *testing.T) {
	for what, spoil := range map[string]func(*Promise){ // every case stands alone
		"an earlier ballot":  func(m *Promise) { m.B.Round-- },
		"an earlier start":   func(m *Promise) { m.From-- },
		"a later start":      func(m *Promise) { m.From++ },
		"an entry is left":   func(m *Promise) { m.Entries = []Entry{{6, b1, val("x")}} },
		"something is lost":  func(m *Promise) { m.Unknown = []Unknown{{5, b1}} },
		"a later commit":     func(m *Promise) { m.Commit = m.From },
		"nothing is spoiled": func(*Promise) {},
	} {
		s := newSolo(t, Restored{HardState: HardState{Commit: 4}})
		b := s.stand()
		s.synced()
		m := &Promise{B: b, From: 5, Commit: 4}
		spoil(m)
		s.hear(1, m)
		require.Equal(t, what == "nothing is spoiled", s.n.Role() == RoleMaster, what)
		require.Equal(t, what == "a later commit", sent[*Fetch](s.eff.Send) != nil, what)
	}
}

func TestMaster_AVoteOfAnEarlierBallotDoesNotCount(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.synced()
	old, now := s.n.Ballot(), s.n.Ballot()
	old.Round--
	s.hear(1, &Accepted{B: old, Through: 1})
	require.Zero(t, s.n.Commit())
	s.hear(1, &Chosen{B: old, Commit: 9})
	s.hear(1, &HeartbeatReply{B: old, Round: 1, Granted: true, Promised: old, Commit: 9})
	require.Equal(t, RoleMaster, s.n.Role(), "what a peer told of an earlier ballot was heard then")
	require.Zero(t, s.n.lse.end)
	s.hear(1, &Accepted{B: now, Through: 1})
	require.Equal(t, Instance(1), s.n.Commit())
}

func TestMaster_ItsOwnVoteCountsForWhatIsDurableOnly(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 1})
	s.synced()
	require.Equal(t, Instance(1), s.n.Commit())
	s.step(Propose{Ticket: 1, Value: val("a")})
	first := s.n.log.position
	s.step(Propose{Ticket: 2, Value: val("b")})
	s.hear(1, &Accepted{B: b, Through: 3, Commit: 1})
	require.Equal(t, Instance(1), s.n.Commit())
	s.step(Durable{Through: first})
	require.Equal(t, Instance(2), s.n.Commit())
	s.synced()
	require.Equal(t, Instance(3), s.n.Commit())
}

// What waited behind a gap in one ballot is nothing in the next.
func TestAccept_WhatIsParkedIsForgottenWithItsBallot(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 2, Values: []Value{val("2 in b1")}})
	s.hear(2, &Accept{B: b2, First: 1, From: 1, Values: []Value{val("1 in b2")}})
	require.Equal(t, []Entry{{1, b2, val("1 in b2")}}, s.n.acc.suffix(1))
	require.Equal(t, &Accepted{B: b2, Through: 1}, sent[*Accepted](s.eff.SendAfterSync))
}

func TestHeartbeat_AnswersWhatIsHeldInItsBallot(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease},
		Entries: []Entry{{1, b1, val("x")}, {2, b1, val("y")}}})
	s.wait(2 * testLease)
	for held := range Instance(3) {
		s.hear(2, &Heartbeat{B: b2, Round: uint64(held) + 1, Period: testLease, First: 1})
		reply := sent[*HeartbeatReply](append(s.eff.Send, s.eff.SendAfterSync...))
		require.Equal(t, held, reply.Last, "or the master would never send the rest again")
		s.hear(2, &Accept{B: b2, First: 1, From: held + 1, Values: []Value{val("new")}})
	}
}
