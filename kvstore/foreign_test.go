package kvstore

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Chunks and manifests whose checksums hold, as from a peer with a bug, are refused.
func TestChunk_EntriesThatCannotBeAreRefused(t *testing.T) {
	seal := func(count uint32, entries ...byte) []byte {
		b := append(make([]byte, chunkHeader), entries...)
		sealChunk(b, count)
		return b
	}
	all := func(string, []byte) error { return nil }
	require.NoError(t, eachEntry(seal(1, 1, 0, 0, 0, 1, 0, 0, 0, 'k', 'v'), all))
	for want, b := range map[string][]byte{ // every case stands alone
		"entry cut short":            seal(1, 1, 0, 0, 0),
		"2 bytes behind its entries": seal(0, 'x', 'y'),
	} {
		err := eachEntry(b, all)
		require.ErrorIs(t, err, errChunk)
		require.ErrorContains(t, err, want)
	}
	require.ErrorIs(t, eachEntry(seal(1, 2, 0, 0, 0, 255, 255, 255, 255, 'k', 'v'), all), errChunk)
}

func TestManifest_MetaThatCannotBeIsRefused(t *testing.T) {
	good := (&manifest{applied: 7, meta: meta{}}).encode()
	spoiled := func(at int, to byte) []byte {
		b := append([]byte(nil), good...)
		b[at] = to
		body := len(b) - 4
		binary.LittleEndian.PutUint32(b[body:], crc32.Checksum(b[:body], castagnoli))
		return b
	}
	for want, b := range map[string][]byte{ // every case stands alone
		"cut short": spoiled(manifestHeader-2, good[manifestHeader-2]+1),
		"version 0": spoiled(manifestHeader, 0),
		"flags 0x8": spoiled(manifestHeader+1, 0x80),
	} {
		_, err := decodeManifest(b)
		require.ErrorIs(t, err, errManifest)
		require.ErrorContains(t, err, want)
	}
}

// With a full disk only what stores nothing passes: it must be told apart exactly.
func TestGrows_IsWhatMayStoreSomething(t *testing.T) {
	none := command.Option{}
	for _, c := range []struct {
		u    command.Update
		want bool
	}{
		{set("a", "b"), true},
		{command.Confirm{Key: "a"}, true},
		{command.UserFunction{Name: "f"}, true},
		{command.TestAndSet{Key: "a", Wanted: some("b")}, true},
		{command.TestAndSet{Key: "a", Expected: some("b"), Wanted: none}, false},
		{command.Replace{Key: "a", Wanted: some("b")}, true},
		{command.Replace{Key: "a", Wanted: none}, false},
		{seq(del("a"), seq(set("a", "b"))), true},
		{seq(del("a"), command.DeletePrefix{Prefix: "b"}), false},
		{command.Nop{}, false},
	} {
		require.Equal(t, c.want, New(Options{}).Grows(command.Encode(c.u)), "%T %v", c.u, c.u)
	}
	require.False(t, New(Options{}).Grows([]byte{255}), "Admit refuses it")
}

// applyLarge sets n keys to values of which no slice writes more than a few.
func applyLarge(s *Store, n int) {
	for _, key := range numbered("k", n) {
		applyValue(s, core.EncodeBatch([][]byte{command.Encode(command.Set{Key: key, Value: make([]byte, 1<<20)})}))
	}
}

func TestProgress_NamesWhatRuns(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{FreezeEntries: 4, FreezeBytes: 1 << 30})
	what, _, _ := s.Progress()
	require.Empty(t, what)
	applyLarge(s, 4)
	require.Equal(t, 4, s.Stats().FrozenEntries)
	require.Positive(t, s.Stats().FrozenBytes)
	require.True(t, runSlice(s))
	what, done, total := s.Progress()
	require.Equal(t, "checkpoint", what)
	require.LessOrEqual(t, done, total)
	settle(s)
	what, _, _ = s.Progress()
	require.Empty(t, what)
	require.Zero(t, s.Stats().FrozenEntries)
	require.Equal(t, uint64(4), s.Stats().Keys)
}

// A store in memory has no file to need room for, and can be set aside as well.
func TestMemoryStore_CanBeSetAside(t *testing.T) {
	s := New(Options{})
	require.NoError(t, s.Bind(core.Incarnation{5}))
	applySets(s, "a", "b")
	require.Zero(t, s.Need())
	require.NoError(t, s.Reset("diverged"))
	require.Zero(t, s.Applied())
	require.Zero(t, view(s).KeyCount())
	applySets(s, "c")
	require.Equal(t, core.Instance(1), s.Applied())
	require.NoError(t, s.Close())
}

// A checkpoint under way ends with the file that it writes.
func TestReset_AbandonsARunningCheckpoint(t *testing.T) {
	d := disk.NewMem(0)
	s := onDisk(d, Options{FreezeEntries: 4, FreezeBytes: 1 << 30})
	applyLarge(s, 4)
	require.True(t, runSlice(s))
	require.NotNil(t, s.owner.running)
	require.NoError(t, s.Reset("diverged"))
	require.Nil(t, s.owner.running)
	require.Zero(t, s.Applied())
	applySets(s, numbered("n", 5)...)
	settle(s)
	require.NoError(t, view(s).Check())
	require.Equal(t, 5, view(s).KeyCount())
}

// Marks that nobody asks for don't pile up: the newest stay.
func TestMarks_TheNewestAreKept(t *testing.T) {
	s := New(Options{})
	for range maxMarks + 5 {
		s.applied++
		s.addMark()
	}
	require.Len(t, s.marks, maxMarks)
	require.Equal(t, core.Instance(6), s.marks[0].Instance)
	require.Equal(t, s.applied, s.marks[maxMarks-1].Instance)
}
