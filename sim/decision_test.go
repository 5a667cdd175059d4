package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func TestDecisionTextRoundTrips(t *testing.T) {
	for k := DecisionKind(1); k < decisionEnd; k++ {
		d := Decision{Identity{Kind: k, A: 1, B: 2, Msg: core.KindAccept, N: 77, M: 3}, 5, 0}
		got, err := ParseDecision(d.String())
		require.NoError(t, err)
		require.Equal(t, d, got)
	}
	for _, bad := range []string{"", "lose 1 2", "nonsense 1 2 3 4 5 = 6", "lose a 2 3 4 5 = 6", "lose 1 2 3 4 5 = -1"} {
		_, err := ParseDecision(bad)
		require.Error(t, err, bad)
	}
}

// A decision depends on the seed and on its identity, on nothing that was asked
// before it: so a new fault reshuffles none of the old ones.
func TestChoiceDependsOnIdentityAlone(t *testing.T) {
	a, b := NewRandom(7), NewRandom(7)
	other := NewRandom(8)
	differ := 0
	for n := range uint32(1000) {
		id := Identity{Kind: DecideDelay, A: 1, B: 2, Msg: core.KindAccept, N: n}
		want := a.Choose(id, Always(63))
		b.Choose(Identity{Kind: DecideLose, N: n}, Always(5))
		require.Equal(t, want, b.Choose(id, Always(63)))
		if other.Choose(id, Always(63)) != want {
			differ++
		}
	}
	require.Greater(t, differ, 900)
}

func TestOddsHold(t *testing.T) {
	r := NewRandom(1)
	counts := map[int]int{}
	for n := range uint32(100_000) {
		counts[r.Choose(Identity{Kind: DecideLose, N: n}, Odds{PPM: 200_000, Ways: 4})]++
	}
	require.InDelta(t, 80_000, counts[0], 1_000)
	for c := 1; c <= 4; c++ {
		require.InDelta(t, 5_000, counts[c], 400)
	}
	require.Len(t, counts, 5)
	require.Zero(t, r.Choose(Identity{Kind: DecideLose}, Odds{PPM: 0, Ways: 4}))
}

// Identities that differ in one field get choices that have nothing to do with
// each other.
func TestIdentityFieldsAllCount(t *testing.T) {
	r := NewRandom(3)
	base := Identity{Kind: DecideDelay, A: 1, B: 1, Msg: 1, N: 1, M: 1}
	variants := []func(*Identity, uint32){
		func(id *Identity, n uint32) { id.A = uint8(n) },
		func(id *Identity, n uint32) { id.B = uint8(n) },
		func(id *Identity, n uint32) { id.Msg = core.MessageKind(n) },
		func(id *Identity, n uint32) { id.N = n },
		func(id *Identity, n uint32) { id.M = n },
	}
	for which, vary := range variants {
		seen := map[int]bool{}
		for n := range uint32(200) {
			id := base
			vary(&id, n)
			seen[r.Choose(id, Always(1_000_000))] = true
		}
		require.Greater(t, len(seen), 195, "field %d", which)
	}
}

func TestScheduleReplaysWhatWasRecorded(t *testing.T) {
	rec := recorder{next: NewRandom(5)}
	var want []int
	for n := range uint32(500) {
		want = append(want, rec.choose(Identity{Kind: DecideLose, N: n}, Odds{PPM: 300_000, Ways: 3}, 0))
	}
	s := NewSchedule(rec.log)
	for n := range uint32(500) {
		require.Equal(t, want[n], s.Choose(Identity{Kind: DecideLose, N: n}, Odds{PPM: 1, Ways: 3}))
	}
	require.Zero(t, s.Choose(Identity{Kind: DecideLose, N: 9999}, Always(3)), "what is not in a schedule is mild")
}

func TestNamedStreamsAreIndependent(t *testing.T) {
	require.Equal(t, NamedStream(1, "a").Next(), NamedStream(1, "a").Next())
	require.NotEqual(t, NamedStream(1, "a").Next(), NamedStream(1, "b").Next())
	require.NotEqual(t, NamedStream(1, "a").Next(), NamedStream(2, "a").Next())
}
