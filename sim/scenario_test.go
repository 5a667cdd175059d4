package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScenarios(t *testing.T) {
	for _, sc := range Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			p := sc.Play(nil)
			require.Empty(t, p.Trouble)
			require.NotEmpty(t, p.Figures)
		})
	}
}

// Negative control: with clocks that err by more than is declared, two nodes do
// both serve, and check K12 sees it. Without that it would be blind.
func TestLeaseCheckFiresBeyondTheDeclaredDrift(t *testing.T) {
	fired := false
	for seed := uint64(1); seed <= 400 && !fired; seed++ {
		o, err := ParseOptions(Swarm(seed), "nodes=3,rate=150000,adverse=true,delay=local,faults=isolate-master,fault=600000,lose=0,uneven=false")
		require.NoError(t, err)
		w := New(seed, o, NewRandom(seed))
		w.GoOn() // K19 may be the first to see it
		fired = w.Run().Fired("K12")
	}
	require.True(t, fired)
}
