package replica

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A snapshot is in place and the log is to begin above it, when the log's sync under
// way fails: the process ends with that error, and begins nothing more.
func TestReplica_AFailedSyncStartsNoInstallOfTheLog(t *testing.T) {
	b := newBench(t, 1)
	m := b.elect()
	b.hold[m] = true
	b.nodes[m].Submit(b.now, Request{Update: []byte("v"), Tag: "tag"})
	b.until("a sync", func() bool { return len(b.jobs[m]) > 0 })
	b.nodes[m].inst.logBase = 1
	b.disks[m].FailSync(1)
	for _, j := range b.jobs[m] {
		j.Run()
		b.nodes[m].Finish(b.now, j)
	}
	out := b.nodes[m].Flush(b.now)
	require.ErrorContains(t, out.Fatal, "could not be made durable")
	require.Empty(t, out.Jobs)
}
