package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Runs in which disks lie about syncs all the time: the cluster comes through, and
// every way of lying is met.
func TestDisksThatFailToSync(t *testing.T) {
	var met FaultCounts
	for seed := uint64(1); seed <= 80; seed++ {
		o, err := ParseOptions(Swarm(seed), "fault=700000,faults=sync-error+crash+power,eaten=1000000,evict=1000000,power=500000,lost=500000")
		require.NoError(t, err)
		r := RunWith(seed, o)
		require.Nil(t, r.Failure, "seed %d with %s", seed, o)
		met.Add(r.Faults)
	}
	for _, f := range []Fault{FaultSyncFails, FaultSyncKeeps, FaultSyncReverts, FaultSyncLate, FaultSyncAlarm, FaultEaten, FaultEvict} {
		require.NotZero(t, met[f], "%v", f)
	}
}

func TestRolesPrintAndParse(t *testing.T) {
	o, err := ParseOptions(Calm(), "nodes=5,witnesses=n1,learners=n4,preferred=n0+n2,masters=none,datacentres=2,rule=locality")
	require.NoError(t, err)
	require.EqualValues(t, 0b00101, o.Preferred)
	again, err := ParseOptions(Options{}, o.String())
	require.NoError(t, err)
	require.Equal(t, o, again)
	for _, bad := range []string{"witnesses=n7", "witnesses=", "witnesses=x", "rule=all", "datacentres=9"} {
		_, err := ParseOptions(Calm(), bad)
		require.Error(t, err, bad)
	}
}
