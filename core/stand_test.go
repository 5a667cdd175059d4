package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Of five voters three must say yes, and then promise.
func TestCandidate_FiveVotersNeedTwoOthers(t *testing.T) {
	cfg, g := soloConfig(), soloGenesis()
	for k := 3; k < 5; k++ {
		name := fmt.Sprint("n", k)
		cfg.Seats = append(cfg.Seats, SeatConfig{Name: name})
		g.Voters = append(g.Voters, Voter{Name: name, Seat: Seat(k), Member: MemberID(k + 1), Incarnation: Incarnation{byte(k + 1)}})
	}
	n, err := New(cfg, Restored{Genesis: g, Adopted: 0b11111}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000, g: g}
	s.wait(testLease)
	b := sent[*Ask](s.eff.Send).B
	for _, from := range []Seat{3, 3, 4} {
		require.Equal(t, RoleAsking, n.Role())
		s.hear(from, &AskYes{B: b})
	}
	s.synced()
	for _, from := range []Seat{1, 1, 2} {
		require.Equal(t, RoleCandidate, n.Role())
		s.hear(from, &Promise{B: b, From: 1})
	}
	require.Equal(t, RoleMaster, n.Role())
}

// A yes is to one question: an earlier one may have been to a ballot that is lower
// than what this node has heard of since.
func TestAsk_AYesToAnEarlierQuestionDoesNotCount(t *testing.T) {
	s := newSolo(t, Restored{})
	s.wait(testLease)
	old := sent[*Ask](s.eff.Send).B
	s.hear(2, &Nack{B: old, Reason: RefusedPromised, Promised: b2})
	s.hear(1, &Nack{B: old, Reason: RefusedPromised, Promised: Ballot{1, 2}})
	for s.n.els.ask == old || s.n.Role() != RoleAsking {
		s.wait(testLease / 10)
	}
	s.hear(1, &AskYes{B: old})
	require.Equal(t, RoleAsking, s.n.Role())
	require.True(t, s.n.Promised().IsZero())
	s.hear(1, &AskYes{B: s.n.els.ask})
	require.Equal(t, RoleCandidate, s.n.Role())
	require.Equal(t, Ballot{b2.Round + 1, 1}, s.n.Promised(), "above all that it heard of")
}

// Questions are repeated, and then given up.
func TestElection_AsksAndPreparesAgainAndGivesUp(t *testing.T) {
	for _, role := range []Role{RoleAsking, RoleCandidate} {
		s := newSolo(t, Restored{})
		s.wait(testLease)
		if role == RoleCandidate {
			s.hear(1, &AskYes{B: sent[*Ask](s.eff.Send).B})
		}
		s.synced()
		again, from := 0, s.now
		for s.n.Role() == role {
			require.Less(t, s.now.Sub(from), testLease, "it doesn't wait for ever")
			s.wait(testLease / 10)
			if sent[*Ask](s.eff.Send) != nil || sent[*Prepare](s.eff.SendAfterSync) != nil {
				again++
			}
		}
		require.Equal(t, RoleFollower, s.n.Role())
		require.GreaterOrEqual(t, again, 2, "%v", role)
		s.wait(testLease)
		require.Equal(t, RoleAsking, s.n.Role(), "and it tries again")
	}
}

// A host that ticks when it is told to, and only then, gets to every timer.
func TestWake_IsNeverLaterThanWhatIsDue(t *testing.T) {
	s := newSolo(t, Restored{})
	asked := 0
	for end := s.now.Add(time.Minute); s.now < end; {
		s.now = max(s.now, s.n.nextWake()-1000)
		s.step(Tick{})
		require.Greater(t, s.eff.Wake, s.now)
		if sent[*Ask](s.eff.Send) != nil {
			asked++
		}
	}
	require.Greater(t, asked, 60)
	s.step(Tick{})
	require.Less(t, s.eff.Wake, s.now.Add(testLease))
}

func TestMaster_StaysWhereNobodyKnowsMore(t *testing.T) {
	for _, m := range []func(b Ballot) Message{
		func(b Ballot) Message { return &Chosen{B: b, Commit: 5} },
		func(b Ballot) Message { return &Accepted{B: b, Commit: 5, Through: 5} },
		func(b Ballot) Message { return &Nack{B: b, Commit: 5, Reason: RefusedGrant} },
		func(b Ballot) Message { return &HeartbeatReply{B: b, Round: 1, Commit: 5} },
	} {
		s := newSolo(t, Restored{HardState: HardState{Commit: 4}}).lead()
		b := s.n.Ballot()
		s.hear(1, &Accepted{B: b, Through: 5, Commit: 4})
		s.synced()
		s.hear(2, m(b))
		require.Equal(t, RoleMaster, s.n.Role(), "%T", m(b))
	}
}

// What a refusal does to whom: it ends a try that can't succeed, hastens one that soon
// may, and says what to catch up with.
func TestNack_EndsOnlyATryInItsOwnBallot(t *testing.T) {
	for _, c := range []struct {
		what  string
		m     Nack
		stays bool
	}{
		{"promised higher", Nack{Reason: RefusedPromised, Promised: b3}, false},
		{"promised lower", Nack{Reason: RefusedPromised, Promised: Ballot{}}, true},
		{"in an earlier ballot", Nack{B: Ballot{1, 1}, Reason: RefusedPromised, Promised: b3}, true},
		{"granted in an earlier ballot", Nack{B: Ballot{1, 1}, Reason: RefusedGrant}, true},
		{"granted", Nack{Reason: RefusedGrant, Promised: b3}, true},
	} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
		b := s.stand()
		s.synced()
		m := c.m
		if m.B.IsZero() {
			m.B = b
		}
		s.hear(2, &m)
		require.Equal(t, c.stays, s.n.Role() == RoleCandidate, c.what)
		s.wait(testLease / 100) // a Release may be on its way
		require.Equal(t, c.what == "granted", sent[*Prepare](s.eff.SendAfterSync) != nil, c.what)
	}
	s := newSolo(t, Restored{})
	s.hear(2, &Nack{B: s.stand(), Reason: RefusedGrant, Commit: 4})
	require.Equal(t, &Fetch{From: 1, Through: 4}, sent[*Fetch](s.eff.Send))
}

func TestNack_LiftsAMasterOnlyOverAPromise(t *testing.T) {
	high := Ballot{50, 3}
	for _, c := range []struct {
		what  string
		m     Nack
		lifts bool
	}{
		{"a promise", Nack{Reason: RefusedPromised, Promised: high}, true},
		{"a grant", Nack{Reason: RefusedGrant, Promised: high}, false},
		{"a lower promise", Nack{Reason: RefusedPromised}, false},
		{"an earlier ballot's", Nack{B: Ballot{1, 1}, Reason: RefusedPromised, Promised: high}, false},
	} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1}}).reign()
		m := c.m
		if m.B.IsZero() {
			m.B = s.n.Ballot()
		}
		s.hear(2, &m)
		s.wait(testLease * 2 / 5)
		require.Equal(t, c.lifts, s.n.Role() == RoleAsking, c.what)
		require.Equal(t, !c.lifts, s.n.Role() == RoleMaster, c.what)
	}
}

// A peer that is ahead ends a try; one that tells what is known by now doesn't.
func TestBehind_EndsATryThatLacksSomething(t *testing.T) {
	for _, c := range []struct {
		m     Behind
		stays bool
	}{{Behind{Commit: 4}, true}, {Behind{Commit: 5}, false}, {Behind{B: Ballot{1, 1}, Commit: 5}, true}} {
		s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 4}})
		b := s.stand()
		if c.m.B.IsZero() {
			c.m.B = b
		}
		s.hear(2, &c.m)
		require.Equal(t, c.stays, s.n.Role() == RoleCandidate, "%+v", c.m)
	}
}

// While there is nothing that it could do, a node isn't woken to find out.
func TestWake_NotForNothing(t *testing.T) {
	for what, begin := range map[string]func() *solo{ // every case stands alone
		"in quarantine": func() *solo {
			return newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: 2 * testLease}})
		},
		"under a grant": func() *solo {
			s := newSolo(t, Restored{})
			s.hear(1, &Heartbeat{B: b1, Round: 1, Period: 2 * testLease, First: 1})
			return s
		},
		"after it gave up": func() *solo {
			s := newSolo(t, Restored{}).reign()
			s.step(DropMaster{})
			return s
		},
		"damaged": func() *solo {
			return newSolo(t, Restored{HardState: HardState{Promised: b1}, Unknown: []Unknown{{1, b1}}})
		},
	} {
		s := begin()
		s.step(Tick{})
		end, ticks := s.now.Add(2*testLease-testLease/10), 0
		for s.eff.Wake < end {
			s.now = s.eff.Wake - 1000
			s.step(Tick{})
			require.Empty(t, s.eff.Send, what)
			ticks++
		}
		require.LessOrEqual(t, ticks, 1, what)
	}
}

// Who gave up keeps away for the others' sake, if there are others who may lead.
func TestGiveUp_TheOnlyOneWhoMayLeadStandsAgainAtOnce(t *testing.T) {
	for _, masters := range []SeatSet{0b001, 0b011} {
		cfg := soloConfig()
		cfg.Masters = masters
		n, err := New(cfg, Restored{Genesis: soloGenesis(), Adopted: 0b111}, 1000)
		require.NoError(t, err)
		s := (&solo{t: t, n: n, now: 1000, g: soloGenesis()}).reign()
		s.step(DropMaster{})
		require.Equal(t, masters == 0b001, s.eff.Wake < s.now.Add(testLease/2))
		s.wait(testLease / 2)
		require.Equal(t, masters == 0b001, n.Role() == RoleAsking)
	}
}
