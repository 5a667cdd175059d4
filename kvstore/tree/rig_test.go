package tree

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// changes are edits and cleared ranges, as a store would hand them over.
type changes struct {
	cleared []Range
	edits   []Edit
}

func (c *changes) Cleared() []Range { return c.cleared }
func (c *changes) Len() int         { return len(c.edits) }
func (c *changes) Edits() Edits     { return &editList{c.edits} }

type editList struct{ left []Edit }

func (l *editList) Next() (Edit, bool) {
	if len(l.left) == 0 {
		return Edit{}, false
	}
	e := l.left[0]
	l.left = l.left[1:]
	return e, true
}

// model is what a tree must hold.
type model map[string]string

func (m model) apply(c *changes) model {
	out := maps.Clone(m)
	for k := range out {
		for _, r := range c.cleared {
			if k >= r.Lo && r.Hi.above(k) {
				delete(out, k)
			}
		}
	}
	for _, e := range c.edits {
		if delete(out, e.Key); !e.Deleted {
			out[e.Key] = string(e.Value)
		}
	}
	return out
}

func (m model) sum() (d Digest) {
	for k, v := range m {
		e, _ := EntryDigest(nil, k, []byte(v))
		d = d.Add(e)
	}
	return d
}

// shape says what random changes look like.
type shape struct {
	keys, edits   int
	long, large   int // per mille
	clear, delete int
}

func randomKey(rng *rand.Rand, s shape) string {
	k := fmt.Sprintf("key%06d", rng.IntN(s.keys))
	if rng.IntN(1000) < s.long {
		k = strings.Repeat("p", 300*(1+rng.IntN(5))) + k
	}
	return k
}

func randomChanges(rng *rand.Rand, s shape) *changes {
	c := &changes{}
	for rng.IntN(1000) < s.clear {
		lo, hi := randomKey(rng, s), randomKey(rng, s)
		if lo > hi {
			lo, hi = hi, lo
		}
		if n := len(c.cleared); n > 0 && (!c.cleared[n-1].Hi.Some || c.cleared[n-1].Hi.Key > lo) {
			break
		}
		r := Range{Lo: lo, Hi: Below(hi)}
		if rng.IntN(20) == 0 {
			r.Hi = Bound{}
		}
		if rng.IntN(20) == 0 && len(c.cleared) == 0 {
			r.Lo = ""
		}
		c.cleared = append(c.cleared, r)
	}
	edits := map[string]Edit{}
	for range rng.IntN(s.edits + 1) {
		e := Edit{Key: randomKey(rng, s), Deleted: rng.IntN(1000) < s.delete}
		if !e.Deleted {
			n := rng.IntN(200)
			if rng.IntN(1000) < s.large {
				n = rng.IntN(600_000)
			}
			e.Value = []byte(strings.Repeat(string(rune('a'+rng.IntN(26))), n))
		}
		edits[e.Key] = e
	}
	for _, k := range slices.Sorted(maps.Keys(edits)) {
		c.edits = append(c.edits, edits[k])
	}
	return c
}

// finish runs a checkpoint to its end.
func finish(t *Tree, c *Checkpoint) error {
	for !c.Done() {
		if err := c.Run(); err != nil {
			break
		}
	}
	return t.Finish(c)
}

// agrees compares a root with the model, in all ways of reading.
func agrees(t *testing.T, r *Root, m model, rng *rand.Rand) {
	t.Helper()
	require.EqualValues(t, len(m), r.Keys())
	require.Equal(t, m.sum(), r.Sum())
	keys := slices.Sorted(maps.Keys(m))
	c := r.Cursor()
	k := 0
	for ok := c.First(); ok; ok = c.Next() {
		require.Equal(t, keys[k], string(c.Key()))
		require.Equal(t, len(m[keys[k]]), c.ValueLen())
		require.True(t, m[keys[k]] == string(c.Value()), "value of %q", keys[k])
		k++
	}
	require.NoError(t, c.Err())
	require.Equal(t, len(keys), k)
	for ok := c.Last(); ok; ok = c.Prev() {
		k--
		require.Equal(t, keys[k], string(c.Key()))
	}
	require.Zero(t, k)
	for range 10 {
		probe := fmt.Sprintf("key%06d", rng.IntN(2000))
		at, found := slices.BinarySearch(keys, probe)
		v, ok, err := r.Get(probe)
		require.NoError(t, err)
		require.Equal(t, found, ok)
		require.Equal(t, m[probe], string(v))
		require.Equal(t, at < len(keys), c.SeekGE(probe))
		if at < len(keys) {
			require.Equal(t, keys[at], string(c.Key()))
		}
		require.Equal(t, at > 0, c.SeekLT(probe))
		if at > 0 {
			require.Equal(t, keys[at-1], string(c.Key()))
		}
		end := fmt.Sprintf("key%06d", rng.IntN(2000))
		to, _ := slices.BinarySearch(keys, end)
		n, err := r.Count(probe, Below(end))
		require.NoError(t, err)
		require.EqualValues(t, max(0, to-at), n)
	}
}

func clean(t *testing.T, d disk.Disk, path string) Report {
	t.Helper()
	rep, err := Check(d, path, nil)
	require.NoError(t, err)
	require.True(t, rep.Clean(), "%v", rep.Findings)
	return rep
}

const file = "node.db"

func metaAt(i int) Meta {
	return Meta{Applied: core.Instance(i), State: fmt.Appendf(nil, "state %d", i)}
}
