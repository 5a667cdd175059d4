package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuorum_Majority(t *testing.T) {
	for voters, needs := range map[SeatSet]int{0b1: 1, 0b11: 2, 0b111: 2, 0b1111: 3, 0b11111: 3} {
		q := Majority(voters)
		for votes := SeatSet(0); votes < 64; votes++ {
			require.Equal(t, (votes&voters).Len() >= needs, q.Met(votes), "%v of %v", votes, voters)
		}
	}
}

func TestQuorum_LocalityWantsEveryZone(t *testing.T) {
	q := Locality(0b1111, []SeatSet{0b0011, 0b1100})
	require.False(t, q.Met(0b0011))
	require.True(t, q.Met(0b0111))
	require.False(t, Locality(0b111, []SeatSet{0b011, 0b100}).Met(0b011))
}

func TestCheckIntersect(t *testing.T) {
	three := Majority(0b111)
	require.NoError(t, CheckIntersect(three, three))
	require.NoError(t, CheckIntersect(three, Locality(0b111, []SeatSet{0b011, 0b100})))
	require.NoError(t, CheckIntersect(Majority(0b11), Majority(0b11)))
	// One voter of five elects, a majority accepts: they may miss each other.
	require.ErrorContains(t, CheckIntersect(Majority(0b1), Majority(0b11110)), "do not intersect")
	require.ErrorContains(t, CheckIntersect(Locality(0b111, []SeatSet{0}), three), "no set of voters")
	require.Error(t, CheckIntersect(Majority(1<<20-1), three))
}
