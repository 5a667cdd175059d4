package disk

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// An image and its copies are byte slices that were copied whole, whoever writes.
func TestImagesThatShareChunksAreAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			image
			plain []byte
		}
		all := []*pair{{}}
		place := rapid.OneOf(rapid.Int64Range(0, 3*chunkBytes), rapid.SampledFrom([]int64{0, chunkBytes, 2 * chunkBytes}))
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				p := rapid.SampledFrom(all).Draw(t, "image")
				off, n := place.Draw(t, "off"), place.Draw(t, "n")
				b := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, int(n))
				p.writeAt(b, off)
				p.plain = append(p.plain, make([]byte, max(0, off+n-int64(len(p.plain))))...)
				copy(p.plain[off:], b)
			},
			"resize": func(t *rapid.T) {
				p := rapid.SampledFrom(all).Draw(t, "image")
				size := place.Draw(t, "size")
				p.resize(size)
				p.plain = append(bytes.Clone(p.plain[:min(int(size), len(p.plain))]), make([]byte, max(0, size-int64(len(p.plain))))...)
			},
			"share": func(t *rapid.T) {
				p := rapid.SampledFrom(all).Draw(t, "image")
				all = append(all, &pair{p.share(), bytes.Clone(p.plain)})
			},
			"": func(t *rapid.T) {
				for _, p := range all {
					require.Equal(t, int64(len(p.plain)), p.size)
					got := make([]byte, len(p.plain)+1)
					require.Equal(t, len(p.plain), p.readAt(got, 0))
					require.True(t, bytes.Equal(p.plain, got[:len(p.plain)]))
					for _, q := range all {
						require.True(t, p.tagged() != q.tagged() || bytes.Equal(p.plain, q.plain), "the same tag, and other bytes")
					}
				}
			},
		})
	})
}

func TestVersionsOfAFile(t *testing.T) {
	m := NewMem(0)
	require.True(t, (Version{}) == m.Version("a"))
	f, err := m.Create("a")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("old"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, m.SyncDir("."))
	synced := m.Version("a")
	require.True(t, (Version{}) != synced)
	require.True(t, synced == m.Clone().Version("a"))

	one, two := m.Clone(), m.Clone()
	one.PowerLoss(LoseAll)
	two.PowerLoss(LoseAll)
	require.True(t, one.Version("a") == two.Version("a"), "what is durable has not changed")

	_, err = f.WriteAt([]byte("new"), 0)
	require.NoError(t, err)
	require.True(t, synced != m.Version("a"))
	one = m.Clone()
	one.PowerLoss(LoseAll)
	require.True(t, two.Version("a") == one.Version("a"), "nor has it now")
	require.NoError(t, f.Sync())
	one = m.Clone()
	one.PowerLoss(LoseAll)
	require.True(t, two.Version("a") != one.Version("a"))
	require.NoError(t, m.Flip("a", 1, 1))
	require.True(t, one.Version("a") != m.Version("a"))
	require.NoError(t, f.Truncate(2))
	require.True(t, m.Version("a") != m.Clone().Version("b"))
}

func TestZerosTakeNoMemory(t *testing.T) {
	var g image
	g.writeAt(make([]byte, 64*chunkBytes), 0)
	for _, c := range g.chunks {
		require.Nil(t, c)
	}
}
