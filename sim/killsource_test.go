package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// The source of a snapshot dies once, inside it.
func TestSourceOfASnapshotDiesWithMoreToCome(t *testing.T) {
	w := newWorld(1, stageOptions(3), Schedule(nil))
	w.startAll()
	w.runUntil(int64(w.opts.Lease))
	n := w.nodes[1]
	more, last := &core.SnapshotChunk{Instance: 5}, &core.SnapshotChunk{Instance: 5, Done: true}

	w.nemesis.sees(n, more)
	w.runUntil(w.now + 1)
	require.True(t, n.up, "nothing was to die")

	killSource(w, nil, 0)
	w.nemesis.sees(n, last)
	w.nemesis.sees(n, &core.Fetch{})
	w.runUntil(w.now + 1)
	require.True(t, n.up, "nothing more was to come")

	w.nemesis.sees(n, more)
	w.nemesis.sees(w.nodes[2], more)
	w.runUntil(w.now + 1)
	require.False(t, n.up)
	require.True(t, w.nodes[2].up, "one source dies")
	require.EqualValues(t, 1, w.counts[FaultKillSource])
}
