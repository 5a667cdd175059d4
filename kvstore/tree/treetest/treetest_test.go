package treetest_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/tree/treetest"
)

var (
	histories = flag.Int("histories", 16, "random histories of checkpoints to break")
	first     = flag.Uint64("first", 0, "seed of the first one")
)

// TestPowerLossAtEveryOperation runs a few histories; -histories runs as many as one
// likes.
func TestPowerLossAtEveryOperation(t *testing.T) {
	var all treetest.Result
	for seed := *first; seed < *first+uint64(*histories); seed++ {
		r, err := treetest.Run(seed, treetest.Options{})
		require.NoError(t, err)
		all.Add(r)
	}
	t.Log(all)
	require.NotZero(t, all.Twice)
	require.NotZero(t, all.FailedSyncs)
	require.NotZero(t, all.Full)
	require.NotZero(t, all.Older)
	require.NotZero(t, all.Cuts)
}
