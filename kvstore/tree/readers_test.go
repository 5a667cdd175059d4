package tree

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// Each checkpoint gives all keys another value. Readers on other goroutines, with a
// cache that is much too small, never see two values in one root.
func TestRoot_ManyReaders(t *testing.T) {
	d, err := osdisk.New(t.TempDir())
	require.NoError(t, err)
	tr, err := Create(d, file, metaAt(0), Options{Cache: NewCache(128 << 10), VacuumPages: 8})
	require.NoError(t, err)
	all := func(i int) *changes {
		c := &changes{edits: ascending(2000, 0)}
		for k := range c.edits {
			c.edits[k].Value = fmt.Appendf(nil, "%d", i)
		}
		return c
	}
	require.NoError(t, finish(tr, tr.Begin(metaAt(1), all(1))))
	var over atomic.Bool
	var group sync.WaitGroup
	defer over.Store(true)
	errs := make([]error, 3)
	for n := range errs {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			for !over.Load() && errs[n] == nil {
				errs[n] = readRoot(tr, rng)
			}
		})
	}
	for i := 2; i < 40; i++ {
		require.NoError(t, finish(tr, tr.Begin(metaAt(i), all(i))))
		for tr.Stats().Upkeep && i%4 == 0 {
			require.NoError(t, finish(tr, tr.BeginUpkeep()))
		}
	}
	over.Store(true)
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.NoError(t, tr.Close())
	clean(t, d, file)
}

func readRoot(tr *Tree, rng *rand.Rand) error {
	r := tr.Root()
	defer r.Release()
	want := fmt.Sprintf("%d", r.Meta().Applied)
	for range 50 {
		key := fmt.Sprintf("key%08d", rng.IntN(2000))
		if v, found, err := r.Get(key); err != nil || !found || string(v) != want {
			return fmt.Errorf("%s is %q (%v, %v), not %q", key, v, found, err, want)
		}
	}
	c := r.Cursor()
	n := 0
	for ok := c.First(); ok; ok = c.Next() {
		if n++; string(c.Value()) != want {
			return fmt.Errorf("%s is %q, not %q", c.Key(), c.Value(), want)
		}
	}
	if n != 2000 || c.Err() != nil {
		return fmt.Errorf("%d keys: %w", n, c.Err())
	}
	return nil
}

// fullSync is a disk on which a sync may find that there is no room.
type fullSync struct {
	disk.Disk
	full bool
}

type fullSyncFile struct {
	disk.File
	d *fullSync
}

func (d *fullSync) Open(path string) (disk.File, error) {
	f, err := d.Disk.Open(path)
	return &fullSyncFile{f, d}, err
}

func (f *fullSyncFile) Sync() error {
	if f.d.full {
		return fmt.Errorf("flush: %w", disk.ErrFull)
	}
	return f.File.Sync()
}

// A sync that fails for lack of room is a failed sync: nobody knows what is durable.
func TestFinish_FullDiskInSync(t *testing.T) {
	d := &fullSync{Disk: disk.NewMem(0)}
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	d.full = true
	err = finish(tr, tr.Begin(metaAt(1), &changes{edits: ascending(10, 10)}))
	require.Error(t, err)
	require.NotErrorIs(t, err, disk.ErrFull)
	require.Panics(t, func() { tr.Begin(metaAt(1), nil) })
}
