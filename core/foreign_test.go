package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// durable is what a node must not give away for a message that it refuses.
func (s *solo) durable() []any {
	n := s.n
	return []any{n.id.genesis.Cluster, n.Role(), n.Promised(), n.Commit(), n.Last(), n.lse.grant, n.lse.grantEnd, len(n.acc.parked)}
}

// unmoved checks that a message is refused with a reason, and that nothing comes of it.
func (s *solo) unmoved(reason string, env Envelope) {
	before, drops := s.durable(), s.n.drop[reason]
	s.step(Deliver{env})
	require.Equal(s.t, drops+1, s.n.drop[reason], reason)
	require.Equal(s.t, before, s.durable(), reason)
	require.False(s.t, s.eff.Save, reason)
	require.Empty(s.t, s.eff.SendAfterSync, reason)
}

func (s *solo) from(seat Seat, m Message) Envelope {
	return Envelope{From: seat, To: 0, Cluster: s.g.Cluster, FromInc: Incarnation{byte(seat + 1)}, ToInc: Incarnation{1}, Msg: m}
}

func TestDeliver_MessagesForNobodyHereAreRefused(t *testing.T) {
	s := newSolo(t, Restored{})
	for _, spoil := range []func(*Envelope){
		func(e *Envelope) { e.To = 1 },
		func(e *Envelope) { e.From = 3 },
		func(e *Envelope) { e.From = 0 },
		func(e *Envelope) { e.Msg = nil },
	} {
		env := s.from(1, &Ask{B: b1, From: 1})
		spoil(&env)
		s.unmoved("wrong seat", env)
	}
}

func TestHeartbeat_APeriodNobodyMayHaveIsNotGranted(t *testing.T) {
	s := newSolo(t, Restored{})
	for _, period := range []time.Duration{0, MinLease - 1, MaxLease + 1} {
		s.unmoved("lease period out of range", s.from(1, &Heartbeat{B: b1, Round: 1, Period: period}))
	}
}

func TestIdentity_AnotherHistoryOfTheClusterIsRefused(t *testing.T) {
	s := newSolo(t, Restored{})
	other := soloGenesis()
	other.Cluster = Incarnation{78}
	env := s.from(1, &Identity{Genesis: other, Adopted: 0b111})
	env.Cluster = Incarnation{}
	s.unmoved("another history of this cluster", env)
}

// A promise with a hole or with damage says less than it seems to: it must not count.
func TestPromise_WithDamageOrHolesDoesNotElect(t *testing.T) {
	for _, m := range []Promise{
		{Unknown: []Unknown{{1, b1}}},
		{Entries: []Entry{{2, b1, val("b")}}},
		{Entries: []Entry{{1, b1, val("a")}, {3, b1, val("c")}}},
	} {
		s := newSolo(t, Restored{})
		s.wait(time.Minute)
		ask := sent[*Ask](s.eff.Send)
		s.hear(1, &AskYes{B: ask.B})
		s.synced()
		m.B, m.From = ask.B, ask.From
		s.unmoved("promise with damage or holes", s.from(1, &m))
		require.Equal(t, RoleCandidate, s.n.Role())
	}
}

// A peer that calls something else chosen, in a lower ballot than the own entry's,
// is wrong: P2c. The own entry stays, and nothing is taken as chosen.
func TestEntries_AChosenValueThatCannotBeIsRefused(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b2}, Entries: []Entry{{1, b2, val("mine")}}})
	s.unmoved("chosen entry differs from one of a higher ballot", s.from(1,
		&Entries{Commit: 2, Entries: []Entry{{1, b1, val("theirs")}, {2, b1, val("next")}}}))
	require.Zero(t, s.n.Commit())
}

// A refusal tells of a commit index above the master's: it leaves its ballot.
func TestNack_OfAHigherCommitEndsTheMastership(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.synced()
	s.hear(2, &Nack{B: Ballot{0, 1}, Reason: RefusedGrant, Promised: s.n.Ballot(), Commit: 9})
	require.Equal(t, RoleMaster, s.n.Role(), "it is about another ballot")
	s.hear(2, &Nack{B: s.n.Ballot(), Reason: RefusedGrant, Promised: s.n.Ballot(), Commit: 9})
	require.NotEqual(t, RoleMaster, s.n.Role())
}

func TestNode_PrintsWhatItIs(t *testing.T) {
	s := newSolo(t, Restored{})
	require.Equal(t, "n0 follower promised 0.0 commit 0 applied 0 last 0", s.n.String())
	s.lead()
	s.synced()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 1})
	s.hear(1, &HeartbeatReply{B: b, Round: 1, Granted: true, Promised: b})
	s.step(Applied{Through: 1})
	text := s.n.String()
	require.Contains(t, text, "n0 master promised "+b.String()+" commit 1")
	require.Contains(t, text, " ballot "+b.String()+" in flight 0")
	require.Contains(t, text, " lease ")
}

// What is cut off anywhere is no state, and damage and waivers come back as well.
func TestState_DamageAndWaiversRoundTrip(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{Setting: EncodeSetting(nil, waive("b")), Unknown: []Unknown{{4, b2}}})
	s.n.loc.waiting = []waiver{{at: 3, ticket: 7}}
	s.n.pro.left = []Ticket{5, 6}
	s.n.acc.parked = []Entry{{9, b2, val("parked")}}
	state, timers := s.n.AppendState(nil), s.n.AppendTimers(nil)
	fresh, err := New(s.n.cfg, Restored{}, 0)
	require.NoError(t, err)
	require.NoError(t, fresh.LoadState(state, timers))
	require.Equal(t, state, fresh.AppendState(nil))
	require.Equal(t, s.n.acc.unknown, fresh.acc.unknown)
	require.Equal(t, s.n.loc.waiting, fresh.loc.waiting)
	require.Equal(t, s.n.loc.chosen, fresh.loc.chosen)
	require.Equal(t, s.n.pro.left, fresh.pro.left)
	require.Equal(t, s.n.acc.parked, fresh.acc.parked)
	for cut := range state {
		require.Error(t, fresh.LoadState(state[:cut], timers), "cut at %d", cut)
	}
}
