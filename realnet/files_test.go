package realnet

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// halt stops server i cleanly.
func (tr *trio) halt(i int) {
	tr.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(tr.t, tr.servers[i].Stop(ctx))
	require.NoError(tr.t, ctx.Err(), "it gave up waiting")
	tr.servers[i] = nil
}

func TestStop_LeavesNothingToReplay(t *testing.T) {
	tr := newTrio(t, 1, nil)
	tr.write(0, 300)
	tr.stop(0)
	tr.start(0)
	p := tr.servers[0].briefPage()
	require.Greater(t, p.ReplayedThrough, p.ReplayedFrom, "a kill leaves the log to replay")
	tr.converged(300)

	tr.halt(0)
	tr.start(0)
	p = tr.servers[0].briefPage()
	require.Equal(t, p.ReplayedThrough, p.ReplayedFrom)
	require.Equal(t, p.Commit, p.Store.Checkpoint)
	tr.converged(300)
}

// A stop that is cut short is as good as a kill.
func TestStop_EndsWhenItMust(t *testing.T) {
	tr := newTrio(t, 1, nil)
	tr.write(0, 10)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, tr.servers[0].Stop(ctx))
	tr.servers[0] = nil
	tr.start(0)
	tr.converged(10)
}

func TestCollapse_RemovesFilesOfTheLog(t *testing.T) {
	tr := newTrio(t, 1, func(_ int, c *Config) { c.SegmentEntries, c.RetentionBytes = 8, 1<<40 })
	for i := range 100 {
		tr.write(i, i+1) // an instance each
	}
	s := tr.servers[0]
	files := s.briefPage().Log.Files
	require.Greater(t, files, 3)
	p := connect(t, s.ClientAddrs()[0])
	p.say(wire.AppendCollapse(nil, 2))
	steps := p.hear(wire.OpCollapseTLogs).Count
	require.GreaterOrEqual(t, steps, int64(2+files-2))
	for range steps {
		_, failure, err := wire.ReadCollapseStep(p.r)
		require.NoError(t, err)
		require.Nil(t, failure)
	}
	p.say(wire.AppendCommand(nil, wire.OpWhoMaster))
	require.Equal(t, "n0", string(p.hear(wire.OpWhoMaster).Option.Bytes))
	eventually(t, "two files", func() bool { return s.briefPage().Log.Files <= 2 })
	tr.stop(0)
	tr.start(0)
	tr.converged(100)
}

func TestBackup_IsAStoreOfItsOwn(t *testing.T) {
	tr := newTrio(t, 3, nil)
	tr.write(0, 200)
	tr.converged(200)
	m := tr.master()
	slave := tr.servers[(m+1)%3]
	p := connect(t, slave.ClientAddrs()[0])
	p.say(wire.AppendCommand(nil, wire.OpGetDB)) // with what isn't in pages yet
	reply := p.hear(wire.OpGetDB)
	require.Nil(t, reply.Err)
	file := make([]byte, reply.Count)
	_, err := io.ReadFull(p.r, file)
	require.NoError(t, err)
	p.say(wire.AppendCommand(nil, wire.OpWhoMaster))
	require.True(t, p.hear(wire.OpWhoMaster).Option.Some, "the connection stays usable")

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "copy.db"), file, 0o600))
	d, err := osdisk.New(dir)
	require.NoError(t, err)
	report, err := tree.Check(d, "copy.db", nil)
	require.NoError(t, err)
	require.True(t, report.Clean(), "%v", report.Findings)
	page := slave.StatusPage(true)
	require.EqualValues(t, 200, report.Keys)
	require.Equal(t, page.ContentDigest, report.Sum.String())

	names, err := slave.storeDisk.List(".")
	require.NoError(t, err)
	for _, name := range names {
		require.NotContains(t, name, backupMark, "the copy is gone")
	}
}

func TestServer_KeepsLogArchiveAndStoreApart(t *testing.T) {
	dirs := [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
	tr := newTrio(t, 1, func(_ int, c *Config) {
		c.TLogDir, c.ArchiveDir, c.StoreDir = dirs[0], dirs[1], dirs[2]
		c.SegmentEntries, c.RetentionBytes = 8, 1<<40
	})
	leftover := filepath.Join(dirs[2], "n0.db"+backupMark+"7")
	p := connect(t, tr.servers[0].ClientAddrs()[0])
	for i := range 100 {
		tr.write(i, i+1)
		if i >= 98 { // what both checkpoints have may be compressed
			p.say(wire.AppendCommand(nil, wire.OpFlushStore))
			require.Nil(t, p.hear(wire.OpFlushStore).Err)
		}
	}
	glob := func(dir, pattern string) int {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		return len(found)
	}
	eventually(t, "compressed segments", func() bool { return glob(dirs[1], "*.tlx") > 0 })
	require.Zero(t, glob(dirs[0], "*.tlx"))
	require.Positive(t, glob(dirs[0], "*.tlog"))
	require.Equal(t, 1, glob(dirs[2], "n0.db"))

	other := tr.configs[0]
	other.TLogDir, other.ArchiveDir = t.TempDir(), ""
	other.PeerListener, other.ClientListener = localListener(t, "127.0.0.1:0"), localListener(t, "127.0.0.1:0")
	_, err := Start(other)
	require.ErrorIs(t, err, disk.ErrLocked, "the store is this process's")

	tr.stop(0)
	require.NoError(t, os.WriteFile(leftover, bytes.Repeat([]byte("x"), 100), 0o600))
	tr.start(0)
	tr.converged(100)
	require.NoFileExists(t, leftover)
}

// A witness votes, and neither leads nor shows data.
func TestWitness_VotesAndServesNothing(t *testing.T) {
	tr := newTrio(t, 3, func(_ int, c *Config) {
		c.Nodes = append([]Node(nil), c.Nodes...)
		c.Nodes[0].Witness = true
	})
	m := tr.master()
	require.NotZero(t, m, "the first in name order doesn't lead")
	tr.stop(3 - m) // of n1 and n2, the one that isn't master
	tr.write(0, 50)
	w := tr.servers[0]
	eventually(t, "the witness folds its log", func() bool { return w.briefPage().Applied > 0 })
	for _, c := range []struct {
		request []byte
		want    command.Code
	}{
		{dirty(command.Get{Key: "key000001"}), command.CodeNotSupported},
		{get("key000001"), command.CodeNotMaster},
		{wire.AppendCommand(nil, wire.OpGetDB), command.CodeNotSupported},
	} {
		p := connect(t, w.ClientAddrs()[0])
		p.say(c.request)
		require.Equal(t, c.want, p.hear(wire.OpGetDB).Err.Code)
	}
	tr.stop(m)
	require.False(t, w.status().Serving)
	require.True(t, w.briefPage().Witness)
}
