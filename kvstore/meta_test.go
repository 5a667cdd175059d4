package kvstore

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

var anyMeta = rapid.Custom(func(t *rapid.T) meta {
	m := meta{point: rapid.Bool().Draw(t, "point"), entries: rapid.Uint64().Draw(t, "entries"), bytes: rapid.Uint64().Draw(t, "bytes")}
	copy(m.incarnation[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "incarnation"))
	copy(m.chain[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "chain"))
	if rapid.Bool().Draw(t, "setting there") {
		m.setting = rapid.SliceOfN(rapid.Byte(), 0, core.MaxSettingBytes).Draw(t, "setting")
	}
	for range rapid.IntRange(0, keptMarks).Draw(t, "marks") {
		mark := core.Mark{Instance: core.Instance(rapid.Uint64().Draw(t, "instance")), Kind: core.MarkContent}
		copy(mark.Sum[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "sum"))
		m.marks = append(m.marks, mark)
	}
	return m
})

// TestMeta_RoundTrips also shows that the largest one fits.
func TestMeta_RoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMeta.Draw(t, "meta")
		b := m.encode()
		got, err := decodeMeta(b)
		require.NoError(t, err)
		require.Equal(t, m, got)
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		_, err = decodeMeta(b[:cut])
		require.ErrorIs(t, err, errMeta)
		man := manifest{applied: 7, keys: 3, sum: Digest{Hi: 1, Lo: 2}, meta: m}
		back, err := decodeManifest(man.encode())
		require.NoError(t, err)
		require.Equal(t, man, back)
	})
	largest := meta{setting: make([]byte, core.MaxSettingBytes), marks: make([]core.Mark, keptMarks)}
	require.LessOrEqual(t, len(largest.encode()), tree.MaxState)
}

// TestMeta_FormatIsFixed keeps stores of earlier builds readable.
func TestMeta_FormatIsFixed(t *testing.T) {
	m := meta{incarnation: core.Incarnation{0xaa}, point: true, chain: Chain{0xbb}, entries: 1, bytes: 2, setting: []byte("set"),
		marks: []core.Mark{{Instance: 3, Kind: core.MarkContent, Sum: [16]byte{0xcc}}}}
	zeros := func(n int) string { return string(make([]byte, n)) }
	require.Equal(t, "\x01\x03\xaa"+zeros(15)+"\xbb"+zeros(31)+"\x01"+zeros(7)+"\x02"+zeros(7)+"\x03\x00set\x01\x03"+zeros(7)+"\xcc"+zeros(15),
		string(m.encode()))
}

func FuzzDecodeMeta(f *testing.F) {
	m := meta{setting: []byte("x"), marks: make([]core.Mark, 2)}
	f.Add(m.encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decodeMeta(b); err == nil {
			require.Equal(t, b, m.encode())
		}
	})
}

// TestChunk_KeysAscend builds chunks whose keys don't.
func TestChunk_KeysAscend(t *testing.T) {
	for _, c := range []struct {
		keys []string
		last string
		some bool
		good bool
	}{
		{[]string{"", "a", "b"}, "", false, true},
		{[]string{"a", "a"}, "", false, false},
		{[]string{"b", "a"}, "", false, false},
		{[]string{"a", "b"}, "a", true, false},
		{[]string{"a", "b"}, "", true, true},
		{[]string{""}, "", true, false},
	} {
		chunk := make([]byte, chunkHeader)
		for _, k := range c.keys {
			chunk = appendEntry(chunk, []byte(k), []byte("v"))
		}
		sealChunk(chunk, uint32(len(c.keys)))
		require.Equal(t, c.good, checkChunk(chunk, c.last, c.some) == nil, "%+v", c)
	}
}

func FuzzChunk(f *testing.F) {
	chunk := appendEntry(appendEntry(make([]byte, chunkHeader), []byte("a"), []byte("1")), []byte("b"), nil)
	sealChunk(chunk, 2)
	f.Add(chunk)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= chunkHeader {
			sealChunk(b, uint32(b[0])) // else no input gets past the checksum
		}
		size := chunkHeader
		err := eachEntry(b, func(key string, value []byte) error {
			size += entryHeader + len(key) + len(value)
			return nil
		})
		if err == nil && size != len(b) {
			t.Fatalf("%d bytes of %d", size, len(b))
		}
	})
}
