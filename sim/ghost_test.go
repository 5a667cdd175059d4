package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// What the ghost counts, beside what its checks fire on (selftest_ghost.go).

func TestGhostCountsVotesOfOneBallot(t *testing.T) {
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

func TestGhostCountsASeatOnce(t *testing.T) {
	g := three()
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	require.Nil(t, g.record(0, 1, ballot(1, 1), 10))
	_, ok := g.chosen(1)
	require.False(t, ok)
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

// A directory that no genesis names can't vote, whatever its node says.
func TestGhostCountsNoVotesOfAnotherIncarnation(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	ledgers[1].incarnation = core.Incarnation{77}
	b := &batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}
	require.Nil(t, ledgers[0].add(b, g))
	require.Nil(t, ledgers[1].add(b, g))
	_, ok := g.chosen(1)
	require.False(t, ok)
}

// An open writes first the promise that it found and then, anew, what was accepted
// before it, which may never have been durable; what is accepted after it is judged.
func TestK2SparesWhatAnOpenFound(t *testing.T) {
	g := three()
	l := testLedgers(g)[0]
	header := &batch{segment: 4, header: true, carried: 9, hard: promise(ballot(2, 1)), incarnation: l.incarnation}
	require.Nil(t, l.add(header, g))
	found := &batch{segment: 4, number: 9, hard: promise(ballot(2, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}
	require.Nil(t, l.add(found, g))
	later := &batch{segment: 4, number: 10, hard: promise(ballot(2, 1)), records: []core.Record{entry(2, ballot(1, 1), "b")}}
	v := l.add(later, g)
	require.NotNil(t, v)
	require.Contains(t, v.String(), "K2 n0 accepted instance 2 in ballot 1.1 below its durable promise")
}

// What was stored as chosen below the promise is no vote, and a vote of a node
// outside some quorum of promises need not be known.
func TestProposalsLookForOneQuorumThatAllowsThem(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	p := newProposals(ledgers, g)
	require.Nil(t, ledgers[2].add(&batch{hard: promise(ballot(1, 3)), records: []core.Record{entry(1, ballot(1, 3), "c")}}, g))
	for _, l := range ledgers {
		require.Nil(t, l.add(&batch{hard: promise(ballot(2, 1))}, g))
	}
	require.Nil(t, p.sent(accept(0, ballot(2, 1), 1, "new")))
}
