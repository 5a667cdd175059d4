package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Runs in which disks lose durable bytes all the time, within the budget and beyond:
// the cluster comes through, or refuses, and every class is met.
func TestDisksThatRot(t *testing.T) {
	var met FaultCounts
	for seed := uint64(1); seed <= 40; seed++ {
		o, err := ParseOptions(Calm(), "nodes=5,fault=1000000,rot=1000000,images=true,lease=200ms,leases=12,max-entries=16,freeze-entries=5,period=2,torn=300000,ops=40,"+
			"faults=power+flip+zeroed+unreadable+cut-short+file-lost+phantom+misdirected+swap,campaign="+campaigns[seed%2])
		require.NoError(t, err)
		r := RunWith(seed, o)
		require.Nil(t, r.Failure, "seed %d with %s", seed, o)
		met.Add(r.Faults)
	}
	for _, f := range []Fault{FaultFlip, FaultZeroed, FaultUnreadable, FaultCutShort, FaultFileLost, FaultPhantom, FaultMisdirected,
		FaultSwap, FaultOverdrawn, FaultRefused, FaultImage} {
		require.NotZero(t, met[f], "%v", f)
	}
}

// settled is a stage whose nodes have written something and are at rest.
func settled(t *testing.T) *stage {
	t.Helper()
	s := newStage(stageOptions(3))
	s.startAll()
	n := s.master(50)
	for range 6 {
		s.write(n, nil)
		s.wait(1)
	}
	s.wait(30)
	require.True(t, s.ok(), s.trouble)
	return s
}

// batches returns the newest segment of a node and its batches.
func batches(n *node) (path string, list []place) {
	segment := n.newestSegment()
	return segmentPath(segment), n.ledger.places[segment].list
}

// The budget knows what a wound does to its node.
func TestHarmOfAWound(t *testing.T) {
	s := settled(t)
	n := s.nodes[0]
	path, list := batches(n)
	mid, last := list[len(list)/2], list[len(list)-1]
	for name, c := range map[string]struct { // each on its own: order can't matter
		w    wound
		want harm
	}{
		"one copy of ID":         {wound{path: idPath, size: 1}, harm{}},
		"ID gone":                {wound{path: idPath, gone: true}, harm{gap: gapRepair}},
		"one copy of the header": {wound{path: path, off: 9, size: 1}, harm{}},
		"a batch in the middle":  {wound{path: path, off: mid.off + 9, size: 1}, harm{gap: gapRepair}},
		"the last batch":         {wound{path: path, off: last.off + 9, size: 1}, harm{hidden: true}},
		"the end":                {wound{path: path, off: mid.off, short: true}, harm{hidden: true}},
		"a page of the store":    {wound{path: storePath, off: 3 * pageSize, size: 1}, harm{gap: gapRepair}},
		"the word of the sync":   {wound{path: storePath, off: 2 * pageSize, size: 1}, harm{}},
	} {
		h := n.judge(&c.w)
		require.Equal(t, c.want.hidden, h.hidden, name)
		require.Equal(t, c.want.gap, h.gap, name)
	}
}

// One of three nodes may be lost, and not two; nor one whose entries nobody else has.
func TestBudgetOfThree(t *testing.T) {
	s := settled(t)
	none := func(core.Instance) bool { return false }
	require.True(t, s.budget.recoverable(s.nodes[0].self(), s.nodes[0], none))
	require.False(t, s.budget.recoverable(s.nodes[0].self()|s.nodes[1].self(), s.nodes[0], none))
	for _, n := range s.nodes[1:] {
		require.NoError(t, n.disk.Lose(segmentPath(n.newestSegment())))
	}
	require.False(t, s.budget.recoverable(s.nodes[0].self(), s.nodes[0], none), "only n0 has the log")
	require.True(t, s.budget.recoverable(0, s.nodes[0], none))
	require.False(t, s.budget.recoverable(0, s.nodes[0], func(i core.Instance) bool { return i == 2 }))
}

// Damage that isn't reported is found: K10 looks at what a start would make of it.
func TestK10FiresOnDamageThatIsSwallowed(t *testing.T) {
	s := settled(t)
	n := s.nodes[0]
	path, list := batches(n)
	mid, last := list[len(list)/2], list[len(list)-1]
	require.NoError(t, n.disk.Damage(path, mid.off+9, 1, func(b []byte) { b[0] ^= 1 }))
	n.hurt, n.ledger.hurt = true, true
	fires(t, n.recovers(), "K10", "would vote for nothing") // for no damage is known that would excuse it
	n.gap = gapRepair
	require.Nil(t, n.recovers())
	require.NoError(t, n.disk.CutShort(path, mid.off)) // as if the rest had been taken for a torn tail
	require.Less(t, mid.off, last.off)
	fires(t, n.recovers(), "K10", "")
}

// A node that damage made forget its promise must not vote.
func TestK3FiresOnAVoteOfOneThatForgot(t *testing.T) {
	x, ledgers, g := audit()
	ledgers[0].hurt = true
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g))
	require.Nil(t, x.sent(from(0, &core.AskYes{B: ballot(4, 2)})))
	require.Nil(t, ledgers[0].add(&batch{hard: promise(ballot(2, 1))}, g))
	fires(t, x.sent(from(0, &core.AskYes{B: ballot(4, 2)})), "K3", "forget")
	require.Nil(t, x.sent(from(0, &core.Nack{B: ballot(4, 2)})))
}

// Who refuses its disk names file and next step.
func TestSilentRefusals(t *testing.T) {
	require.Equal(t, "which file it is about", silent(disk.ErrIO))
	n := newStage(stageOptions(1)).nodes[0]
	n.gap = gapRepair
	fires(t, n.maySay(disk.ErrIO), "K17", "does not say which file")
	n.gap = noGap
	fires(t, n.maySay(disk.ErrIO), "K16", "stops by itself")
}

// fires wants a violation of a check that says something.
func fires(t *testing.T, v *violation, check, text string) {
	t.Helper()
	require.NotNil(t, v)
	require.Equal(t, check, v.check, v.text)
	require.Contains(t, v.text, text)
}
