package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Catch-up goes on from the commit index: what is below it is known, and what leaves
// a gap proves nothing about the gap.
func TestCatchUp_TakesWhatFollowsTheCommitIndex(t *testing.T) {
	e := func(i Instance) Entry { return Entry{i, b1, val("v")} }
	for _, c := range []struct {
		from, through, commit Instance
		appended              int
	}{
		{1, 2, 2, 0}, {1, 4, 4, 2}, {2, 3, 3, 1}, {3, 5, 5, 3}, {4, 6, 2, 0},
	} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 2}})
		m := &Entries{Commit: 9}
		for i := c.from; i <= c.through; i++ {
			m.Entries = append(m.Entries, e(i))
		}
		s.hear(1, m)
		require.Equal(t, c.commit, s.n.Commit(), "%+v", c)
		require.Len(t, s.eff.Append, c.appended, "%+v", c)
		if c.commit > 2 {
			require.Equal(t, &Fetch{From: c.commit + 1, Through: 9}, sent[*Fetch](s.eff.Send), "and goes on")
		}
	}
}

// Whoever doesn't answer is not asked again before the others; that its heartbeats go
// on arriving changes nothing.
func TestFetch_AsksTheNextOneEvenIfTheMasterIsHeard(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}})
	s.wait(2 * testLease)
	beat := func(round uint64) { s.hear(1, &Heartbeat{B: b1, Round: round, Period: testLease, First: 1, Commit: 5}) }
	asked := func() Seat {
		for _, env := range s.eff.Send {
			if env.Msg.Kind() == KindFetch {
				return env.To
			}
		}
		return NoSeat
	}
	beat(1)
	require.Equal(t, Seat(1), asked())
	for k, want := range []Seat{2, 1, 2} {
		beat(uint64(k) + 2)
		require.Equal(t, NoSeat, asked(), "an answer is awaited")
		s.wait(fetchWait)
		require.Equal(t, want, asked())
	}
}

// Who is asked, by whom, and for what: entries are given to any disk of this cluster
// that asks this very disk.
func TestFetch_IsAnsweredToThisClusterOnly(t *testing.T) {
	for what, c := range map[string]struct { // every case stands alone
		spoil func(*Envelope)
		fed   bool
	}{
		"a member":                   {func(*Envelope) {}, true},
		"a new disk":                 {func(e *Envelope) { e.FromInc = Incarnation{99} }, true},
		"who does not know this one": {func(e *Envelope) { e.ToInc = Incarnation{} }, true},
		"another cluster":            {func(e *Envelope) { e.Cluster = Incarnation{78} }, false},
		"an earlier disk of n0":      {func(e *Envelope) { e.ToInc = Incarnation{50} }, false},
	} {
		s := newSolo(t, Restored{HardState: HardState{Commit: 9}})
		env := s.from(1, &Fetch{From: 3, Through: 12})
		c.spoil(&env)
		s.step(Deliver{env})
		require.Equal(t, c.fed, len(s.eff.Feed) == 1, what)
		if c.fed {
			f := s.eff.Feed[0]
			require.Equal(t, []Instance{3, 9, 9}, []Instance{f.From, f.Through, f.Commit}, what)
			require.Equal(t, env.FromInc, f.Envelope.ToInc, what)
		}
		require.Equal(t, what == "an earlier disk of n0", sent[*Identity](s.eff.SendAfterSync) != nil, what)
	}
}

// Votes are taken from voters' disks alone: not while the node itself is blank, not
// from a seat that is vacant, and not from a learner's.
func TestDeliver_OnlyAMembersDiskIsHeard(t *testing.T) {
	blank, err := New(soloConfig(), Restored{}, 1000)
	require.NoError(t, err)
	vacant := newSolo(t, Restored{})
	vacant.n.voter(2).Incarnation = Incarnation{}
	cfg := soloConfig()
	cfg.Seats = append(cfg.Seats, SeatConfig{Name: "n3", Learner: true})
	unknown := newSolo(t, Restored{}) // said to whoever is there
	learner, err := New(cfg, Restored{Genesis: soloGenesis(), Adopted: 0b111}, 1000)
	require.NoError(t, err)
	for what, c := range map[string]struct { // every case stands alone
		n       *Node
		from    Seat
		inc, to Incarnation
	}{
		"a blank node":  {blank, 1, Incarnation{2}, Incarnation{1}},
		"a vacant seat": {vacant.n, 2, Incarnation{}, Incarnation{1}},
		"a learner":     {learner, 3, Incarnation{4}, Incarnation{1}},
		"to nobody":     {unknown.n, 1, Incarnation{2}, Incarnation{}},
	} {
		s := &solo{t: t, n: c.n, now: 2000, g: soloGenesis()}
		env := s.from(c.from, &Prepare{B: Ballot{9, MemberID(c.from) + 1}, From: 1})
		env.FromInc, env.ToInc = c.inc, c.to
		s.step(Deliver{env})
		require.True(t, s.n.Promised().IsZero(), what)
		require.Equal(t, uint64(1), s.n.Refused()["sender is no member"], what)
	}
}

// A peer owes what it says it holds until it gives some of it, or others have given
// it all; after half a lease period what it says keeps nobody from leading.
func TestFetch_WhoGivesNothingTellsInVain(t *testing.T) {
	give := func(s *solo, from Seat, through Instance) {
		m := &Entries{Commit: through}
		for i := s.n.Commit() + 1; i <= through; i++ {
			m.Entries = append(m.Entries, Entry{i, b1, val("v")})
		}
		s.hear(from, m)
	}
	for what, c := range map[string]struct { // every case stands alone
		meanwhile func(*solo)
		vain      bool
	}{
		"nothing came":       {func(*solo) {}, true},
		"some of it, by it":  {func(s *solo) { give(s, 2, 5) }, false},
		"some of it, by n1":  {func(s *solo) { give(s, 1, 5) }, true},
		"all of it, by n1":   {func(s *solo) { give(s, 1, 9) }, false},
		"it says it again":   {func(s *solo) { s.hear(2, &Nack{B: Ballot{1, 1}, Commit: 9}) }, true},
		"it says it is less": {func(s *solo) { s.hear(2, &Nack{B: Ballot{1, 1}, Commit: 7}) }, true},
	} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 4}})
		s.hear(2, &Nack{B: Ballot{1, 1}, Commit: 9})
		require.Equal(t, &Fetch{From: 5, Through: 9}, sent[*Fetch](s.eff.Send))
		from := s.now
		c.meanwhile(s)
		s.n.now = from.Add(testLease/2) - 1
		require.False(t, s.n.tellsInVain(2), what)
		s.n.now++
		require.Equal(t, c.vain, s.n.tellsInVain(2), what)
		require.False(t, s.n.tellsInVain(1), "it said nothing")
	}
}

// The highest number heard of is what to fetch; nothing is fetched beyond it.
func TestFetch_EndsWithTheHighestNumberHeardOf(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}})
	s.wait(2 * testLease)
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1, Commit: 3})
	s.hear(2, &Nack{B: Ballot{1, 1}, Commit: 2})
	s.hear(1, &Entries{Commit: 2, Entries: []Entry{{1, b1, val("v")}, {2, b1, val("v")}}})
	require.Equal(t, &Fetch{From: 3, Through: 3}, sent[*Fetch](s.eff.Send))
	s.hear(1, &Entries{Commit: 3, Entries: []Entry{{3, b1, val("v")}}})
	for range 5 {
		require.Nil(t, sent[*Fetch](s.eff.Send))
		s.wait(fetchWait)
	}
}

// What is chosen in a ballot was promised by a quorum: whoever takes it over honours
// that ballot. A node without a member number promises nothing.
func TestCatchUp_RaisesAVotersPromise(t *testing.T) {
	m := &Entries{Commit: 1, Entries: []Entry{{1, b2, val("v")}}}
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
	s.hear(1, m)
	require.True(t, s.eff.Save)
	require.Equal(t, HardState{Promised: b2, Commit: 1}, s.eff.State)
	s.hear(1, &Ask{B: b1, From: 2})
	require.Equal(t, RefusedPromised, sent[*Nack](s.eff.SendAfterSync).Reason)

	l := newSoloLearner(t)
	l.hear(1, m)
	require.Equal(t, HardState{Commit: 1}, l.eff.State)
}

// What waited behind the gap that catch-up filled is accepted, and voted for when the
// master sends it again.
func TestCatchUp_WhatIsParkedBehindItIsAccepted(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
	s.hear(1, &Accept{B: b1, First: 1, From: 3, Values: []Value{val("3"), val("4")}})
	s.hear(1, &Entries{Commit: 2, Entries: []Entry{{1, b1, val("1")}, {2, b1, val("2")}}})
	require.Equal(t, []Entry{{3, b1, val("3")}, {4, b1, val("4")}}, s.n.acc.suffix(3))
	require.Len(t, s.eff.Append, 4)
}

func TestCatchUp_WhatNoPeerWouldSendIsRefused(t *testing.T) {
	s := newSolo(t, Restored{})
	for _, entries := range [][]Entry{nil, {{1, b1, val("1")}, {3, b1, val("3")}}, {{2, b1, val("2")}, {1, b1, val("1")}}} {
		s.unmoved("entries for a master or with a hole", s.from(1, &Entries{Commit: 3, Entries: entries}))
	}
	s.hear(1, &Fetch{From: 0, Through: 9})
	require.Empty(t, s.eff.Feed)
}

// A learner asks the voters in turn, and no other learner.
func TestFetch_OnlyVotersAreAsked(t *testing.T) {
	cfg, g := soloConfig(), soloGenesis()
	cfg.Seats = append(cfg.Seats, SeatConfig{Name: "n3", Learner: true})
	g.Voters[0].Incarnation = Incarnation{9}
	n, err := New(cfg, Restored{Genesis: g, Adopted: 0b111}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000, g: g}
	var asked []Seat
	for range 40 {
		s.wait(testLease / 10)
		for _, env := range s.eff.Send {
			require.Equal(t, KindFetch, env.Msg.Kind())
			asked = append(asked, env.To)
		}
	}
	require.GreaterOrEqual(t, len(asked), 10)
	for k, seat := range asked[2:] {
		require.Equal(t, asked[k%2], seat, "%v", asked)
	}
	require.NotEqual(t, asked[0], asked[1])
	require.NotContains(t, asked, Seat(3))
}
