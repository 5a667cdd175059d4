//go:build planted

package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// Each scenario turns red with its planted bug.
func TestPlantedBugsTurnScenariosRed(t *testing.T) {
	defer core.Unplant()
	for _, sc := range Scenarios() {
		if sc.Bug == "" {
			continue
		}
		core.Unplant()
		require.NoError(t, core.Plant(sc.Bug))
		require.NotEmpty(t, sc.Play(nil).Trouble, "scenario %s is blind to %s", sc.Name, sc.Bug)
	}
}

// Random runs find what weakens a rule of safety.
func TestPlantedBugsAreFound(t *testing.T) {
	defer core.Unplant()
	for bug, checks := range map[string][]string{ // each on its own: order can't matter
		"promise-not-persisted": {"K3"},
		"vote-before-sync":      {"K3"},
		"commit-older-ballot":   {"K7", "K9", "K1"},
		"lease-from-ack":        {"K12"},
		"read-without-lease":    {"K12", "K13"},
	} {
		core.Unplant()
		require.NoError(t, core.Plant(bug))
		var r Result
		for seed := uint64(1); seed <= 3000 && r.Failure == nil; seed++ {
			r = Run(seed)
		}
		require.NotNil(t, r.Failure, bug)
		require.Contains(t, append(checks, "K19"), r.Failure.Check, "%s: %s", bug, r.Failure)
	}
}
