package treetest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPowerLossAtEveryOperation(t *testing.T) {
	var all Result
	for seed := range uint64(6) {
		res, err := Run(seed)
		require.NoError(t, err)
		all.Add(res)
	}
	t.Log(all)
	require.NotZero(t, all.Again)
	require.NotZero(t, all.Syncs)
}
