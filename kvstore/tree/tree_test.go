package tree

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

var shapes = map[string]shape{
	"small":   {keys: 300, edits: 40, delete: 400, clear: 100},
	"growing": {keys: 20000, edits: 3000, delete: 100, clear: 20},
	"large":   {keys: 60, edits: 8, delete: 300, clear: 150, large: 200},
	"long":    {keys: 200, edits: 30, delete: 300, clear: 150, long: 400, large: 30},
}

func TestTree_AgreesWithAModel(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(4) {
				history(t, s, seed, 16)
			}
		})
	}
}

// history makes random checkpoints, with readers that keep old roots, restarts and
// upkeep between.
func history(t *testing.T, s shape, seed uint64, steps int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	d := disk.NewMem(0)
	o := Options{Cache: NewCache(256 << 10)}
	tr, err := Create(d, file, metaAt(0), o)
	require.NoError(t, err)
	m := model{}
	var held []*Root
	var want []model
	for i := 1; i <= steps; i++ {
		if rng.IntN(3) == 0 {
			held, want = append(held, tr.Root()), append(want, m)
		}
		if len(held) > 2 {
			agrees(t, held[0], want[0], rng)
			held[0].Release()
			held, want = held[1:], want[1:]
		}
		c := randomChanges(rng, s)
		require.NoError(t, finish(tr, tr.Begin(metaAt(i), c)), "seed %d", seed)
		m = m.apply(c)
		root := tr.Root()
		agrees(t, root, m, rng)
		root.Release()
		require.Equal(t, metaAt(i), tr.Meta())
		for k := 0; k < rng.IntN(4) && tr.Stats().Upkeep; k++ {
			require.NoError(t, finish(tr, tr.BeginUpkeep()))
		}
		rep := clean(t, d, file)
		require.EqualValues(t, len(m), rep.Keys)
		if rng.IntN(5) == 0 {
			for k, r := range held {
				agrees(t, r, want[k], rng)
				r.Release()
			}
			held, want = nil, nil
			require.NoError(t, tr.Close())
			tr, err = Open(d, file, o)
			require.NoError(t, err)
		}
	}
}

func TestBuild_GivesTheSameTree(t *testing.T) {
	for name, s := range shapes {
		rng := rand.New(rand.NewPCG(7, 7))
		s.clear, s.delete = 0, 0
		m := model{}.apply(randomChanges(rng, s))
		d := disk.NewMem(0)
		b, err := Build(d, file, Options{})
		require.NoError(t, err)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			require.NoError(t, b.Add(k, []byte(m[k])))
		}
		require.NoError(t, b.Finish(metaAt(9), uint64(len(m)), m.sum()), name)
		tr, err := Open(d, file, Options{})
		require.NoError(t, err)
		agrees(t, tr.Root(), m, rng)
		clean(t, d, file)
	}
}

func TestTree_OneChangeWritesFewPages(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 8 {
		require.NoError(t, finish(tr, tr.Begin(metaAt(i+1), randomChanges(rng, shape{keys: 200_000, edits: 60_000}))))
	}
	for i := range 40 {
		c := tr.Begin(metaAt(20+i), &changes{edits: []Edit{{Key: randomKey(rng, shape{keys: 200_000}), Value: []byte("new")}}})
		require.NoError(t, finish(tr, c))
		require.LessOrEqual(t, c.PagesWritten(), 20)
	}
}

func TestTree_TheFileShrinksByItself(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	s := shape{keys: 300_000, edits: 100_000, large: 1}
	for i := range 3 {
		require.NoError(t, finish(tr, tr.Begin(metaAt(i+1), randomChanges(rng, s))))
	}
	before := tr.Stats().FileBytes
	c := tr.Begin(metaAt(5), &changes{cleared: []Range{{Lo: "key05", Hi: Below("key29")}}})
	require.NoError(t, finish(tr, c))
	for n := 0; tr.Stats().Upkeep; n++ {
		require.Less(t, n, 200, "%+v", tr.Stats())
		require.NoError(t, finish(tr, tr.BeginUpkeep()))
	}
	after := tr.Stats()
	require.Less(t, after.FileBytes, before/2, "%+v", after)
	require.Zero(t, after.ToFree)
	clean(t, d, file)
}
