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
	for _, m := range []Message{&Chosen{Commit: 5}, &Accepted{Commit: 5, Through: 5}, &Nack{Commit: 5, Reason: RefusedGrant}, &HeartbeatReply{Round: 1, Commit: 5}} {
		s := newSolo(t, Restored{HardState: HardState{Commit: 4}}).lead()
		b := s.n.Ballot()
		s.hear(1, &Accepted{B: b, Through: 5, Commit: 4})
		s.synced()
		switch m := m.(type) {
		case *Chosen:
			m.B = b
		case *Accepted:
			m.B = b
		case *Nack:
			m.B = b
		case *HeartbeatReply:
			m.B = b
		}
		s.hear(2, m)
		require.Equal(t, RoleMaster, s.n.Role(), "%T", m)
	}
}
