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
