package tree

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// small returns the bytes of a file with all kinds of pages.
func small(t require.TestingT) []byte {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	c := &changes{edits: ascending(200, 60)}
	for i := range 4 {
		c.edits[i*20].Value = make([]byte, 5000)
		c.edits[i*20+1].Key += string(make([]byte, 800))
	}
	require.NoError(t, finish(tr, tr.Begin(metaAt(1), c)))
	require.NoError(t, finish(tr, tr.Begin(metaAt(2), &changes{edits: ascending(40, 9), cleared: []Range{{Lo: "key00000150"}}})))
	f, err := d.Open(file)
	require.NoError(t, err)
	size, err := f.Size()
	require.NoError(t, err)
	b := make([]byte, size)
	_, err = f.ReadAt(b, 0)
	require.NoError(t, err)
	return b
}

// opens makes a file of bytes.
func opens(t *testing.T, b []byte) disk.Disk {
	d := disk.NewMem(0)
	f, err := d.Create(file)
	require.NoError(t, err)
	_, err = f.WriteAt(b, 0)
	require.NoError(t, err)
	return d
}

func FuzzMeta(f *testing.F) {
	b := small(f)
	f.Add(b[:PageSize])
	f.Add(b[PageSize : 2*PageSize])
	f.Add([]byte("ToKyO CaBiNeT"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMeta(b)
		if len(b) < PageSize {
			require.Error(t, err)
			return
		}
		if err == nil {
			require.Equal(t, b[:metaState+len(m.State)], m.encode()[:metaState+len(m.State)])
		}
		// With the right checksum more of it is looked at.
		b = bytes.Clone(b[:PageSize])
		le.PutUint32(b[metaCRC:], checksum(b[:metaCRC]))
		if m, err = decodeMeta(b); err == nil {
			require.LessOrEqual(t, len(m.State), MaxState)
		}
	})
}

func FuzzPage(f *testing.F) {
	b := small(f)
	for at := 0; at < len(b); at += PageSize {
		f.Add(b[at : at+PageSize])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < PageSize {
			return
		}
		b = b[:PageSize]
		if k := kind(b[0]); layout(b, k) != "" {
			return
		}
		// What has passed can be read to its last cell without further checks.
		for i := range pageCount(b) {
			switch kind(b[0]) {
			case kindLeaf:
				e := leafEntry(b, i)
				require.LessOrEqual(t, len(e.key)+len(e.value), PageSize)
				require.LessOrEqual(t, cellOffset(b, i+1), PageSize)
			case kindBranch:
				require.LessOrEqual(t, len(branchChild(b, i).key), maxInlineKey)
			case kindRun, kindFree:
			}
		}
	})
}

// FuzzFile spoils a byte of a whole file, and mends the checksums, so that what is
// inside gets read: a page's new checksum goes into the pointers to it.
func FuzzFile(f *testing.F) {
	whole := small(f)
	pages := len(whole) / PageSize
	old := make([]uint32, pages)
	for i := range pages {
		old[i] = checksum(whole[i*PageSize : (i+1)*PageSize])
		f.Add(uint16(i), uint16(40), byte(3))
	}
	f.Fuzz(func(t *testing.T, page, at uint16, mask byte) {
		b := bytes.Clone(whole)
		off := int(page)%pages*PageSize + int(at)%PageSize
		b[off] ^= mask
		mend(b, off/PageSize, old, 0)
		readAll(opens(t, b))
	})
}

// readAll reads a file in all ways there are.
func readAll(d disk.Disk) {
	_, _ = Check(d, file, nil)
	_, _ = Stat(d, file)
	_ = Dump(io.Discard, d, file, true)
	tr, err := Open(d, file, Options{Cache: NewCache(0)})
	if err != nil {
		return
	}
	r := tr.Root()
	c := r.Cursor()
	for ok, n := c.First(), 0; ok && n < 1000; ok, n = c.Next(), n+1 {
		c.Value()
	}
	for ok, n := c.Last(), 0; ok && n < 1000; ok, n = c.Prev(), n+1 {
		_, _, _ = r.Get(string(c.Key()))
	}
	_, _ = r.Count("a", Below("key00000040"))
	r.Release()
	_ = finish(tr, tr.Begin(metaAt(9), &changes{edits: ascending(60, 20), cleared: []Range{{Lo: "key0000001", Hi: Below("key0000009")}}}))
}

// mend puts the new checksum of a page wherever the old one stands, and so on up.
func mend(b []byte, page int, old []uint32, depth int) {
	if page < 2 {
		le.PutUint32(b[page*PageSize+metaCRC:], checksum(b[page*PageSize:page*PageSize+metaCRC]))
		return
	}
	now := checksum(b[page*PageSize : (page+1)*PageSize])
	for at := 0; at+4 <= len(b) && depth < 8; at++ {
		if at/PageSize != page && le.Uint32(b[at:]) == old[page] && now != old[page] {
			le.PutUint32(b[at:], now)
			mend(b, at/PageSize, old, depth+1)
		}
	}
}

// TestFile_SpoiltBytes is FuzzFile over many places.
func TestFile_SpoiltBytes(t *testing.T) {
	whole := small(t)
	pages := len(whole) / PageSize
	old := make([]uint32, pages)
	for i := range pages {
		old[i] = checksum(whole[i*PageSize : (i+1)*PageSize])
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for range 500 {
		b := bytes.Clone(whole)
		off := rng.IntN(pages)*PageSize + rng.IntN(1+rng.IntN(PageSize))
		b[off] ^= byte(1 + rng.IntN(255))
		mend(b, off/PageSize, old, 0)
		readAll(opens(t, b))
	}
}
