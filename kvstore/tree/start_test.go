package tree

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// What counts after a start: the table in DESIGN.md, all rows. Checkpoint 3 is the
// newest, 2 the other.
func TestOpen_WhatCounts(t *testing.T) {
	for _, c := range []struct {
		name          string
		newest, other bool   // good
		word          uint64 // what it names
		counts        core.Instance
		older         core.Instance
		reuse         uint64 // what was freed through this checkpoint may be used at once
	}{
		{"the word names the newest", true, true, 3, 3, 2, 2},
		{"the word names the other", true, true, 2, 2, 0, 0},
		{"there is no word", true, true, 0, 2, 0, 0},
		{"the word names what never was", true, true, 4, 2, 0, 0},
		{"the other is bad", true, false, 3, 3, 0, 0},
		{"the other is bad, and there is no word", true, false, 0, 3, 0, 0},
		{"the newest is bad", false, true, 3, 2, 0, 0},
		{"the newest is bad, and there is no word", false, true, 0, 2, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := disk.NewMem(0)
			tr, err := Create(d, file, metaAt(1), Options{})
			require.NoError(t, err)
			for i := 2; i <= 3; i++ {
				require.NoError(t, finish(tr, tr.Begin(metaAt(i), &changes{edits: ascending(100*i, 10*i)})))
			}
			newest := newestOf(&tr.slots)
			require.NoError(t, tr.Close())
			if !c.newest {
				require.NoError(t, d.Flip(file, int64(newest)*PageSize+500, 1))
			}
			if !c.other {
				require.NoError(t, d.Flip(file, int64(1-newest)*PageSize+500, 1))
			}
			f, err := d.Open(file)
			require.NoError(t, err)
			_, err = f.WriteAt(encodeWord(c.word), 2*PageSize)
			require.NoError(t, err)

			tr, err = Open(d, file, Options{})
			require.NoError(t, err)
			require.Equal(t, c.counts, tr.Meta().Applied)
			require.Equal(t, c.older, tr.OlderApplied())
			require.Equal(t, c.reuse, tr.reusable())
			require.EqualValues(t, 100*c.counts, clean(t, d, file).Keys)
			// The next checkpoint goes where nothing that counts is lost.
			next := tr.Begin(metaAt(9), &changes{edits: ascending(50, 1)})
			require.NotEqual(t, c.counts, tr.slots[next.slot].Applied)
			require.NoError(t, finish(tr, next))
			require.Equal(t, c.counts, tr.OlderApplied())
		})
	}
}

func TestOpen_Refuses(t *testing.T) {
	d := disk.NewMem(0)
	_, err := Open(d, file, Options{})
	require.ErrorIs(t, err, disk.ErrNotExist)
	tr, err := Create(d, file, metaAt(1), Options{})
	require.NoError(t, err)
	require.NoError(t, tr.Close())
	for _, c := range []struct {
		name  string
		spoil func(slot []byte)
		want  error
	}{
		{"damaged", func(b []byte) { b[700] ^= 1 }, ErrDamaged},
		{"foreign", func(b []byte) { copy(b, "ToKyO CaBiNeT") }, ErrForeign},
		{"newer", func(b []byte) {
			b[8] = 9
			le.PutUint32(b[metaCRC:], checksum(b[:metaCRC]))
		}, ErrNewer},
	} {
		image := d.Clone()
		f, err := image.Open(file)
		require.NoError(t, err)
		b := make([]byte, PageSize)
		for k := range int64(2) {
			_, err := f.ReadAt(b, k*PageSize)
			require.NoError(t, err)
			c.spoil(b)
			_, err = f.WriteAt(b, k*PageSize)
			require.NoError(t, err)
		}
		_, err = Open(image, file, Options{})
		require.ErrorIs(t, err, c.want, c.name)
		_, err = Check(image, file, nil)
		require.ErrorIs(t, err, c.want, c.name)
	}
}
