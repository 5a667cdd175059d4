package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A sample of the sweep; "arakoon-sim power" runs all of it.
func TestPowerLossLosesNothing(t *testing.T) {
	all := Boundaries()
	require.Greater(t, len(all), 150)
	var total PowerReport
	for i := 7; i < len(all); i += 173 {
		total.Add(Power(all[i], false))
	}
	require.Empty(t, total.Failures)
	require.Zero(t, total.Lost)
	require.Zero(t, total.Stuck)
	require.Greater(t, total.Images, 50)
}
