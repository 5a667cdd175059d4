package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A class that is switched off is not injected, whatever else goes on.
func TestWithoutSwitchesAClassOff(t *testing.T) {
	for _, f := range []Fault{FaultKillMaster, FaultMute, FaultLose, FaultDuplicate, FaultReorder, FaultStall, FaultRate, FaultOrder,
		FaultBurst, FaultLoseKind, FaultQueue, FaultReset, FaultCorrupt, FaultTruncate, FaultReplay} {
		with, off := uint64(0), uint64(0)
		for seed := uint64(1); seed <= 5 || with == 0 && seed <= 60; seed++ {
			opts, ok := Swarm(seed).Without(f)
			require.True(t, ok)
			with += RunWith(seed, Swarm(seed)).Faults[f]
			off += RunWith(seed, opts).Faults[f]
		}
		require.NotZero(t, with, "%v", f)
		require.Zero(t, off, "%v", f)
	}
	_, ok := Swarm(1).Without(FaultLate)
	require.False(t, ok)
}
