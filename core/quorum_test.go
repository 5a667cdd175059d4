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

// Every layout of up to five voters over datacentres, and every waiver: a
// locality quorum meets every majority, it is what its definition says, and a
// waiver only ever adds quorums.
func TestQuorum_EveryLayoutOfDatacentresIntersectsElections(t *testing.T) {
	layouts := 0
	for size := 1; size <= 5; size++ {
		zoneOf := make([]int, size)
		for {
			checkLayout(t, zoneOf)
			layouts++
			k := 0
			for k < size && zoneOf[k] == size-1 {
				zoneOf[k] = 0
				k++
			}
			if k == size {
				break
			}
			zoneOf[k]++
		}
	}
	require.Equal(t, 1+4+27+256+3125, layouts)
}

func checkLayout(t *testing.T, zoneOf []int) {
	g := Genesis{Rule: RuleLocality}
	var voters SeatSet
	for k, zone := range zoneOf {
		g.Voters = append(g.Voters, Voter{Seat: Seat(k), Datacentre: string(rune('a' + zone))})
		voters = voters.With(Seat(k))
	}
	names := g.Datacentres()
	elect := Majority(voters)
	for waived := range 1 << len(names) {
		out := func(dc string) bool {
			for k, name := range names {
				if name == dc {
					return waived&(1<<k) != 0
				}
			}
			panic(dc)
		}
		q := g.updateQuorum(voters, out)
		if err := CheckIntersect(elect, q); err != nil {
			t.Fatalf("%v waived %b: %v", zoneOf, waived, err)
		}
		for votes := SeatSet(0); votes <= voters; votes++ {
			want := 2*votes.Len() > len(zoneOf)
			for _, dc := range names {
				there := false
				for k, v := range g.Voters {
					there = there || v.Datacentre == dc && votes.Has(Seat(k))
				}
				want = want && (there || out(dc))
			}
			if q.Met(votes) != want {
				t.Fatalf("%v waived %b: votes %v: %v", zoneOf, waived, votes, q.Met(votes))
			}
			if g.updateQuorum(voters, func(string) bool { return false }).Met(votes) && !q.Met(votes) {
				t.Fatalf("%v: waiving %b takes the quorum %v away", zoneOf, waived, votes)
			}
		}
	}
}
