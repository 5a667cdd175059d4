package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Tests of single rules on a single node, each named after the claim it
// defends. The node is n0 of three; n1 and n2 are the test.

const testLease = 2 * time.Second

type solo struct {
	t   *testing.T
	n   *Node
	now Instant
	eff *Effects
	g   *Genesis
}

func soloConfig() Config {
	return Config{ClusterID: "test", Seats: []SeatConfig{{Name: "n0"}, {Name: "n1"}, {Name: "n2"}},
		LeasePeriod: testLease, Incarnation: Incarnation{1}, Seed: 1}
}

func soloGenesis() *Genesis {
	g := &Genesis{ClusterID: "test", Cluster: Incarnation{77}, Alpha: DefaultAlpha}
	for k := range 3 {
		g.Voters = append(g.Voters, Voter{Name: []string{"n0", "n1", "n2"}[k], Seat: Seat(k),
			Member: MemberID(k + 1), Incarnation: Incarnation{byte(k + 1)}})
	}
	return g
}

func newSolo(t *testing.T, r Restored) *solo {
	g := soloGenesis()
	r.Genesis, r.Adopted = g, 0b111
	n, err := New(soloConfig(), r, 1000)
	require.NoError(t, err)
	return &solo{t: t, n: n, now: 1000, g: g}
}

func (s *solo) step(in Input) *Effects {
	s.now += 1000
	s.eff = s.n.Step(s.now, in)
	return s.eff
}

func (s *solo) hear(from Seat, m Message) *Effects {
	return s.step(Deliver{Envelope{From: from, To: 0, Cluster: s.g.Cluster,
		FromInc: Incarnation{byte(from + 1)}, ToInc: Incarnation{1}, Msg: m}})
}

func (s *solo) synced() *Effects { return s.step(Durable{Through: s.n.log.position}) }

func (s *solo) wait(d time.Duration) *Effects {
	s.now = s.now.Add(d)
	return s.step(Tick{})
}

// sent returns the message of type M among envelopes, nil if there is none.
func sent[M Message](envs []Envelope) (found M) {
	for _, e := range envs {
		if m, ok := e.Msg.(M); ok {
			return m
		}
	}
	return found
}

// lead makes n0 master with n1's promise, reporting entries.
func (s *solo) lead(entries ...Entry) *solo {
	s.wait(time.Minute)
	ask := sent[*Ask](s.eff.Send)
	require.NotNil(s.t, ask, "%v", s.n)
	s.hear(1, &AskYes{B: ask.B})
	s.synced()
	s.hear(1, &Promise{B: ask.B, From: ask.From, Commit: ask.From - 1, Entries: entries})
	require.Equal(s.t, RoleMaster, s.n.Role())
	return s
}

var b1, b2, b3 = Ballot{5, 2}, Ballot{6, 3}, Ballot{7, 2}

func val(s string) Value { return EncodeBatch([][]byte{[]byte(s)}) }

func TestPrepare_LeavesOnlyAfterTheOwnPromiseIsDurable(t *testing.T) {
	s := newSolo(t, Restored{})
	s.wait(time.Minute)
	ask := sent[*Ask](s.eff.Send)
	s.hear(2, &AskYes{B: ask.B})
	require.Nil(t, sent[*Prepare](s.eff.Send))
	require.NotNil(t, sent[*Prepare](s.eff.SendAfterSync))
	require.True(t, s.eff.Save)
	require.Equal(t, ask.B, s.eff.State.Promised)
}

func TestAsk_HasNoDurableEffect(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Ask{B: b1, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
	require.False(t, s.eff.Save)
	require.True(t, s.n.Promised().IsZero())
}

func TestPromise_WaitsForTheSyncAlsoWhenRepeated(t *testing.T) {
	s := newSolo(t, Restored{})
	for range 2 {
		s.hear(1, &Prepare{B: b1, From: 1})
		require.Nil(t, sent[*Promise](s.eff.Send))
		require.NotNil(t, sent[*Promise](s.eff.SendAfterSync))
		require.Equal(t, s.n.log.position, s.eff.Position)
	}
	require.Equal(t, Position(1), s.eff.Position)
}

func TestPromise_ReportsWhatIsHeldFromThereOn(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 3},
		Entries: []Entry{{4, b1, val("x")}, {5, b1, val("y")}}})
	s.hear(2, &Prepare{B: b2, From: 5})
	p := sent[*Promise](s.eff.SendAfterSync)
	require.Equal(t, []Entry{{5, b1, val("y")}}, p.Entries)
	require.Equal(t, Instance(3), p.Commit)
}

func TestBehind_ANodeThatLacksChosenEntriesGetsNoPromise(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Commit: 3}})
	s.hear(1, &Prepare{B: b1, From: 3})
	require.Equal(t, &Behind{B: b1, Commit: 3}, sent[*Behind](s.eff.SendAfterSync))
	require.True(t, s.n.Promised().IsZero())
}

func TestAccept_BelowThePromiseIsRefused(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b2}})
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}})
	require.Empty(t, s.eff.Append)
	require.Equal(t, &Nack{B: b1, Reason: RefusedPromised, Promised: b2}, sent[*Nack](s.eff.SendAfterSync))
}

func TestAccepted_WaitsForTheSync(t *testing.T) {
	s := newSolo(t, Restored{})
	for range 2 {
		s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x"), val("y")}})
		require.Nil(t, sent[*Accepted](s.eff.Send))
		require.Equal(t, &Accepted{B: b1, Through: 2}, sent[*Accepted](s.eff.SendAfterSync))
	}
	require.Equal(t, b1, s.n.Promised())
}

func TestAccept_ReplacesOneEntryAndLeavesLaterOnesAlone(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1},
		Entries: []Entry{{1, b1, val("x")}, {2, b1, val("y")}, {3, b1, val("z")}}})
	s.hear(2, &Accept{B: b2, First: 1, From: 2, Values: []Value{val("new")}})
	require.Equal(t, []Entry{{1, b1, val("x")}, {2, b2, val("new")}, {3, b1, val("z")}}, s.n.acc.suffix(1))
	// The vote covers nothing: instance 1 isn't held in this ballot.
	require.Nil(t, sent[*Accepted](s.eff.SendAfterSync))
	s.hear(2, &Accept{B: b2, First: 1, From: 1, Values: []Value{val("one")}})
	require.Equal(t, &Accepted{B: b2, Through: 2}, sent[*Accepted](s.eff.SendAfterSync))
}

func TestAccept_BeyondAGapIsParkedWithoutAVote(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 2, Values: []Value{val("2")}})
	require.Empty(t, s.eff.Append)
	require.Empty(t, s.eff.SendAfterSync)
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("1")}})
	require.Len(t, s.eff.Append, 2)
	require.Equal(t, &Accepted{B: b1, Through: 2}, sent[*Accepted](s.eff.SendAfterSync))
}

func TestAccept_TakesNothingFarBeyondTheCommitIndex(t *testing.T) {
	s := newSolo(t, Restored{})
	for i := Instance(1); i <= 3*DefaultAlpha; i++ {
		s.hear(1, &Accept{B: b1, First: 1, From: i, Values: []Value{val("x")}})
	}
	require.Equal(t, Instance(2*DefaultAlpha), s.n.Last())
}

func TestAccept_AtOrBelowTheCommitIndexIsAnsweredChosen(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 7}})
	s.hear(1, &Accept{B: b1, First: 1, From: 5, Values: []Value{val("x")}})
	require.Equal(t, &Chosen{B: b1, Commit: 7}, sent[*Chosen](s.eff.Send))
}

func TestAccept_OnlyFromTheBallotsOwner(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(2, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("x")}})
	require.Empty(t, s.eff.Append)
	require.Equal(t, uint64(1), s.n.Refused()["ballot of somebody else"])
}

func TestCommit_MovesOnlyOverEntriesOfTheMastersOwnBallot(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}, Entries: []Entry{{1, b1, val("old")}}})
	s.hear(2, &Heartbeat{B: b2, Round: 1, Period: testLease, First: 1, Commit: 1})
	require.Zero(t, s.n.Commit(), "what it holds is of an older ballot")
	require.Equal(t, &Fetch{From: 1, Through: 1}, sent[*Fetch](s.eff.Send))
	s.hear(2, &Entries{Commit: 1, Entries: []Entry{{1, b2, val("new")}}})
	require.Equal(t, Instance(1), s.n.Commit())
	require.Equal(t, val("new"), Value(s.eff.Append[0].Bytes))
}

func TestCommit_TheNextAcceptProvesNothing(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{val("1")}})
	s.hear(1, &Accept{B: b1, First: 1, From: 2, Values: []Value{val("2")}})
	require.Zero(t, s.n.Commit())
	s.hear(1, &Accept{B: b1, First: 1, Commit: 1, From: 3})
	require.Equal(t, Instance(1), s.n.Commit())
}

func TestCatchUp_AnEntryOfAHigherBallotStays(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b2}, Entries: []Entry{{1, b2, val("v")}}})
	s.hear(1, &Entries{Commit: 1, Entries: []Entry{{1, b1, val("v")}}})
	require.Empty(t, s.eff.Append)
	require.Equal(t, Instance(1), s.n.Commit())
}

func TestP2c_TheHighestReportedBallotIsProposedAgain(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}, Entries: []Entry{{1, b1, val("low")}, {2, b2, val("own")}}})
	s.lead(Entry{1, b2, val("high")}, Entry{2, b1, val("low")})
	values := []Value{val("high"), val("own"), BarrierValue(s.n.Ballot())}
	require.Equal(t, values, sent[*Accept](s.eff.Send).Values)
	require.Zero(t, s.n.Room(), "not before the barrier is chosen")
}

func TestMaster_ItsOwnVoteCountsWhenItsLogIsDurable(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	require.Equal(t, Instance(1), sent[*Accept](s.eff.Send).From)
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 1})
	require.Zero(t, s.n.Commit())
	s.synced()
	require.Equal(t, Instance(1), s.n.Commit())
}

func TestMaster_VotesAboveTheSendersCommitIndexOnly(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Commit: 4}}).lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 5, Commit: 3})
	s.hear(2, &Accepted{B: b, Through: 5, Commit: 4})
	require.Equal(t, Instance(5), s.n.Commit())
}

func TestMaster_LeavesItsBallotWhenMoreIsChosen(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	b := s.n.Ballot()
	s.hear(2, &Chosen{B: b, Commit: 9})
	require.Equal(t, RoleFollower, s.n.Role())
	require.Zero(t, s.n.LeaseEnd())
	require.Equal(t, &Fetch{From: 1, Through: 9}, sent[*Fetch](s.eff.Send))
	s.wait(10 * time.Millisecond)
	require.Nil(t, sent[*Accept](s.eff.Send))
	require.Nil(t, sent[*Ask](s.eff.Send), "it doesn't lead below 9 while that peer is in reach")
}

func TestMaster_NeverInstallsEntries(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.hear(2, &Entries{Commit: 9, Entries: []Entry{{1, b1, val("x")}}})
	require.Zero(t, s.n.Commit())
}

func TestLift_WaitsWhileTheHigherBallotsOwnerProposes(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	b := s.n.Ballot()
	high := Ballot{b.Round + 3, 3}
	renew := func() {
		s.wait(testLease / 5)
		if h := sent[*Heartbeat](s.eff.Send); h != nil {
			s.hear(1, &HeartbeatReply{B: b, Round: h.Round, Granted: true, Promised: b, Last: 1})
		}
	}
	s.hear(1, &Accepted{B: b, Through: 1})
	s.synced()
	s.hear(2, &Nack{B: b, Reason: RefusedPromised, Promised: high})
	require.Equal(t, RoleMaster, s.n.Role(), "at once, two masters would overtake each other for ever")
	for range 5 {
		s.hear(2, &Prepare{B: high, From: 1}) // its owner is alive
		renew()
		require.Equal(t, RoleMaster, s.n.Role())
	}
	for range 4 { // a voter that repeats its promise doesn't count
		s.hear(1, &Nack{B: b, Reason: RefusedPromised, Promised: high})
		renew()
	}
	require.Equal(t, RoleAsking, s.n.Role())
	require.Less(t, high.Round, s.n.els.ask.Round)
}

func TestGiveUp_StaysAwayForTwoPeriods(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.step(DropMaster{})
	require.Equal(t, RoleFollower, s.n.Role())
	require.Nil(t, sent[*Heartbeat](s.eff.Send))
	s.wait(testLease)
	require.Equal(t, RoleFollower, s.n.Role())
	s.hear(2, &Ask{B: Ballot{50, 3}, From: 9})
	require.NotNil(t, sent[*AskYes](s.eff.Send), "it answers as one who holds no lease")
	s.wait(testLease + testLease/4)
	require.Equal(t, RoleAsking, s.n.Role())
}

func TestGrant_KeepsEveryoneElseAway(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: time.Minute}})
	s.wait(2 * time.Minute)
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1})
	require.True(t, sent[*HeartbeatReply](s.eff.Send).Granted)
	s.wait(testLease + 2*Drift(testLease) - 10000)
	s.hear(2, &Ask{B: b2, From: 1})
	require.Equal(t, RefusedGrant, sent[*Nack](s.eff.SendAfterSync).Reason)
	s.hear(1, &Ask{B: b3, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send), "the owner may raise its ballot")
	s.wait(20000)
	s.hear(2, &Ask{B: b2, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
}

func TestGrant_IsForTheCarriedPeriod(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: time.Minute}})
	s.wait(2 * time.Minute)
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: 20 * time.Second, First: 1})
	s.wait(20 * time.Second)
	s.hear(2, &Ask{B: b2, From: 1})
	require.Equal(t, RefusedGrant, sent[*Nack](s.eff.SendAfterSync).Reason)
}

func TestGrant_IsNotToldBeforeARestartWouldRememberIt(t *testing.T) {
	s := newSolo(t, Restored{})
	for range 2 {
		s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1})
		require.Nil(t, sent[*HeartbeatReply](s.eff.Send))
		require.True(t, sent[*HeartbeatReply](s.eff.SendAfterSync).Granted)
		require.Equal(t, HardState{Promised: b1, LongestLease: testLease}, s.eff.State)
	}
	s.synced()
	s.hear(1, &Heartbeat{B: b1, Round: 2, Period: testLease, First: 1})
	require.True(t, sent[*HeartbeatReply](s.eff.Send).Granted, "later ones wait for no disk")
	s.hear(1, &Heartbeat{B: b1, Round: 3, Period: 2 * testLease, First: 1})
	require.Nil(t, sent[*HeartbeatReply](s.eff.Send), "a longer period is written first")
}

func TestQuarantine_HonoursTheOwnerOfTheDurablePromise(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, LongestLease: testLease}})
	s.hear(2, &Ask{B: b2, From: 1})
	require.Equal(t, RefusedQuarantine, sent[*Nack](s.eff.SendAfterSync).Reason)
	s.hear(2, &Prepare{B: b2, From: 1})
	require.Equal(t, RefusedQuarantine, sent[*Nack](s.eff.SendAfterSync).Reason)
	s.hear(1, &Ask{B: b3, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
	s.wait(testLease + 2*Drift(testLease))
	s.hear(2, &Ask{B: b2, From: 1})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
}

func TestLease_CountsFromTheRequestAndOfOneRound(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 1})
	s.synced()
	s.step(Applied{Through: 1})
	start := s.n.lse.rounds[1].sentAt
	s.wait(testLease / 5)
	h := sent[*Heartbeat](s.eff.Send)
	require.Equal(t, uint64(2), h.Round)
	s.hear(1, &HeartbeatReply{B: b, Round: 1, Granted: true, Promised: b})
	require.Equal(t, start.Add(testLease), s.n.LeaseEnd(), "round 1 left then, however late its answer")
	s.hear(1, &HeartbeatReply{B: b, Round: 2, Promised: b})
	require.Equal(t, start.Add(testLease), s.n.LeaseEnd(), "no grant, no lease")
}

func TestLease_NoReadsBeforeTheBarrierIsApplied(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).lead()
	b := s.n.Ballot()
	s.hear(1, &HeartbeatReply{B: b, Round: 1, Granted: true, Promised: b})
	s.synced()
	require.Zero(t, s.n.LeaseEnd())
	s.hear(1, &Accepted{B: b, Through: 1})
	require.Zero(t, s.n.LeaseEnd())
	s.step(Applied{Through: 1})
	require.Positive(t, s.n.LeaseEnd())
}

func TestHeartbeat_ResendsWhatThePeerLacks(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{LongestLease: testLease}}).lead()
	b := s.n.Ballot()
	s.wait(testLease / 5)
	round := sent[*Heartbeat](s.eff.Send).Round
	s.hear(2, &HeartbeatReply{B: b, Round: round, Promised: b})
	require.Equal(t, Instance(1), sent[*Accept](s.eff.Send).From)
	s.hear(2, &HeartbeatReply{B: b, Round: round, Promised: b, Last: 1})
	require.Nil(t, sent[*Accept](s.eff.Send))
}

func TestIdentity_FramesOfAnotherIncarnationAreAnsweredAndIgnored(t *testing.T) {
	s := newSolo(t, Restored{})
	wiped := Envelope{From: 1, To: 0, Cluster: s.g.Cluster, FromInc: Incarnation{99}, ToInc: Incarnation{1},
		Msg: &Prepare{B: b1, From: 1}}
	s.step(Deliver{wiped})
	require.True(t, s.n.Promised().IsZero())
	require.NotNil(t, sent[*Identity](s.eff.SendAfterSync))
	late := wiped
	late.FromInc, late.ToInc = Incarnation{2}, Incarnation{50}
	s.step(Deliver{late})
	require.True(t, s.n.Promised().IsZero())
	other := wiped
	other.FromInc, other.Cluster = Incarnation{2}, Incarnation{78}
	s.step(Deliver{other})
	require.True(t, s.n.Promised().IsZero())
}

func TestDamage_VotesForNothingAndServesNothingOfIt(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Commit: 9}, Unknown: []Unknown{{5, b1}}})
	s.hear(1, &Prepare{B: b1, From: 10})
	require.Equal(t, RefusedDamaged, sent[*Nack](s.eff.SendAfterSync).Reason)
	s.hear(1, &Accept{B: b1, First: 10, From: 10, Values: []Value{val("x")}})
	require.Empty(t, s.eff.Append)
	s.hear(1, &Fetch{From: 1, Through: 9})
	require.Equal(t, Instance(4), s.eff.Feed[0].Through)
	s.hear(1, &Fetch{From: 5, Through: 9})
	require.Empty(t, s.eff.Feed)
}

func TestPace_MoreInFlightWhenPeersAreFarAway(t *testing.T) {
	var near, far pace
	require.Equal(t, DefaultWindow, near.window())
	for range 50 {
		near.synced(400 * time.Microsecond)
		near.chosen(600 * time.Microsecond)
		far.synced(400 * time.Microsecond)
		far.chosen(5 * time.Millisecond)
	}
	require.Equal(t, DefaultWindow, near.window())
	require.Equal(t, MaxWindow, far.window())
}
