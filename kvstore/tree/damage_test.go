package tree

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Every page of a small store in turn has a bit flipped, at many places: check
// finds it, and what is read then is what was written, or an error.
func TestDamage_IsFoundAndNeverServed(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(3, 3))
	m := model{}
	for i := range 4 {
		c := randomChanges(rng, shape{keys: 200, edits: 90, delete: 200, long: 60, clear: 300})
		c.edits = append(c.edits, Edit{Key: "zlarge", Value: make([]byte, 20_000+i)})
		require.NoError(t, finish(tr, tr.Begin(metaAt(i+1), c)))
		m = m.apply(c)
	}
	pages := tr.Stats().Pages
	require.NoError(t, tr.Close())
	free := freePages(t, d)
	served := 0
	for p := range pages {
		for k := range uint64(4) {
			off := int64(p*PageSize + k*PageSize/4 + uint64(rng.IntN(PageSize/4)))
			mask := byte(1) << rng.IntN(8)
			c := d.Clone()
			require.NoError(t, c.Flip(file, off, mask))
			served += readsRight(t, c, m, p)
			rep, err := Check(c, file, nil)
			if err == nil && rep.Clean() && len(rep.Notes) == 0 && !free(p) && !spare(p, off) {
				t.Fatalf("a bit of page %d at %d is flipped, and check is content", p, off)
			}
		}
	}
	require.NotZero(t, served)
}

// spare says that the byte means nothing: the word of the last sync has a page.
func spare(p uint64, off int64) bool { return p == 2 && off%PageSize >= 20 }

func freePages(t *testing.T, d disk.Disk) func(p uint64) bool {
	o, err := look(d, file)
	require.NoError(t, err)
	l, err := o.f.readLists(o.m)
	require.NoError(t, err)
	return func(p uint64) bool {
		for _, f := range l.space.pending {
			if uint32(p) >= f.page && uint32(p) < f.page+f.n {
				return true
			}
		}
		return l.space.has(uint32(p))
	}
}

// readsRight reads everything that can be read, and returns how much that was. A
// meta page that is gone takes the tree back by a checkpoint, which is right too.
func readsRight(t *testing.T, d disk.Disk, m model, p uint64) int {
	tr, err := Open(d, file, Options{})
	if err != nil {
		return 0
	}
	defer tr.Close()
	r := tr.Root()
	defer r.Release()
	if p < firstPage && r.Meta().Applied != 4 {
		return 0
	}
	n := 0
	for k, want := range m {
		v, found, err := r.Get(k)
		if err == nil {
			if !found || string(v) != want {
				t.Fatalf("page %d: key %q is served wrong", p, k)
			}
			n++
		}
	}
	c := r.Cursor()
	for ok := c.First(); ok; ok = c.Next() {
		if v := c.Value(); c.Err() == nil && m[string(c.Key())] != string(v) {
			t.Fatalf("page %d: the cursor serves key %q wrong", p, c.Key())
		}
	}
	return n
}
