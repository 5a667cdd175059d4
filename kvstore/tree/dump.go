package tree

import (
	"bufio"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// SlotStat is one of the two meta slots.
type SlotStat struct {
	Checkpoint uint64 // its number
	Meta       Meta
	Newest     bool
	Bad        string // why it can't be used; empty: it can
}

// FileStat is what Stat saw.
type FileStat struct {
	FileBytes     int64
	Pages         uint64
	Height        int
	Keys          uint64
	Sum           Digest
	LeafPages     uint64
	BranchPages   uint64
	OverflowPages uint64
	FreePages     uint64
	FreeListPages uint64 // pages of the free list and the list of what is to be freed
	ToFree        uint64 // unlinked subtrees
	LeafFill      int    // average use of leaf pages in percent
	Slots         [2]SlotStat
}

// opened is a store file that is only looked at.
type opened struct {
	file  disk.File
	f     *pages
	slots [2]metaPage
	bad   [2]error
	m     *metaPage
}

func look(d disk.Disk, path string) (*opened, error) {
	file, err := d.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tree: %s: %w", path, err)
	}
	o := &opened{file: file, f: &pages{file: file}}
	if o.slots, o.bad, _, err = readMetas(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	o.m = &o.slots[newestOf(&o.slots)]
	return o, nil
}

// Stat walks over a store file and counts.
func Stat(d disk.Disk, path string) (FileStat, error) {
	o, err := look(d, path)
	if err != nil {
		return FileStat{}, err
	}
	defer o.file.Close()
	st := FileStat{Pages: uint64(o.m.pages), Height: o.m.height, Keys: o.m.root.keys, Sum: o.m.root.sum}
	if st.FileBytes, err = o.file.Size(); err != nil {
		return FileStat{}, fmt.Errorf("tree: %s: %w", path, err)
	}
	for k := range st.Slots {
		st.Slots[k] = SlotStat{Checkpoint: o.slots[k].ckpt, Meta: o.slots[k].Meta, Newest: o.m == &o.slots[k]}
		if o.bad[k] != nil {
			st.Slots[k].Bad = o.bad[k].Error()
		}
	}
	l, err := o.f.readLists(o.m)
	if err != nil {
		return FileStat{}, err
	}
	st.FreePages, st.FreeListPages, st.ToFree = l.space.count+l.space.waits, uint64(len(l.chain)), uint64(len(l.toFree))
	used := uint64(0)
	err = o.walk(o.m.root.ref, o.m.height-1, func(page []byte, level int) error {
		if level > 0 {
			st.BranchPages++
			return nil
		}
		st.LeafPages++
		used += uint64(cellOffset(page, pageCount(page)))
		for i := range pageCount(page) {
			if e := leafEntry(page, i); e.blob.valid() {
				if err := o.f.runsOf(e.blob, func(_ uint32, n int) { st.OverflowPages += uint64(n) }); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if st.LeafPages > 0 {
		st.LeafFill = int(used * 100 / (st.LeafPages * PageSize))
	}
	return st, err
}

// walk calls fn with every page from the root on, each before those below it.
func (o *opened) walk(r ref, level int, fn func(page []byte, level int) error) error {
	if level < 0 {
		return nil
	}
	page := make([]byte, PageSize)
	if err := o.f.read(page, r, nodeKind(level), level); err != nil {
		return err
	}
	if err := fn(page, level); err != nil || level == 0 {
		return err
	}
	for i := range pageCount(page) {
		if err := o.walk(branchChild(page, i).ptr.ref, level-1, fn); err != nil {
			return err
		}
	}
	return nil
}

// Dump prints a store file: metas, pages, entries; values only if asked for.
func Dump(w io.Writer, d disk.Disk, path string, values bool) error {
	o, err := look(d, path)
	if err != nil {
		return err
	}
	defer o.file.Close()
	out := bufio.NewWriter(w)
	for k := range o.slots {
		if o.bad[k] != nil {
			fmt.Fprintf(out, "meta %d bad: %v\n", k, o.bad[k])
			continue
		}
		m := &o.slots[k]
		fmt.Fprintf(out, "meta %d checkpoint=%d instance=%d installed=%v keys=%d digest=%v pages=%d height=%d\n",
			k, m.ckpt, m.Applied, m.Installed, m.root.keys, m.root.sum, m.pages, m.height)
	}
	if l, err := o.f.readLists(o.m); err != nil {
		fmt.Fprintf(out, "lists: %v\n", err)
	} else {
		fmt.Fprintf(out, "lists pages=%d free=%d waiting=%d to_free=%d\n", len(l.chain), l.space.count, l.space.waits, len(l.toFree))
	}
	err = o.walk(o.m.root.ref, o.m.height-1, func(page []byte, level int) error {
		return o.dumpPage(out, page, level, values)
	})
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return err
}

func (o *opened) dumpPage(out io.Writer, page []byte, level int, values bool) error {
	fmt.Fprintf(out, "page %d %v level=%d cells=%d checkpoint=%d\n", le.Uint32(page[4:]), kind(page[0]), level, pageCount(page), le.Uint64(page[8:]))
	for i := range pageCount(page) {
		if level > 0 {
			c := branchChild(page, i)
			fmt.Fprintf(out, "  %q -> page %d keys=%d digest=%v\n", c.key, c.ptr.page, c.ptr.keys, c.ptr.sum)
			continue
		}
		e := leafEntry(page, i)
		key, err := o.f.fullKey(e.key, e.keyLen, e.blob)
		if err != nil {
			return err
		}
		if !values {
			fmt.Fprintf(out, "  %q value=%d bytes\n", key, e.valueLen)
			continue
		}
		value, err := o.f.value(&e)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %q = %q\n", key, value)
	}
	return nil
}
