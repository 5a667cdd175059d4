package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// built makes a tree of n keys with values of 100 bytes.
func built(b *testing.B, n int) *Tree {
	d := disk.NewMem(0)
	bld, err := Build(d, file, Options{})
	require.NoError(b, err)
	value := make([]byte, 100)
	var sum Digest
	for i := range n {
		key := fmt.Sprintf("key%013d", i)
		require.NoError(b, bld.Add(key, value))
		e, _ := EntryDigest(nil, key, value)
		sum = sum.Add(e)
	}
	require.NoError(b, bld.Finish(metaAt(1), uint64(n), sum))
	tr, err := Open(d, file, Options{Cache: NewCache(64 << 20)})
	require.NoError(b, err)
	return tr
}

func BenchmarkGet(b *testing.B) {
	const n = 300_000
	tr := built(b, n)
	r := tr.Root()
	rng := rand.New(rand.NewPCG(1, 2))
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = fmt.Sprintf("key%013d", rng.IntN(n))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, found, err := r.Get(keys[i%1024]); !found || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCursor(b *testing.B) {
	tr := built(b, 300_000)
	c := tr.Root().Cursor()
	b.ReportAllocs()
	for b.Loop() {
		if !c.Next() && !c.First() {
			b.Fatal(c.Err())
		}
	}
}

// One in ten keys is set, so nearly every leaf is written anew.
func BenchmarkCheckpoint(b *testing.B) {
	const n = 300_000
	tr := built(b, n)
	rng := rand.New(rand.NewPCG(1, 2))
	value := make([]byte, 100)
	pages := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		picked := map[int]bool{}
		for range n / 10 {
			picked[rng.IntN(n)] = true
		}
		c := &changes{}
		for k := range picked {
			c.edits = append(c.edits, Edit{Key: fmt.Sprintf("key%013d", k), Value: value})
		}
		slices.SortFunc(c.edits, func(x, y Edit) int {
			if x.Key < y.Key {
				return -1
			}
			return 1
		})
		b.StartTimer()
		ck := tr.Begin(metaAt(i+2), c)
		if err := finish(tr, ck); err != nil {
			b.Fatal(err)
		}
		pages += ck.PagesWritten()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pages), "ns/page")
}
