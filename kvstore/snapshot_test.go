package kvstore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// source is a store that has applied a random history, with a checkpoint somewhere
// in it.
func source(t *testing.T, rng *rand.Rand) (s *Store, log []core.Value) {
	s = onDisk(disk.NewMem(0), Options{FreezeEntries: 12, FreezeBytes: 300})
	log = history(rng, 60)
	for _, v := range log {
		applyValue(s, slices.Clone(v))
		runSlice(s)
	}
	for s.Frozen() != 0 {
		runSlice(s)
	}
	return s, log
}

// transfer carries a snapshot over in small chunks.
func transfer(t *testing.T, from core.Export, to core.Import, chunkBytes int) {
	last, begin := to.After()
	for done := false; !done; {
		var chunk []byte
		var err error
		chunk, last, done, err = from.Read(last, begin, chunkBytes)
		require.NoError(t, err)
		begin = false
		require.NoError(t, to.Add(chunk))
		resume, first := to.After()
		require.Equal(t, string(last), string(resume))
		require.Equal(t, from.(*export).man.keys == 0, first)
	}
}

// TestSnapshot_GoesOnLikeItsSource installs a snapshot on a node that lags and holds
// other things, and applies the rest of the log there.
func TestSnapshot_GoesOnLikeItsSource(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 4))
			from, log := source(t, rng)
			miles, _ := undisturbed(t, log)
			d := disk.NewMem(0)
			to := onDisk(d, Options{FreezeEntries: 12, FreezeBytes: 300})
			for range 5 {
				applySets(to, numbered("other", rng.IntN(10))...)
			}
			old := view(to)
			export := from.Export()
			for from.Applied() < core.Instance(len(log)+20) { // the export must not care
				applySets(from, numbered("later", 9)...)
				settle(from)
			}
			in, err := to.Import(export.Manifest())
			require.NoError(t, err)
			require.Equal(t, export.Instance(), in.Instance())
			transfer(t, export, in, 1+rng.IntN(200))
			export.Close()
			require.NoError(t, in.Finish())
			if rng.IntN(2) == 0 { // it is what a restart finds
				d.PowerLoss(disk.LoseAll)
				to = onDisk(d, Options{FreezeEntries: 12, FreezeBytes: 300})
			} else {
				require.NoError(t, to.Adopt(in))
				require.Equal(t, 5, int(old.Applied()))
				require.NoError(t, old.Check())
			}
			require.True(t, to.Installed())
			require.Equal(t, export.Instance(), to.Applied())
			want := miles[to.Applied()-1]
			want.results = fmt.Sprint([]any(nil))
			require.Equal(t, want, milestoneOf(t, to, nil))
			for i := int(to.Applied()); i < len(log); i++ {
				results, err := to.Apply(core.Instance(i+1), slices.Clone(log[i]))
				require.NoError(t, err)
				require.Equal(t, miles[i], milestoneOf(t, to, results))
				runSlice(to)
			}
			settle(to)
			require.NoError(t, to.Bind(ownIncarnation))
		})
	}
}

// TestAdopt_ClosesTheOldFileWhenNobodyReadsIt counts the files that are kept open.
func TestAdopt_ClosesTheOldFileWhenNobodyReadsIt(t *testing.T) {
	from, _ := source(t, rand.New(rand.NewPCG(1, 4)))
	to := onDisk(disk.NewMem(0), Options{})
	applySets(to, numbered("a", 20)...)
	settle(to)
	old := view(to)
	in, err := to.Import(from.Export().Manifest())
	require.NoError(t, err)
	transfer(t, from.Export(), in, 1000)
	require.NoError(t, in.Finish())
	in.Abort() // changes nothing any more
	require.NoError(t, to.Adopt(in))
	settle(to)
	require.Len(t, to.owner.retired, 1)
	require.NoError(t, old.Check())
	old.Release()
	settle(to)
	require.Empty(t, to.owner.retired)
}

// TestImport_RefusesWhatIsWrong changes bytes, and leaves out chunks.
func TestImport_RefusesWhatIsWrong(t *testing.T) {
	from, _ := source(t, rand.New(rand.NewPCG(2, 4)))
	export := from.Export()
	manifest := export.Manifest()
	d := disk.NewMem(0)
	to := onDisk(d, Options{})
	for i := range manifest {
		bad := slices.Clone(manifest)
		bad[i] ^= 1 << (i % 8)
		_, err := to.Import(bad)
		require.ErrorIs(t, err, errManifest, "byte %d", i)
		_, err = to.Import(manifest[:i])
		require.ErrorIs(t, err, errManifest, "%d bytes", i)
	}
	_, err := New(Options{}).Import(manifest)
	require.ErrorIs(t, err, errMemory)

	in, err := to.Import(manifest)
	require.NoError(t, err)
	first, last, done, err := export.Read(nil, true, 60)
	require.NoError(t, err)
	require.False(t, done)
	second, _, _, err := export.Read(last, false, 60)
	require.NoError(t, err)
	for i := range first {
		bad := slices.Clone(first)
		bad[i] ^= 1 << (i % 8)
		require.ErrorIs(t, in.Add(bad), errChunk, "byte %d", i)
		require.ErrorIs(t, in.Add(first[:i]), errChunk, "%d bytes", i)
	}
	_, begin := in.After()
	require.True(t, begin, "nothing was taken in")
	require.NoError(t, in.Add(first))
	require.ErrorIs(t, in.Add(first), errChunk, "a chunk again")
	require.NoError(t, in.Add(second))
	require.Error(t, in.Finish(), "there is more to come")
	in.Abort()
	require.Panics(t, func() { _ = to.Adopt(in) })

	again, err := Open(Options{Disk: d, Path: "node.db"})
	require.NoError(t, err)
	require.Zero(t, again.Applied())
}

// TestExport_OfNothing carries an empty checkpoint over.
func TestExport_OfNothing(t *testing.T) {
	from, to := onDisk(disk.NewMem(0), Options{}), onDisk(disk.NewMem(0), Options{})
	require.Nil(t, New(Options{}).Export())
	export := from.Export()
	in, err := to.Import(export.Manifest())
	require.NoError(t, err)
	chunk, last, done, err := export.Read(nil, true, 100)
	require.NoError(t, err)
	require.True(t, done)
	require.Empty(t, last)
	require.NoError(t, in.Add(chunk))
	require.NoError(t, in.Finish())
	require.NoError(t, to.Adopt(in))
	require.Zero(t, view(to).KeyCount())
}

// TestExport_ChunksHaveAboutTheSize takes small and large values.
func TestExport_ChunksHaveAboutTheSize(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30})
	applySets(s, numbered("small", 300)...)
	applyValue(s, core.EncodeBatch(encodeSets([]string{string(make([]byte, 5000)), "z"})))
	require.True(t, s.Freeze())
	settle(s)
	export := s.Export()
	chunks, entries := 0, 0
	var last []byte
	for done := false; !done; chunks++ {
		var chunk []byte
		var err error
		chunk, last, done, err = export.Read(last, chunks == 0, 1000)
		require.NoError(t, err)
		n := 0
		require.NoError(t, eachEntry(chunk, func(string, []byte) error { n++; return nil }))
		require.True(t, len(chunk) <= 1000 || n == 1, "%d bytes, %d entries", len(chunk), n)
		entries += n
	}
	require.Equal(t, 302, entries)
	require.Less(t, chunks, 40)
}
