package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSnapshot_AnOfferIsTakenUpByFollowersOnly(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &SnapshotOffer{Instance: 50, Commit: 60})
	require.Equal(t, []SnapshotSource{{From: 1, Instance: 50}}, s.eff.Install)

	m := newSolo(t, Restored{}).lead()
	m.hear(1, &SnapshotOffer{Instance: 50, Commit: 60})
	require.Empty(t, m.eff.Install, "what a master counts must be its own")
}

func TestSnapshot_AnOlderOneThanTheOwnStateIsIgnored(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Commit: 50}, Applied: 50})
	s.hear(1, &SnapshotOffer{Instance: 50, Commit: 60})
	require.Empty(t, s.eff.Install)
}

func TestSnapshot_WhileOneIsInstalledNothingIsFetchedAndNobodyStands(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Commit: 5}})
	s.step(Installing{On: true})
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, Commit: 90, Last: 90})
	require.Nil(t, sent[*Fetch](s.eff.Send))
	s.wait(time.Minute)
	s.wait(time.Minute)
	require.Equal(t, RoleFollower, s.n.Role())
	s.step(Installing{On: false})
	s.wait(time.Second)
	require.Equal(t, Instance(6), sent[*Fetch](s.eff.Send).From, "it goes on where it was")
}

// A node that was stopped for long takes the offer that waited and stands up, all in
// one Step; its host begins to install before anybody has answered.
func TestSnapshot_WhoStoodUpInTheStepOfTheOfferSitsDown(t *testing.T) {
	s := newSolo(t, Restored{})
	s.now = s.now.Add(time.Minute)
	s.hear(1, &SnapshotOffer{Instance: 50, Commit: 60})
	require.NotEmpty(t, s.eff.Install)
	require.Equal(t, RoleAsking, s.n.Role())
	s.step(Installing{On: true})
	require.Equal(t, RoleFollower, s.n.Role())
	s.wait(time.Minute)
	require.Equal(t, RoleFollower, s.n.Role())
	s.step(Installed{Through: 50})
	require.Equal(t, Instance(50), s.n.Commit())
}

func TestSnapshot_ALearnerAsksOnBehindIt(t *testing.T) {
	cfg, g := soloConfig(), soloGenesis()
	cfg.Incarnation = Incarnation{9} // no first voter's
	n, err := New(cfg, Restored{Genesis: g, Adopted: 0b111}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000, g: g}
	require.Equal(t, RoleLearner, n.Role())
	s.step(Installing{On: true})
	s.wait(time.Minute)
	require.Nil(t, sent[*Fetch](s.eff.Send))
	s.step(Installed{Through: 40})
	s.wait(time.Second)
	require.Equal(t, Instance(41), sent[*Fetch](s.eff.Send).From)
}

func TestSnapshot_PromisesAndGrantsGoOnMeanwhile(t *testing.T) {
	s := newSolo(t, Restored{})
	s.step(Installing{On: true})
	s.hear(1, &Prepare{B: b1, From: 1})
	require.NotNil(t, sent[*Promise](s.eff.SendAfterSync))
	s.synced()
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease})
	require.True(t, sent[*HeartbeatReply](append(s.eff.Send, s.eff.SendAfterSync...)).Granted)
}

func TestSnapshot_OwnEntriesAboveItStay(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 2},
		Entries: []Entry{{3, b1, val("c")}, {4, b1, val("d")}, {5, b1, val("e")}}})
	s.step(Installed{Through: 4})
	require.Equal(t, Instance(4), s.n.Commit())
	require.Equal(t, Instance(4), s.n.Applied())
	require.True(t, s.eff.Save, "the log learns the commit index")
	require.Equal(t, Instance(4), s.eff.State.Commit)
	s.hear(2, &Prepare{B: b2, From: 5})
	require.Equal(t, []Entry{{5, b1, val("e")}}, sent[*Promise](s.eff.SendAfterSync).Entries)
}

func TestSnapshot_WhatWasParkedBehindItIsAccepted(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1}})
	s.hear(1, &Accept{B: b1, First: 1, From: 9, Values: []Value{val("i")}})
	require.Zero(t, s.n.Last())
	s.step(Installed{Through: 8})
	require.Equal(t, Instance(9), s.n.Last())
}

func TestRebuild_VotesAndGrantsButNeitherStandsNorLeads(t *testing.T) {
	s := newSolo(t, Restored{HardState: HardState{Promised: b1, Commit: 9}, Applied: 9})
	s.step(Rebuild{})
	s.wait(time.Second)
	require.NotEmpty(t, s.eff.Install, "it asks for a snapshot by itself")
	for range 5 {
		s.wait(time.Minute)
		require.Equal(t, RoleFollower, s.n.Role())
	}
	s.hear(2, &Ask{B: b2, From: 10})
	require.NotNil(t, sent[*AskYes](s.eff.Send))
	s.step(Installed{Through: 7})
	require.Equal(t, Instance(7), s.n.Applied())
	require.Equal(t, Instance(9), s.n.Commit(), "what is chosen stays chosen")
	require.Equal(t, RoleAsking, s.n.Role(), "it may stand at once")
}

func TestRebuild_AMasterStepsDown(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.step(Rebuild{})
	require.Equal(t, RoleFollower, s.n.Role())
	require.Zero(t, s.n.LeaseEnd())
}

func TestSnapshotMessages_OfAnotherClusterDontReachTheHost(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &SnapshotFetch{Begin: true})
	require.Len(t, s.eff.Relay, 1)
	s.step(Deliver{Envelope{From: 1, To: 0, Cluster: Incarnation{78}, FromInc: Incarnation{2},
		ToInc: Incarnation{1}, Msg: &SnapshotFetch{Begin: true}}})
	require.Empty(t, s.eff.Relay)
}

func TestFreeze_IsProposedLikeAnyValue(t *testing.T) {
	s := newSolo(t, Restored{}).lead()
	s.step(Freeze{})
	require.Empty(t, s.eff.Append, "not before the barrier")
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 1})
	s.step(Freeze{})
	a := sent[*Accept](s.eff.Send)
	require.Len(t, a.Values, 1)
	require.Equal(t, KindCheckpoint, a.Values[0].Kind())
	updates, err := a.Values[0].Updates()
	require.NoError(t, err)
	require.Empty(t, updates)
}
