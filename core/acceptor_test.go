package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// newSoloLearner makes n0 a node that the genesis gives no member number: its disk is not
// the one that founded the cluster.
func newSoloLearner(t *testing.T) *solo {
	cfg, g := soloConfig(), soloGenesis()
	g.Voters[0].Incarnation = Incarnation{9}
	n, err := New(cfg, Restored{Genesis: g, Adopted: 0b111}, 1000)
	require.NoError(t, err)
	require.Equal(t, RoleLearner, n.Role())
	return &solo{t: t, n: n, now: 1000, g: g}
}

// Whoever speaks to this very disk as to a voter is told that it is none.
func TestAcceptor_WhoIsNoVoterPromisesAcceptsAndGrantsNothing(t *testing.T) {
	for _, m := range []Message{
		&Ask{B: b1, From: 1}, &Prepare{B: b1, From: 1}, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1},
		&Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}},
	} {
		s := newSoloLearner(t)
		s.hear(1, m)
		require.Equal(t, []Message{&Nack{B: b1, Reason: RefusedNotVoter}}, messages(s.eff.SendAfterSync), "%T", m)
		require.Nil(t, sent[*AskYes](s.eff.Send))
		require.Nil(t, sent[*HeartbeatReply](s.eff.Send))
		require.False(t, s.eff.Save || len(s.eff.Append) > 0, "%T", m)
		require.Zero(t, s.n.lse.grantEnd, "%T", m)
	}
}

func messages(envs []Envelope) (list []Message) {
	for _, e := range envs {
		list = append(list, e.Msg)
	}
	return list
}

// Below the promise nothing is promised; to ask for the promised ballot again is too
// late, to prepare it again is a repetition.
func TestAcceptor_WhatItAnswersAroundItsPromise(t *testing.T) {
	low, high := Ballot{b2.Round - 1, 3}, Ballot{b2.Round + 1, 3}
	nack := func(b Ballot) Message { return &Nack{B: b, Reason: RefusedPromised, Promised: b2} }
	for _, c := range []struct{ say, want Message }{
		{&Ask{B: low, From: 1}, nack(low)},
		{&Ask{B: b2, From: 1}, nack(b2)},
		{&Ask{B: high, From: 1}, &AskYes{B: high}},
		{&Prepare{B: low, From: 1}, nack(low)},
		{&Prepare{B: b2, From: 1}, &Promise{B: b2, From: 1}},
		{&Prepare{B: high, From: 1}, &Promise{B: high, From: 1}},
		{&Heartbeat{B: low, Round: 1, Period: testLease, First: 1}, nack(low)},
	} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b2}})
		s.hear(2, c.say)
		require.Equal(t, []Message{c.want}, messages(append(s.eff.Send, s.eff.SendAfterSync...)), "%+v", c.say)
	}
}

// Accepts that overtake each other are accepted in order, each once.
func TestAccept_AnyOrderOfArrivalEndsTheSame(t *testing.T) {
	want := []Entry{{1, b1, val("1")}, {2, b1, val("2")}, {3, b1, val("3")}, {4, b1, val("4")}}
	for _, order := range [][]Instance{{1, 2, 3, 4}, {4, 3, 2, 1}, {3, 2, 4, 1}, {2, 4, 3, 1}, {4, 2, 4, 2, 3, 1}, {3, 1, 3, 4, 2, 4}} {
		s := newSolo(t, Restored{})
		appended := 0
		for _, i := range order {
			s.hear(1, &Accept{B: b1, First: 1, From: i, Values: []Value{want[i-1].Value}})
			appended += len(s.eff.Append)
		}
		require.Equal(t, want, s.n.acc.suffix(1), "%v", order)
		require.Equal(t, len(want), appended, "%v: what is held needs no second record", order)
		require.Empty(t, s.n.acc.parked, "%v", order)
	}
}

// What came in its turn while it waited behind a gap is not accepted twice.
func TestAccept_WhatIsParkedAndArrivesAgainIsAcceptedOnce(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 2, Values: []Value{val("2")}})
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("1"), val("2"), val("3")}})
	require.Len(t, s.eff.Append, 3)
	require.Equal(t, &Accepted{B: b1, Through: 3}, sent[*Accepted](s.eff.SendAfterSync))
}

// A master that knows more chosen than its voter begins above what that one holds in
// another ballot: the vote is about what the master proposed.
func TestAccept_VotesFromTheBallotsFirstInstanceOn(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}, Entries: []Entry{{1, b1, val("1")}, {2, b1, val("2")}}})
	s.wait(2 * testLease)
	s.hear(2, &Accept{B: b2, First: 3, Commit: 2, From: 3, Values: []Value{val("3"), val("4")}})
	require.Equal(t, &Accepted{B: b2, Through: 4}, sent[*Accepted](s.eff.SendAfterSync))
	require.Zero(t, s.n.Commit(), "what it holds below is of another ballot")
	s.synced()
	s.hear(2, &Heartbeat{B: b2, Round: 1, Period: testLease, First: 3, Commit: 2})
	require.Equal(t, Instance(4), sent[*HeartbeatReply](s.eff.Send).Last)
}

func TestAccept_ReachesTwiceTheWindowOfTheGenesis(t *testing.T) {
	g := soloGenesis()
	g.Alpha = 3
	n, err := New(soloConfig(), Restored{Genesis: g, Adopted: 0b111}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000, g: g}
	for i := range Instance(10) {
		s.hear(1, &Accept{B: b1, First: 1, From: i + 1, Values: []Value{val("x")}})
	}
	require.Equal(t, Instance(6), s.n.Last())
}

// Nothing is proposed before every first voter has adopted the genesis.
func TestAccept_ProvesThatEverybodyAdoptedTheGenesis(t *testing.T) {
	g := soloGenesis()
	n, err := New(soloConfig(), Restored{Genesis: g, Adopted: 0b001}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000, g: g}
	require.Equal(t, []string{"n1", "n2"}, n.Missing())
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}})
	s.synced()
	require.Empty(t, n.Missing())
}

// What is chosen already is not accepted again, and the master hears that it is.
func TestAccept_AroundTheCommitIndex(t *testing.T) {
	for _, c := range []struct {
		from   Instance
		chosen bool
		held   int
	}{{6, true, 0}, {7, true, 1}, {8, false, 2}} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 7}})
		s.hear(1, &Accept{B: b1, First: 1, From: c.from, Values: []Value{val("x"), val("y")}})
		require.Equal(t, c.chosen, sent[*Chosen](s.eff.Send) != nil, "%+v", c)
		require.Len(t, s.eff.Append, c.held, "%+v", c)
		require.Equal(t, c.held > 0, sent[*Accepted](s.eff.SendAfterSync) != nil, "%+v", c)
	}
}
