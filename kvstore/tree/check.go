package tree

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Finding is one thing that Check found wrong.
type Finding struct {
	Page uint64 // 0 if it isn't about one page
	Text string
}

// Report is what Check saw.
type Report struct {
	Meta      Meta
	Keys      uint64
	Sum       Digest
	Pages     uint64
	FreePages uint64
	Findings  []Finding // at most maxFindings
	More      int       // findings beyond those
	// Notes are what may be damage and may be the trace of a power loss: one meta slot
	// that can't be read, or whose sync nobody saw return. The other one counts.
	Notes []string
}

const maxFindings = 100

// Clean reports whether nothing was found wrong.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// checker walks over a whole file.
type checker struct {
	f        *pages
	m        *metaPage
	rep      Report
	seen     []uint64 // a bit per page
	done     uint64
	progress func(done, total uint64)
	last     []byte // key
	some     bool
	scratch  []byte
}

func (c *checker) wrong(page uint32, format string, args ...any) {
	if len(c.rep.Findings) == maxFindings {
		c.rep.More++
		return
	}
	c.rep.Findings = append(c.rep.Findings, Finding{Page: uint64(page), Text: fmt.Sprintf(format, args...)})
}

// Check verifies every page of a store file that nobody has open for writing:
// checksums against pointers, order, counts and sums recomputed from the entries,
// every page reachable or free exactly once. It gives an error only if it can't
// even start; everything else is a finding. progress may be nil; it is called now
// and then with pages seen and pages in all.
func Check(d disk.Disk, path string, progress func(done, total uint64)) (Report, error) {
	file, err := d.Open(path)
	if err != nil {
		return Report{}, fmt.Errorf("tree: %s: %w", path, err)
	}
	defer file.Close()
	ms, err := readMetas(file)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", path, err)
	}
	newest := newestOf(&ms.slots)
	c := &checker{f: &pages{file: file}, m: &ms.slots[newest], progress: progress}
	c.rep.Meta, c.rep.Pages = c.m.Meta, uint64(c.m.pages)
	c.seen = make([]uint64, c.m.pages/64+1)
	c.claim(extent{0, firstPage}, "a meta page")
	if other := ms.bad[1-newest]; other != nil {
		c.rep.Notes = append(c.rep.Notes, fmt.Sprintf("meta slot %d can't be used: %v", 1-newest, other))
	}
	if ms.doubt {
		c.rep.Notes = append(c.rep.Notes, fmt.Sprintf("checkpoint %d does not count: its sync was never seen to return", ms.highest))
	}
	c.tree()
	c.free()
	return c.rep, nil
}

// claim notes who has pages; nobody else may.
func (c *checker) claim(e extent, who string) {
	for p := e.page; p < e.page+e.n; p++ {
		if p >= c.m.pages {
			c.wrong(p, "%s lies behind the end of the file", who)
			return
		}
		if c.seen[p/64]&(1<<(p%64)) != 0 {
			c.wrong(p, "%s is in use or free elsewhere too", who)
			continue
		}
		c.seen[p/64] |= 1 << (p % 64)
		if c.done++; c.progress != nil && c.done%4096 == 0 {
			c.progress(c.done, uint64(c.m.pages))
		}
	}
}

// tree walks over everything reachable.
func (c *checker) tree() {
	if c.m.height == 0 {
		return
	}
	got := c.page(c.m.root, c.m.height-1, nil, Bound{})
	c.rep.Keys, c.rep.Sum = got.keys, got.sum
}

// page verifies a page and all below it, and returns what its pointer should say.
func (c *checker) page(ptr pointer, level int, lo []byte, hi Bound) pointer {
	got := pointer{ref: ptr.ref}
	c.claim(extent{ptr.page, 1}, "a "+nodeKind(level).String())
	buf := make([]byte, PageSize)
	if err := c.f.read(buf, ptr.ref, nodeKind(level), level); err != nil {
		c.wrong(ptr.page, "%v", err)
		return ptr
	}
	if level == 0 {
		c.leaf(buf, &got, lo, hi)
	} else {
		c.branch(buf, level, &got, lo, hi)
	}
	if got.keys != ptr.keys || got.sum != ptr.sum || got.overflow != ptr.overflow {
		c.wrong(ptr.page, "%v: %d keys with digest %v, the pointer says %d with %v", nodeKind(level), got.keys, got.sum, ptr.keys, ptr.sum)
	}
	return got
}

func (c *checker) branch(buf []byte, level int, got *pointer, lo []byte, hi Bound) {
	n := pageCount(buf)
	for i := range n {
		child := branchChild(buf, i)
		from := lo
		if i > 0 {
			key, err := c.f.fullKey(child.key, child.keyLen, child.blob)
			if err != nil {
				c.wrong(got.page, "%v", err)
			}
			if from = key; child.blob.valid() {
				c.blob(child.blob)
				got.overflow = true
			}
		}
		to := hi
		if i+1 < n {
			next := branchChild(buf, i+1)
			if key, err := c.f.fullKey(next.key, next.keyLen, next.blob); err == nil {
				to = Below(string(key))
			}
		}
		below := c.page(child.ptr, level-1, from, to)
		got.keys += below.keys
		got.sum = got.sum.Add(below.sum)
		got.overflow = got.overflow || below.overflow
	}
}

func (c *checker) leaf(buf []byte, got *pointer, lo []byte, hi Bound) {
	for i := range pageCount(buf) {
		e := leafEntry(buf, i)
		key, err := c.f.fullKey(e.key, e.keyLen, e.blob)
		if err != nil {
			c.wrong(got.page, "%v", err)
			continue
		}
		switch {
		case c.some && string(c.last) >= string(key):
			c.wrong(got.page, "key %.40q follows %.40q", key, c.last)
		case string(key) < string(lo) || !hi.above(string(key)):
			c.wrong(got.page, "key %.40q lies outside of what the branch says", key)
		}
		c.last, c.some = append(c.last[:0], key...), true
		value := e.value
		if e.form != formInline {
			c.blob(e.blob)
			got.overflow = true
			if value, err = c.f.value(&e); err != nil {
				c.wrong(got.page, "%v", err)
				continue
			}
		}
		var digest Digest
		digest, c.scratch = EntryDigest(c.scratch, string(key), value)
		if e.form != formInline && digest != e.digest {
			c.wrong(got.page, "key %.40q: the value has another digest than its cell says", key)
		}
		got.keys++
		got.sum = got.sum.Add(digest)
	}
}

func (c *checker) blob(r blobRef) {
	err := c.f.runsOf(r, func(page uint32, n int) { c.claim(extent{page, uint32(n)}, "a run") })
	if err != nil {
		c.wrong(r.page, "%v", err)
	}
}

// free walks over the lists, and looks for pages that nobody has.
func (c *checker) free() {
	l, err := c.f.readLists(c.m)
	if err != nil {
		c.wrong(c.m.lists.page, "%v", err)
		return
	}
	for _, r := range l.chain {
		c.claim(extent{r.page, 1}, "a page of the lists")
	}
	for p := uint32(0); p < uint32(len(l.space.avail)*64); p++ {
		if l.space.has(p) {
			c.claim(extent{p, 1}, "a free page")
		}
	}
	for _, p := range l.space.pending {
		c.claim(p.extent, "a free page")
	}
	c.rep.FreePages = l.space.count + l.space.waits
	for _, t := range l.toFree {
		c.unlinked(t)
	}
	lost := 0
	for p := range c.m.pages {
		if c.seen[p/64]&(1<<(p%64)) == 0 {
			if lost++; lost <= 3 {
				c.wrong(p, "neither in use nor free")
			}
		}
	}
	if lost > 3 {
		c.wrong(0, "%d pages are neither in use nor free", lost)
	}
}

// unlinked walks over a subtree that waits to be freed.
func (c *checker) unlinked(t subtree) {
	c.claim(extent{t.page, 1}, "a page to be freed")
	buf := make([]byte, PageSize)
	if err := c.f.read(buf, t.ref, nodeKind(t.level), t.level); err != nil {
		c.wrong(t.page, "%v", err)
		return
	}
	for i := range pageCount(buf) {
		var blob blobRef
		if t.level == 0 {
			blob = leafEntry(buf, i).blob
		} else {
			child := branchChild(buf, i)
			blob = child.blob
			c.unlinked(subtree{ref: child.ptr.ref, level: t.level - 1, overflow: child.ptr.overflow})
		}
		if blob.valid() {
			c.blob(blob)
		}
	}
}
