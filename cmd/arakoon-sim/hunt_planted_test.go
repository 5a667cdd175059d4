//go:build planted

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A range over a map in the simulator's own loop makes runs that look well, each
// for itself. Only a second run of the same seed shows it.
func TestHuntFindsAMapRange(t *testing.T) {
	code, out, _ := call(t, "hunt", "--seeds", "20", "--from", "1", "--profile", "smoke", "--again", "1", "--plant", "map-range")
	require.Equal(t, exitDeterminism, code, out)
	require.Contains(t, out, "FAIL K18 ")
	require.Regexp(t, `^arakoon-sim replay --seed \d+ --plant map-range$`, lastLine(out))
}

func TestHuntFindsPlantedBugsInItsWorkers(t *testing.T) {
	code, out, _ := call(t, "hunt", "--seeds", "200", "--from", "1", "--profile", "smoke", "--plant", "vote-before-sync")
	require.Equal(t, exitSafety, code, out)
	require.Contains(t, out, "FAIL K3 ")
}
