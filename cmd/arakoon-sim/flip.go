package main

import (
	"bytes"
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
	"github.com/openvstorage/arakoon-go/sim"
)

// flips are what became of flipped bits.
type flips struct {
	pages    int
	flips    int
	found    int // by the check
	refused  int // reads that gave an error instead of an answer
	wrong    int // reads that gave a wrong answer
	failures []string
}

// flippedBits is how many bits of each page are flipped, one at a time.
const flippedBits = 16

const flippedStore = "flipped.db"

// firstPage is where the tree begins: before it lie two meta pages, and one that
// only says which sync returned, in its first wordBytes.
const (
	firstPage = 3
	wordBytes = 20
)

// flipEveryPage makes a small store without free pages (branches, leaves, large
// values), and flips bits of each of its pages.
func flipEveryPage() (flips, error) {
	d, want, err := smallStore()
	if err != nil {
		return flips{}, err
	}
	st, err := tree.Stat(d, flippedStore)
	if err != nil {
		return flips{}, err
	}
	if st.FreePages > 0 {
		return flips{}, fmt.Errorf("a store that was built has %d free pages", st.FreePages)
	}
	var f flips
	dice := sim.NamedStream(1, "flips")
	for page := range int64(st.Pages) {
		f.pages++
		bytes := tree.PageSize
		if page == firstPage-1 {
			bytes = wordBytes
		}
		for range flippedBits {
			at := page*tree.PageSize + int64(dice.Below(bytes))
			if err := f.flip(d.Clone(), at, byte(1)<<dice.Below(8), want); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// smallStore makes the store.
func smallStore() (*disk.Mem, map[string][]byte, error) {
	d := disk.NewMem(0)
	b, err := tree.Build(d, flippedStore, tree.Options{})
	if err != nil {
		return nil, nil, err
	}
	want := map[string][]byte{}
	var sum tree.Digest
	for k := range 2000 {
		key := fmt.Sprintf("key%05d", k)
		value := bytes.Repeat([]byte{byte(k), byte(k >> 8)}, 10+k%50)
		if k%200 == 0 {
			value = bytes.Repeat(value, 200)
		}
		if err := b.Add(key, value); err != nil {
			return nil, nil, err
		}
		want[key] = value
		digest, _ := tree.EntryDigest(nil, key, value)
		sum = sum.Add(digest)
	}
	return d, want, b.Finish(tree.Meta{Applied: applied}, uint64(len(want)), sum)
}

// applied is the instance that the store is of.
const applied = 4

// flip changes one bit of a copy of the store and reads everything.
func (f *flips) flip(d *disk.Mem, at int64, mask byte, want map[string][]byte) error {
	if err := d.Flip(flippedStore, at, mask); err != nil {
		return err
	}
	f.flips++
	report, err := tree.Check(d, flippedStore, nil)
	if err != nil || !report.Clean() || len(report.Notes) > 0 {
		f.found++
	} else {
		f.fail("a flipped bit %#x of byte %d isn't found", mask, at)
	}
	t, err := tree.Open(d, flippedStore, tree.Options{})
	if err != nil {
		f.refused++
		return nil
	}
	defer t.Close()
	r := t.Root()
	defer r.Release()
	if r.Meta().Applied != applied {
		f.refused++ // the older checkpoint: the log has the rest
		return nil
	}
	f.read(r, at, want)
	return nil
}

// read asks for every key, and walks.
func (f *flips) read(r *tree.Root, at int64, want map[string][]byte) {
	for key, value := range want { // each on its own: the order can't matter
		got, found, err := r.Get(key)
		switch {
		case err != nil:
			f.refused++
		case !found || !bytes.Equal(got, value):
			f.served("byte %d: %s has another value", at, key)
		}
	}
	c, seen := r.Cursor(), 0
	for ok := c.First(); ok; ok = c.Next() {
		value := c.Value()
		if c.Err() != nil {
			break
		}
		if seen++; !bytes.Equal(value, want[string(c.Key())]) {
			f.served("byte %d: the walk gives another value of %s", at, c.Key())
		}
	}
	if c.Err() != nil {
		f.refused++
	} else if seen != len(want) {
		f.served("byte %d: the walk gives %d of %d entries", at, seen, len(want))
	}
}

func (f *flips) served(format string, args ...any) {
	f.wrong++
	f.fail(format, args...)
}

func (f *flips) fail(format string, args ...any) {
	if len(f.failures) < 20 {
		f.failures = append(f.failures, fmt.Sprintf(format, args...))
	}
}
