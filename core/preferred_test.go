package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who may lead and who wishes to, on a single node; see claims_test.go.

// preferred is n0 as a preferred follower of n1, whose heartbeats it answers.
func preferred(t *testing.T) *solo {
	s := granted(t)
	s.n.cfg.Preferred = 0b001
	return s
}

// beat lets n1's next heartbeat come after d; true if the answer wishes to lead.
func (s *solo) beat(d time.Duration, commit Instance) bool {
	s.t.Helper()
	s.now = s.now.Add(d)
	s.hear(1, &Heartbeat{B: b1, Round: 2, Period: testLease, First: 1, Commit: commit, Last: commit})
	reply := sent[*HeartbeatReply](s.eff.Send)
	require.NotNil(s.t, reply)
	require.True(s.t, reply.Fit || !reply.Wants, "who wishes to lead must be fit")
	return reply.Wants
}

func TestWish_OnlyAfterTwoPeriodsOfBeingFit(t *testing.T) {
	s := preferred(t)
	for range 9 {
		require.False(t, s.beat(testLease/5, 0))
	}
	require.True(t, s.beat(testLease/5, 0))
}

func TestWish_TheConfiguredTimeCounts(t *testing.T) {
	s := preferred(t)
	s.n.cfg.StableFor = time.Second
	require.False(t, s.beat(time.Second/3, 0))
	require.False(t, s.beat(time.Second/3, 0))
	require.True(t, s.beat(time.Second/2, 0))
}

func TestWish_EveryBreakStartsTheTimeAnew(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*solo)
	}{
		{"no master for a while", func(s *solo) { s.now = s.now.Add(testLease + margin(testLease)) }},
		{"behind", func(s *solo) { s.beat(0, 5*DefaultAlpha); s.n.lrn.commit, s.n.acc.base, s.n.lrn.applied = 80, 80, 80 }},
		{"slow to apply", func(s *solo) {
			s.n.lrn.commit, s.n.acc.base = 80, 80
			s.beat(0, 80)
			s.step(Applied{Through: 80})
		}},
		{"installing", func(s *solo) { s.step(Installing{On: true}); s.beat(0, 0); s.step(Installing{On: false}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := preferred(t)
			for range 8 {
				s.beat(testLease/5, 0)
			}
			c.spoil(s)
			for range 10 {
				require.False(t, s.beat(testLease/5, s.n.Commit()))
			}
			require.True(t, s.beat(testLease/5, s.n.Commit()))
		})
	}
}

func TestWish_NotOfWhoIsNotPreferred(t *testing.T) {
	s := preferred(t)
	s.n.cfg.Preferred = 0b100
	for range 20 {
		require.False(t, s.beat(testLease/5, 0))
	}
}

// wish is n1's answer to the newest heartbeat of n0, the master.
func (s *solo) wish() {
	b := s.n.Ballot()
	s.hear(1, &HeartbeatReply{B: b, Round: s.n.lse.round, Granted: true, Promised: b, Last: s.n.Last(),
		Commit: s.n.Commit(), Fit: true, Wants: true})
}

func TestWish_IsGrantedByAMasterThatIsNotPreferredItself(t *testing.T) {
	for _, c := range []struct {
		name      string
		preferred SeatSet
		granted   bool
	}{
		{"n1 is preferred", 0b010, true},
		{"both are", 0b011, false},
		{"this configuration does not know of it", 0b100, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSolo(t, Restored{}).serve()
			s.n.cfg.Preferred = c.preferred
			s.wish()
			require.Equal(t, c.granted, sent[*StandNow](s.eff.Send) != nil)
			require.Empty(t, s.eff.Outcomes, "nobody asked for an answer")
		})
	}
}

func TestWish_ThatCameToNothingIsNotGrantedAgainAtOnce(t *testing.T) {
	s := newSolo(t, Restored{}).serve()
	s.n.cfg.Preferred = 0b010
	s.step(Propose{Ticket: 1, Value: val("x")}) // never accepted by n1 nor n2
	s.wish()
	require.True(t, s.n.pro.hand.on)
	for range 10 {
		s.wait(testLease / 20)
	}
	require.False(t, s.n.pro.hand.on)
	require.Empty(t, s.eff.Outcomes)
	s.wish()
	require.False(t, s.n.pro.hand.on)
	s.n.now, s.now = s.now.Add(2*testLease), s.now.Add(2*testLease)
	s.n.considerWish(1)
	require.False(t, s.n.pro.hand.on, "nor a node that is not heard of")
}

func TestConfig_SomebodyMustBeAbleToLead(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.Seats[0].Witness, c.Seats[1].Witness, c.Seats[2].Witness = true, true, true },
		func(c *Config) { c.Seats[2].Learner, c.Masters = true, 0b100 },
		func(c *Config) { c.Seats[1].Witness, c.Masters = true, 0b010 },
	} {
		cfg := soloConfig()
		change(&cfg)
		require.ErrorContains(t, cfg.Validate(), "no node could ever be master")
	}
}

func TestStanding_WhoIsNotPreferredLetsOthersGoFirst(t *testing.T) {
	s := granted(t)
	s.n.cfg.Preferred = 0b010
	require.Zero(t, s.n.courtesy(), "the master whose lease ran out is owed nothing")
	s.n.cfg.Preferred = 0b100
	require.Equal(t, testLease/4, s.n.courtesy())
	s.n.cfg.Seats[2].Witness = true
	require.Zero(t, s.n.courtesy(), "it can't stand")
	s.n.cfg.Seats[2].Witness, s.n.cfg.Preferred = false, 0b101
	require.Zero(t, s.n.courtesy(), "it is preferred itself")
}

func TestWish_HavingLedItStartsAnew(t *testing.T) {
	s := preferred(t)
	s.beat(testLease/5, 0)
	s.n.els.fit.shy = true // dropped by hand
	s.lead()
	require.Equal(t, fitness{since: Never}, s.n.els.fit)
}
