package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mayAsk reports whether n0 would promise n2 a ballot now, and why not.
func (s *solo) mayAsk() Refusal {
	s.hear(2, &Ask{B: Ballot{Round: 1000, Member: 3}, From: s.n.Commit() + 1})
	if sent[*AskYes](s.eff.Send) != nil {
		return 0
	}
	return sent[*Nack](s.eff.SendAfterSync).Reason
}

// Both ends to the microsecond: a step of these tests takes one.
func TestGrantAndQuarantine_LastForThePeriodAndTwiceTheDrift(t *testing.T) {
	whole := testLease + 2*Drift(testLease)
	for _, c := range []struct {
		name   string
		start  Restored
		begin  func(*solo)
		reason Refusal
	}{
		{"a grant", Restored{}, func(s *solo) {
			s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1})
		}, RefusedGrant},
		{"a shorter grant of the same owner changes nothing", Restored{}, func(s *solo) {
			s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1})
			s.now -= 1000 // both at once
			s.hear(1, &Heartbeat{B: b3, Round: 2, Period: testLease / 2, First: 1})
		}, RefusedGrant},
		{"a restart", Restored{HardState: HardState{Promised: b1, LongestLease: testLease}}, func(*solo) {}, RefusedQuarantine},
	} {
		s := newSolo(t, c.start)
		c.begin(s)
		s.now = s.now.Add(whole - 2*time.Microsecond)
		require.Equal(t, c.reason, s.mayAsk(), c.name)
		require.Zero(t, s.mayAsk(), c.name)
	}
}

func TestQuarantine_NobodyWaitsWhoNeverGranted(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
	require.Zero(t, s.mayAsk())
}

// A grant rests on the promise that the disk would tell a restarted node of, not
// on one that a later batch carries.
func TestGrant_IsToldAtOnceOnlyInADurableBallot(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: time.Minute}})
	s.wait(2 * time.Minute)
	s.hear(1, &Prepare{B: b1, From: 1})
	s.hear(2, &Prepare{B: b2, From: 1})
	s.step(Durable{Through: s.n.log.position - 1})
	s.hear(2, &Heartbeat{B: b2, Round: 1, Period: testLease, First: 1})
	require.Nil(t, sent[*HeartbeatReply](s.eff.Send))
	require.NotNil(t, sent[*HeartbeatReply](s.eff.SendAfterSync))
	s.synced()
	s.hear(2, &Heartbeat{B: b2, Round: 2, Period: testLease, First: 1})
	require.NotNil(t, sent[*HeartbeatReply](s.eff.Send))
}

func TestMaster_WithoutALeaseStepsDownWhenItsPeriodIsOver(t *testing.T) {
	for _, granted := range []bool{false, true} {
		s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).lead()
		b, end := s.n.Ballot(), s.now.Add(testLease)
		s.hear(1, &Accepted{B: b, Through: 1})
		s.synced()
		s.step(Applied{Through: 1})
		if granted {
			s.wait(testLease / 5)
			end = s.now.Add(testLease)
			s.hear(1, &HeartbeatReply{B: b, Round: 2, Granted: true, Promised: b})
			require.Equal(t, end, s.n.LeaseEnd())
		}
		s.now = end - 2000
		s.step(Tick{})
		require.Equal(t, RoleMaster, s.n.Role(), "granted %v", granted)
		s.step(Tick{})
		require.Equal(t, RoleFollower, s.n.Role(), "granted %v", granted)
		require.Zero(t, s.n.LeaseEnd())
	}
}
