package tree

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// Benchmarks run on real files. bbolt is the baseline.
var benchKeys = flag.Int("keys", 300_000, "keys with values of 100 bytes in benchmarks")

func benchKey(i int) string { return fmt.Sprintf("key%013d", i) }

var benchValue = make([]byte, 100)

// built makes a tree.
func built(b *testing.B) *Tree {
	d, err := osdisk.New(b.TempDir())
	require.NoError(b, err)
	bld, err := Build(d, file, Options{})
	require.NoError(b, err)
	var sum Digest
	for i := range *benchKeys {
		require.NoError(b, bld.Add(benchKey(i), benchValue))
		e, _ := EntryDigest(nil, benchKey(i), benchValue)
		sum = sum.Add(e)
	}
	require.NoError(b, bld.Finish(metaAt(1), uint64(*benchKeys), sum))
	tr, err := Open(d, file, Options{Cache: NewCache(512 << 20)})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, tr.Close()) })
	return tr
}

var bucket = []byte("b")

// boltBuilt makes the same with bbolt.
func boltBuilt(b *testing.B) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bolt"), 0o600, &bbolt.Options{NoSync: true})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	for i := 0; i < *benchKeys; {
		require.NoError(b, db.Update(func(tx *bbolt.Tx) error {
			bk, err := tx.CreateBucketIfNotExists(bucket)
			bk.FillPercent = 1
			for n := 0; err == nil && n < 50_000 && i < *benchKeys; n, i = n+1, i+1 {
				err = bk.Put([]byte(benchKey(i)), benchValue)
			}
			return err
		}))
	}
	return db
}

func randomKeys(rng *rand.Rand, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = benchKey(rng.IntN(*benchKeys))
	}
	return keys
}

func BenchmarkGet(b *testing.B) {
	r := built(b).Root()
	defer r.Release()
	keys := randomKeys(rand.New(rand.NewPCG(1, 2)), 1<<16)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, found, err := r.Get(keys[i%len(keys)]); !found || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetBolt(b *testing.B) {
	db := boltBuilt(b)
	keys := randomKeys(rand.New(rand.NewPCG(1, 2)), 1<<16)
	require.NoError(b, db.View(func(tx *bbolt.Tx) error {
		bk := tx.Bucket(bucket)
		for i := 0; b.Loop(); i++ {
			if v := slices.Clone(bk.Get([]byte(keys[i%len(keys)]))); len(v) == 0 {
				b.Fatal("absent")
			}
		}
		return nil
	}))
}

// BenchmarkRange reads 1,000 entries from a random key on.
func BenchmarkRange(b *testing.B) {
	r := built(b).Root()
	defer r.Release()
	keys := randomKeys(rand.New(rand.NewPCG(1, 2)), 1<<12)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c := r.Cursor()
		n := 0
		for ok := c.SeekGE(keys[i%len(keys)]); ok && n < 1000; ok = c.Next() {
			n += min(len(c.Key()), len(c.Value()), 1)
		}
		if c.Err() != nil {
			b.Fatal(c.Err())
		}
	}
}

func BenchmarkRangeBolt(b *testing.B) {
	db := boltBuilt(b)
	keys := randomKeys(rand.New(rand.NewPCG(1, 2)), 1<<12)
	require.NoError(b, db.View(func(tx *bbolt.Tx) error {
		for i := 0; b.Loop(); i++ {
			c := tx.Bucket(bucket).Cursor()
			n := 0
			for k, v := c.Seek([]byte(keys[i%len(keys)])); k != nil && n < 1000; k, v = c.Next() {
				n += min(len(k), len(v), 1)
			}
		}
		return nil
	}))
}

// randomEdits sets so many random keys.
func randomEdits(rng *rand.Rand, n int) *changes {
	keys := randomKeys(rng, n)
	slices.Sort(keys)
	c := &changes{}
	for _, k := range slices.Compact(keys) {
		c.edits = append(c.edits, Edit{Key: k, Value: benchValue})
	}
	return c
}

// BenchmarkCheckpoint sets one in ten keys, so nearly every leaf is written anew.
func BenchmarkCheckpoint(b *testing.B) { benchCheckpoint(b, *benchKeys/10) }

// BenchmarkCheckpointOne sets one key.
func BenchmarkCheckpointOne(b *testing.B) { benchCheckpoint(b, 1) }

func benchCheckpoint(b *testing.B, edits int) {
	tr := built(b)
	rng := rand.New(rand.NewPCG(1, 2))
	pages := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		c := randomEdits(rng, edits)
		b.StartTimer()
		ck := tr.Begin(metaAt(i+2), c)
		if err := finish(tr, ck); err != nil {
			b.Fatal(err)
		}
		pages += ck.PagesWritten()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pages), "ns/page")
	b.ReportMetric(float64(pages)/float64(b.N), "pages/op")
}

// BenchmarkBuild loads entries.
func BenchmarkBuild(b *testing.B) {
	d, err := osdisk.New(b.TempDir())
	require.NoError(b, err)
	bld, err := Build(d, file, Options{})
	require.NoError(b, err)
	b.SetBytes(int64(len(benchKey(0)) + len(benchValue)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := bld.Add(benchKey(i), benchValue); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, bld.Abort())
}
