package tlog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJudgeOverAllInputs spells the table out, with its empty cells.
func TestJudgeOverAllInputs(t *testing.T) {
	const y, n = true, false
	want := []struct {
		head, bodies, synced, named bool
		verdict
	}{
		{n, n, n, n, cut},
		{n, n, n, y, impossible}, // what names it shows that it was synced
		{n, n, y, n, lost},
		{n, n, y, y, damaged},
		{n, y, n, n, impossible}, // bodies without a header are never asked about
		{n, y, n, y, impossible},
		{n, y, y, n, impossible},
		{n, y, y, y, impossible},
		{y, n, n, n, cut},
		{y, n, n, y, impossible},
		{y, n, y, n, damaged},
		{y, n, y, y, damaged},
		{y, y, n, n, keep},
		{y, y, n, y, impossible},
		{y, y, y, n, keep},
		{y, y, y, y, keep},
	}
	require.Len(t, want, 16)
	seen := map[evidence]bool{}
	for _, c := range want {
		e := evidence{c.head, c.bodies, c.synced, c.named}
		require.False(t, seen[e])
		seen[e] = true
		require.Equal(t, c.verdict.String(), judge(e).String(), "%+v", e)
	}
}
