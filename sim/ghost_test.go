package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// These tests show each check firing on a history made by hand, and staying quiet
// on the nearest good one.

func three() *ghost { return newGhost(core.Majority(0b111)) }

func ballot(round uint64, member core.MemberID) core.Ballot {
	return core.Ballot{Round: round, Member: member}
}

func fires(t *testing.T, v *violation, check, text string) {
	t.Helper()
	require.NotNil(t, v, "check %s is blind", check)
	require.Equal(t, check, v.check)
	require.Contains(t, v.text, text)
}

func TestK1FiresOnTwoChosenValues(t *testing.T) {
	g := three()
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	require.Nil(t, g.record(1, 1, ballot(1, 1), 10))
	require.Nil(t, g.record(1, 1, ballot(2, 2), 11))
	fires(t, g.record(2, 1, ballot(2, 2), 11), "K1", "instance 1")
}

func TestK1IsQuietWithoutAQuorumInOneBallot(t *testing.T) {
	g := three()
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	require.Nil(t, g.record(1, 1, ballot(2, 2), 11))
	require.Nil(t, g.record(2, 1, ballot(3, 3), 12))
	_, ok := g.chosen(1)
	require.False(t, ok, "three votes in three ballots choose nothing")
	require.Nil(t, g.record(0, 1, ballot(3, 3), 12))
	d, ok := g.chosen(1)
	require.True(t, ok)
	require.Equal(t, uint64(12), d)
	require.Nil(t, g.record(0, 1, ballot(4, 1), 12), "the same value again")
	require.Nil(t, g.record(1, 1, ballot(4, 1), 12))
}

func TestK1VotesOfTheSameSeatCountOnce(t *testing.T) {
	g := three()
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	_, ok := g.chosen(1)
	require.False(t, ok)
}

func TestK4FiresOnTwoValuesInOneBallot(t *testing.T) {
	g := three()
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	fires(t, g.record(1, 1, ballot(1, 1), 11), "K4", "ballot 1.1")
}

func TestGhostPrefixStopsAtTheFirstGap(t *testing.T) {
	g := three()
	for _, i := range []core.Instance{1, 3} {
		require.Nil(t, g.record(0, i, ballot(1, 1), 10))
		require.Nil(t, g.record(1, i, ballot(1, 1), 10))
	}
	require.Equal(t, core.Instance(1), g.prefix)
	require.Nil(t, g.record(0, 2, ballot(1, 1), 10))
	require.Nil(t, g.record(1, 2, ballot(1, 1), 10))
	require.Equal(t, core.Instance(3), g.prefix)
}

// testGenesis names the first voters by incarnations {1}, {2}, {3}.
func testGenesis() *core.Genesis {
	g := &core.Genesis{ClusterID: "sim", Cluster: core.Incarnation{9}, Alpha: 16}
	for i := range 3 {
		g.Voters = append(g.Voters, core.Voter{Name: nodeName(core.Seat(i)), Seat: core.Seat(i),
			Member: core.MemberID(i + 1), Incarnation: core.Incarnation{byte(i + 1)}})
	}
	return g
}

func testLedgers(g *ghost) []*ledger {
	var all []*ledger
	for i := range 3 {
		l := newLedger(core.Seat(i))
		l.incarnation = core.Incarnation{byte(i + 1)}
		genesis := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
		if v := l.add(&batch{records: []core.Record{genesis}}, g); v != nil {
			panic(v)
		}
		l.founded = false
		all = append(all, l)
	}
	return all
}

func entry(i core.Instance, b core.Ballot, value string) core.Record {
	return core.Record{Kind: core.RecordAccepted, Instance: i, Ballot: b, Bytes: []byte(value)}
}

func promise(b core.Ballot) core.HardState { return core.HardState{Promised: b} }

func TestK2FiresOnAPromiseThatDecreases(t *testing.T) {
	g := three()
	l := testLedgers(g)[0]
	require.Nil(t, l.add(&batch{hard: promise(ballot(2, 1))}, g))
	require.Nil(t, l.add(&batch{hard: promise(ballot(2, 1))}, g))
	fires(t, l.add(&batch{hard: promise(ballot(1, 3))}, g), "K2", "from 2.1 back to 1.3")
}

func TestK2FiresOnALongestLeaseThatDecreases(t *testing.T) {
	g := three()
	l := testLedgers(g)[0]
	require.Nil(t, l.add(&batch{hard: core.HardState{LongestLease: 2}}, g))
	fires(t, l.add(&batch{hard: core.HardState{LongestLease: 1}}, g), "K2", "longest lease")
}

func TestK2FiresOnAnEntryBelowThePromise(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 2))}, g))
	fires(t, ledgers[0].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(1, 1), "a")}}, g),
		"K2", "instance 1 in ballot 1.1 below")
}

// Catching up stores entries in the ballot in which they were chosen.
func TestK2AllowsChosenEntriesBelowThePromise(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	b := &batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}
	require.Nil(t, ledgers[1].add(b, g))
	require.Nil(t, ledgers[2].add(b, g))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 2))}, g))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(1, 1), "a")}}, g))
}

// A directory that no genesis names can't vote, whatever its node says.
func TestVotesOfAnotherIncarnationDontCount(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	ledgers[1].incarnation = core.Incarnation{77}
	b := &batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}
	require.Nil(t, ledgers[0].add(b, g))
	require.Nil(t, ledgers[1].add(b, g))
	_, ok := g.chosen(1)
	require.False(t, ok)
}

func TestK7FiresOnALoggedCommitIndexThatIsNotChosen(t *testing.T) {
	g := three()
	l := testLedgers(g)[0]
	fires(t, l.add(&batch{hard: core.HardState{Commit: 1}}, g), "K7", "commit index 1")
}

func TestK10FiresOnRecordsThatMakeNoSense(t *testing.T) {
	g := three()
	l := testLedgers(g)[0]
	fires(t, l.add(&batch{records: []core.Record{{Kind: 99}}}, g), "K10", "kind 99")
	fires(t, l.add(&batch{records: []core.Record{{Kind: core.RecordGenesis, Bytes: []byte("x")}}}, g), "K10", "genesis")
	fires(t, l.add(&batch{records: []core.Record{{Kind: core.RecordAdopted, Bytes: []byte("x")}}}, g), "K10", "adoption")
}

func TestK10FiresOnALogThatGivesBackSomethingElse(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	l := ledgers[0]
	b := &batch{hard: core.HardState{Promised: ballot(2, 1), LongestLease: 5},
		records: []core.Record{entry(1, ballot(1, 1), "a"), entry(1, ballot(2, 1), "b"), entry(2, ballot(2, 1), "c")}}
	require.Nil(t, l.add(b, g))
	good := func() *core.Restored {
		return &core.Restored{HardState: b.hard, Genesis: testGenesis(), Entries: []core.Entry{
			{Instance: 1, Ballot: ballot(2, 1), Value: core.Value("b")}, {Instance: 2, Ballot: ballot(2, 1), Value: core.Value("c")}}}
	}
	require.Nil(t, l.matches(good(), g))
	for what, spoil := range map[string]func(*core.Restored){ // each on its own: order can't matter
		"promise":       func(r *core.Restored) { r.Promised = ballot(1, 1) },
		"longest lease": func(r *core.Restored) { r.LongestLease = 0 },
		"beginning":     func(r *core.Restored) { r.Genesis = nil },
		"damage":        func(r *core.Restored) { r.Unknown = []core.Unknown{{Instance: 1}} },
		"instance 2":    func(r *core.Restored) { r.Entries = r.Entries[:1] },
		"instance 1": func(r *core.Restored) {
			r.Entries[0] = core.Entry{Instance: 1, Ballot: ballot(1, 1), Value: core.Value("a")}
		},
		"only 0 is":         func(r *core.Restored) { r.Commit = 1 },
		"is not durable":    func(r *core.Restored) { r.Entries = append(r.Entries, core.Entry{Instance: 3}) },
		"in ballot 2.1, wh": func(r *core.Restored) { r.Entries[1].Value = core.Value("x") },
	} {
		r := good()
		spoil(r)
		v := l.matches(r, g)
		require.NotNil(t, v, what)
		require.Contains(t, v.text, what)
	}
}
