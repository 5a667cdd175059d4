package tree

import (
	"bytes"
	"sync/atomic"
)

// Root is the immutable content of one checkpoint. Many goroutines may read it
// while it is retained; its pages are not used again before it is released.
type Root struct {
	f      *pages
	meta   metaPage
	counts atomic.Int64
}

func newRoot(f *pages, m metaPage) *Root {
	r := &Root{f: f, meta: m}
	r.counts.Store(1)
	return r
}

// Retain raises the count. It gives false, and nothing may be read, if the last
// count was already given back.
func (r *Root) Retain() bool {
	for {
		n := r.counts.Load()
		if n == 0 {
			return false
		}
		if r.counts.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release gives one count back.
func (r *Root) Release() {
	if r.counts.Add(-1) < 0 {
		assertf("a root was released once too often")
	}
}

// Meta returns what the checkpoint is of.
func (r *Root) Meta() Meta { return r.meta.Meta }

// Keys is the number of entries.
func (r *Root) Keys() uint64 { return r.meta.root.keys }

// Sum is the content digest.
func (r *Root) Sum() Digest { return r.meta.root.sum }

// compare compares a key with one of which a page has the first bytes.
func (f *pages) compare(key string, have []byte, keyLen int, blob blobRef) (int, error) {
	if keyLen <= maxInlineKey || len(key) <= maxInlineKey {
		return compareBytes(key, have), nil
	}
	if c := compareBytes(key[:maxInlineKey], have); c != 0 {
		return c, nil
	}
	tail, err := f.readBlob(blob, keyLen-maxInlineKey, false)
	if err != nil {
		return 0, err
	}
	return compareBytes(key[maxInlineKey:], tail), nil
}

// compareBytes is bytes.Compare without making a copy of the string.
func compareBytes(a string, b []byte) int {
	switch {
	case a < string(b):
		return -1
	case a == string(b):
		return 0
	default:
		return 1
	}
}

// childAt returns the last child of a branch whose separator is not above key.
func (f *pages) childAt(page []byte, key string) (int, error) {
	lo, hi := 0, pageCount(page)-1 // the child is in lo..hi
	for lo < hi {
		mid := (lo + hi + 1) / 2
		b := page[le.Uint16(page[headerSize+2*mid:]):]
		above := false
		if n := int(le.Uint16(b[1:])); b[0] == formInline {
			above = key < string(b[branchHead:branchHead+n])
		} else {
			c := branchChild(page, mid)
			order, err := f.compare(key, c.key, c.keyLen, c.blob)
			if err != nil {
				return 0, err
			}
			above = order < 0
		}
		if above {
			hi = mid - 1
		} else {
			lo = mid
		}
	}
	return lo, nil
}

// entryAt returns the first entry of a leaf that is not below key, and whether it
// is key.
func (f *pages) entryAt(page []byte, key string) (i int, found bool, err error) {
	return f.entryFrom(page, 0, key)
}

// entryFrom is entryAt for a key that is above all entries before index from.
func (f *pages) entryFrom(page []byte, from int, key string) (i int, found bool, err error) {
	lo, hi := from, pageCount(page)
	for lo < hi {
		mid := (lo + hi) / 2
		b := page[le.Uint16(page[headerSize+2*mid:]):]
		order := 0
		if n := int(le.Uint16(b[1:])); b[0] == formInline {
			order = compareBytes(key, b[inlineHead:inlineHead+n])
		} else {
			e := leafEntry(page, mid)
			if order, err = f.compare(key, e.key, e.keyLen, e.blob); err != nil {
				return 0, false, err
			}
		}
		switch {
		case order == 0:
			return mid, true, nil
		case order < 0:
			hi = mid
		default:
			lo = mid + 1
		}
	}
	return lo, false, nil
}

// leaf pins the leaf in which key belongs; the level of the root must not be 0.
func (r *Root) leaf(key string) (pin, error) {
	ref := r.meta.root.ref
	for level := r.meta.height - 1; ; level-- {
		p, err := r.f.load(ref, nodeKind(level), level)
		if err != nil || level == 0 {
			return p, err
		}
		i, err := r.f.childAt(p.buf, key)
		if err == nil {
			ref = getRef(p.buf[int(le.Uint16(p.buf[headerSize+2*i:]))+3:])
		}
		r.f.unpin(p)
		if err != nil {
			return pin{}, err
		}
	}
}

// Get returns the value of key, a fresh copy. ErrDamaged if a page on the way is.
func (r *Root) Get(key string) (value []byte, found bool, err error) {
	if r.meta.height == 0 {
		return nil, false, nil
	}
	p, err := r.leaf(key)
	if err != nil {
		return nil, false, err
	}
	i, found, err := r.f.entryAt(p.buf, key)
	if err == nil && found {
		e := leafEntry(p.buf, i)
		value, err = r.f.value(&e)
	}
	r.f.unpin(p)
	return value, found && err == nil, err
}

// Has reports whether key has a value, without reading a large one.
func (r *Root) Has(key string) (bool, error) {
	if r.meta.height == 0 {
		return false, nil
	}
	p, err := r.leaf(key)
	if err != nil {
		return false, err
	}
	_, found, err := r.f.entryAt(p.buf, key)
	r.f.unpin(p)
	return found, err
}

// value returns a copy of an entry's value.
func (f *pages) value(e *entry) ([]byte, error) {
	if e.form == formInline {
		return append(make([]byte, 0, len(e.value)), e.value...), nil
	}
	skip := max(e.keyLen-maxInlineKey, 0)
	all, err := f.readBlob(e.blob, skip+e.valueLen, true)
	if err != nil {
		return nil, err
	}
	return all[skip:], nil
}

// fullKey returns the whole key of an entry; it may lie in the page.
func (f *pages) fullKey(have []byte, keyLen int, blob blobRef) ([]byte, error) {
	if keyLen <= maxInlineKey {
		return have, nil
	}
	tail, err := f.readBlob(blob, keyLen-maxInlineKey, false)
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(have), tail...), nil
}

// rank returns the number of keys below key.
func (r *Root) rank(key string) (uint64, error) {
	if r.meta.height == 0 {
		return 0, nil
	}
	below := uint64(0)
	ref := r.meta.root.ref
	for level := r.meta.height - 1; ; level-- {
		p, err := r.f.load(ref, nodeKind(level), level)
		if err != nil {
			return 0, err
		}
		if level == 0 {
			i, _, err := r.f.entryAt(p.buf, key)
			r.f.unpin(p)
			return below + uint64(i), err
		}
		i, err := r.f.childAt(p.buf, key)
		if err != nil {
			r.f.unpin(p)
			return 0, err
		}
		for k := range i {
			below += branchChild(p.buf, k).ptr.keys
		}
		ref = branchChild(p.buf, i).ptr.ref
		r.f.unpin(p)
	}
}

// Count returns the number of keys from lo on that lie below hi. It reads pages
// along two paths only.
func (r *Root) Count(lo string, hi Bound) (keys uint64, err error) {
	if hi.Some && hi.Key <= lo {
		return 0, nil
	}
	first, err := r.rank(lo)
	if err != nil {
		return 0, err
	}
	last := r.Keys()
	if hi.Some {
		if last, err = r.rank(hi.Key); err != nil {
			return 0, err
		}
	}
	return last - first, nil
}
