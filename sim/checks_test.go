package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func from(seat core.Seat, msg core.Message) *core.Envelope {
	return &core.Envelope{From: seat, To: (seat + 1) % 3, FromInc: core.Incarnation{byte(seat + 1)}, Msg: msg}
}

func audit() (*externalize, []*ledger, *ghost) {
	g := three()
	ledgers := testLedgers(g)
	return newExternalize(ledgers, g), ledgers, g
}

func TestK3FiresOnAPromiseThatIsNotDurable(t *testing.T) {
	x, ledgers, g := audit()
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 2))}, g))
	require.Nil(t, x.sent(from(0, &core.Promise{B: ballot(2, 2), From: 1})))
	require.Nil(t, x.sent(from(0, &core.Promise{B: ballot(1, 3), From: 1})), "a repeated answer to an older one")
	fires(t, x.sent(from(0, &core.Promise{B: ballot(2, 3), From: 1})), "K3", "its durable promise is 2.2")
	fires(t, x.sent(from(0, &core.Prepare{B: ballot(3, 1), From: 1})), "K3", "Prepare")
	fires(t, x.sent(from(0, &core.Accept{B: ballot(3, 1), From: 1})), "K3", "Accept")
	fires(t, x.sent(from(0, &core.Heartbeat{B: ballot(3, 1)})), "K3", "Heartbeat")
}

func TestK3FiresOnAPromiseThatKeepsAnEntryBack(t *testing.T) {
	x, ledgers, g := audit()
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(1, 1)),
		records: []core.Record{entry(1, ballot(1, 1), "a"), entry(2, ballot(1, 1), "b")}}, g))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g))
	whole := []core.Entry{{Instance: 1, Ballot: ballot(1, 1)}, {Instance: 2, Ballot: ballot(1, 1)}}
	require.Nil(t, x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: whole})))
	require.Nil(t, x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 2, Entries: whole[1:]})))
	fires(t, x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: whole[:1]})), "K3", "keeps back instance 2")
	fires(t, x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: whole[1:]})), "K3", "keeps back instance 1")
	older := []core.Entry{{Instance: 1, Ballot: ballot(0, 1)}, whole[1]}
	fires(t, x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: older})), "K3", "durable in ballot 1.1")
}

func TestK3FiresOnAVoteThatIsNotDurable(t *testing.T) {
	x, ledgers, g := audit()
	require.Nil(t, ledgers[1].add(&batch{hard: promise(ballot(2, 1)),
		records: []core.Record{entry(4, ballot(1, 1), "old"), entry(5, ballot(2, 1), "new")}}, g))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 1))}, g))
	require.Nil(t, x.sent(from(0, &core.Accept{B: ballot(2, 1), First: 5, From: 5})))
	require.Nil(t, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 5, Commit: 3})), "4 is below the ballot's first")
	fires(t, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 6, Commit: 3})), "K3", "instance 6")
	require.Nil(t, x.sent(from(0, &core.Accept{B: ballot(2, 1), First: 4, From: 4})))
	fires(t, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 5, Commit: 3})), "K3", "instance 4")
	ledgers[1].incarnation = core.Incarnation{50}
	fires(t, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 5, Commit: 4})), "K3", "no voter")
}

func TestK3FiresOnAGrantThatIsNotDurable(t *testing.T) {
	x, ledgers, g := audit()
	for _, l := range ledgers[:2] {
		require.Nil(t, l.add(&batch{hard: core.HardState{Promised: ballot(1, 1), LongestLease: time.Second}}, g))
	}
	require.Nil(t, x.sent(from(0, &core.Heartbeat{B: ballot(1, 1), Round: 7, Period: time.Second})))
	require.Nil(t, x.sent(from(0, &core.Heartbeat{B: ballot(1, 1), Round: 8, Period: 2 * time.Second})))
	require.Nil(t, x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: 7, Granted: true})))
	require.Nil(t, x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: 8})), "no grant, no claim")
	fires(t, x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: 8, Granted: true})), "K3", "longest grant on its disk is 1s")
	fires(t, x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: 9, Granted: true})), "K3", "nobody asked for")
	fires(t, x.sent(from(2, &core.HeartbeatReply{B: ballot(1, 1), Round: 7, Granted: true})), "K3", "durable promise")
}

func TestK3FiresOnAnIdentityThatIsNotDurable(t *testing.T) {
	x, ledgers, g := audit()
	told := &core.Identity{Genesis: testGenesis(), Adopted: 0b001}
	require.Nil(t, x.sent(from(0, told)))
	fires(t, x.sent(from(0, &core.Identity{Blank: true})), "K3", "blank")
	ledgers[0].founded = true
	require.Nil(t, x.sent(from(0, &core.Identity{Blank: true})), "it waited for the sync that made the genesis durable")
	fires(t, x.sent(from(1, &core.Identity{Genesis: testGenesis(), Adopted: 0b100})), "K3", "did not log")
	require.Nil(t, ledgers[1].add(&batch{records: []core.Record{{Kind: core.RecordAdopted, Bytes: []byte{5, 0, 0, 0, 0, 0, 0, 0}}}}, g))
	require.Nil(t, x.sent(from(1, &core.Identity{Genesis: testGenesis(), Adopted: 0b101})))
	ledgers[2].genesis = nil
	fires(t, x.sent(from(1, &core.Identity{Genesis: testGenesis(), Adopted: 0b101})), "K3", "n2 adopted")
	fires(t, x.sent(from(2, told)), "K3", "not durable")
	env := from(0, told)
	env.FromInc = core.Incarnation{99}
	fires(t, x.sent(env), "K3", "its disk")
}

func TestK7FiresOnACommitIndexThatIsNotChosen(t *testing.T) {
	g := three()
	c := newCommits(3, g)
	require.Nil(t, g.record(0, 1, ballot(1, 1), digestOf([]byte("a"))))
	require.Nil(t, g.record(1, 1, ballot(1, 1), digestOf([]byte("a"))))
	for _, msg := range []core.Message{
		&core.Promise{Commit: 2}, &core.Behind{Commit: 2}, &core.Nack{Commit: 2}, &core.Accept{Commit: 2}, &core.Accepted{Commit: 2},
		&core.Chosen{Commit: 2}, &core.Heartbeat{Commit: 2}, &core.HeartbeatReply{Commit: 2}, &core.Entries{Commit: 2},
	} {
		fires(t, c.sent(from(0, msg)), "K7", "only 1 is")
	}
	require.Nil(t, c.sent(from(0, &core.Chosen{Commit: 1})))
	good := core.Entry{Instance: 1, Ballot: ballot(1, 1), Value: core.Value("a")}
	require.Nil(t, c.sent(from(0, &core.Entries{Commit: 1, Entries: []core.Entry{good}})))
	bad := core.Entry{Instance: 1, Ballot: ballot(1, 1), Value: core.Value("b")}
	fires(t, c.sent(from(0, &core.Entries{Commit: 1, Entries: []core.Entry{bad}})), "K7", "hands out instance 1")
}

func TestK7FiresOnACommitIndexThatRegresses(t *testing.T) {
	g := three()
	c := newCommits(3, g)
	for i := core.Instance(1); i <= 2; i++ {
		require.Nil(t, g.record(0, i, ballot(1, 1), 1))
		require.Nil(t, g.record(1, i, ballot(1, 1), 1))
	}
	require.Nil(t, c.observed(0, 2))
	require.Nil(t, c.observed(1, 1))
	fires(t, c.observed(0, 1), "K7", "from 2 back to 1")
	c.restarted(0)
	require.Nil(t, c.observed(0, 1), "a new life may know less")
}

// chosenValues makes a ghost in which these values are chosen, from instance 1 on.
func chosenValues(t *testing.T, values ...core.Value) *ghost {
	t.Helper()
	g := three()
	for k, v := range values {
		for _, seat := range []core.Seat{0, 1} {
			i := core.Instance(k + 1)
			g.note(i, digestOf(v), v)
			require.Nil(t, g.record(seat, i, ballot(1, 1), digestOf(v)))
		}
	}
	return g
}

func set(key string) core.Value {
	return core.EncodeBatch([][]byte{command.Encode(command.Set{Key: key, Value: []byte(key)})})
}

func TestK8FiresOnAGapAndOnARepetition(t *testing.T) {
	a := newApplies(3, three())
	require.Nil(t, a.inOrder(0, 1))
	fires(t, a.inOrder(0, 3), "K8", "applied instance 3 after 1")
	require.Nil(t, a.inOrder(0, 4))
	fires(t, a.inOrder(0, 4), "K8", "applied instance 4 after 4")
	a.recovered(0, 1)
	require.Nil(t, a.inOrder(0, 2))
}

func TestK9FiresOnChainsThatDiffer(t *testing.T) {
	a := newApplies(3, three())
	require.Nil(t, a.isSame(0, 1, [32]byte{1}))
	require.Nil(t, a.isSame(1, 1, [32]byte{1}))
	fires(t, a.isSame(2, 1, [32]byte{2}), "K9", "instance 1")
}

func TestK7FiresOnApplyingWhatIsNotChosen(t *testing.T) {
	fires(t, newApplies(3, three()).isChosen(0, 1, set("a")), "K7", "applied instance 1")
}

func TestK7FiresOnApplyingAnotherValue(t *testing.T) {
	a := newApplies(3, chosenValues(t, set("a")))
	require.Nil(t, a.isChosen(0, 1, set("a")))
	fires(t, a.isChosen(0, 1, set("b")), "K7", "another value")
}

// A state that was found on a disk, or came with a snapshot, must be what the
// chosen values make of nothing.
func TestK9FiresOnARecoveredStateThatDiffers(t *testing.T) {
	g := chosenValues(t, set("a"), set("b"), set("c"))
	r := reference{ghost: g}
	state := func(values ...core.Value) *kvstore.View {
		s := kvstore.New(kvstore.Options{})
		for k, v := range values {
			_, err := s.Apply(core.Instance(k+1), v)
			require.NoError(t, err)
		}
		return s.View().(*kvstore.View)
	}
	require.Nil(t, r.matches("n0", state(set("a"), set("b"), set("c"))))
	require.Nil(t, r.matches("n0", state(set("a"))), "an earlier one")
	require.Nil(t, r.matches("n0", state()))
	fires(t, r.matches("n0", state(set("a"), set("x"))), "K9", "at instance 2")
	fires(t, r.matches("n0", state(set("a"), set("b"), set("c"), set("d"))), "K7", "only 3 is chosen")
}

func TestK12FiresOnTwoNodesThatWouldServe(t *testing.T) {
	var l leases
	require.Nil(t, l.look(0))
	require.Equal(t, core.NoSeat, l.holder)
	require.Nil(t, l.look(0b100))
	require.Equal(t, core.Seat(2), l.holder)
	fires(t, l.look(0b101), "K12", "n0 and n2")
}
