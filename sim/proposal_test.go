package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func accept(seat core.Seat, b core.Ballot, i core.Instance, value string) *core.Envelope {
	return from(seat, &core.Accept{B: b, First: i, From: i, Values: []core.Value{core.Value(value)}})
}

func TestK5FiresOnAValueThatIsNotTheHighestVote(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	p := newProposals(ledgers, g)
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}, g))
	require.Nil(t, ledgers[1].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(2, 2), "b")}}, g))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g))
	require.Nil(t, ledgers[1].add(&batch{hard: promise(ballot(3, 1))}, g))
	require.Nil(t, p.sent(accept(0, ballot(3, 1), 1, "b")))
	fires(t, p.sent(accept(0, ballot(3, 1), 1, "a")), "K4", "two values")
	p = newProposals(ledgers, g)
	fires(t, p.sent(accept(0, ballot(3, 1), 1, "a")), "K5", "instance 1")
	require.Nil(t, p.sent(accept(0, ballot(3, 1), 2, "new")), "nothing was voted for at 2")
}

func TestK5FiresWithoutAQuorumOfPromises(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	p := newProposals(ledgers, g)
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(1, 1))}, g))
	fires(t, p.sent(accept(0, ballot(1, 1), 1, "a")), "K5", "no quorum of promises")
	p = newProposals(ledgers, g)
	require.Nil(t, ledgers[2].add(&batch{hard: promise(ballot(1, 1))}, g))
	require.Nil(t, p.sent(accept(0, ballot(1, 1), 1, "a")))
}

// What was stored as chosen below the promise is no vote, and a vote of a node
// outside some quorum of promises need not be known.
func TestK5LooksForOneQuorumThatAllowsIt(t *testing.T) {
	g := three()
	ledgers := testLedgers(g)
	p := newProposals(ledgers, g)
	require.Nil(t, ledgers[2].add(&batch{hard: promise(ballot(1, 3)), records: []core.Record{entry(1, ballot(1, 3), "c")}}, g))
	for _, l := range ledgers {
		require.Nil(t, l.add(&batch{hard: promise(ballot(2, 1))}, g))
	}
	require.Nil(t, p.sent(accept(0, ballot(2, 1), 1, "new")))
}
