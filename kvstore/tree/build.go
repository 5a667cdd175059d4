package tree

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Builder makes a store file from ascending entries, with full pages and in
// bounded memory, for the installation of a snapshot.
type Builder struct {
	d       disk.Disk
	path    string
	file    disk.File
	w       writer
	space   space
	out     builder
	last    string
	some    bool
	keys    uint64
	sum     Digest
	closed  bool
	scratch []byte
}

// partSuffix marks a file that is being built.
const partSuffix = ".part"

// Build starts in path + ".part"; an older one is replaced.
func Build(d disk.Disk, path string, o Options) (*Builder, error) {
	file, err := d.Create(path + partSuffix)
	if err != nil {
		return nil, fmt.Errorf("tree: %s%s: %w", path, partSuffix, err)
	}
	b := &Builder{d: d, path: path, file: file, space: space{end: firstPage}}
	b.w = writer{f: &pages{file: file}, ckpt: 1, space: &b.space}
	b.out.w = &b.w
	return b, nil
}

// Add appends an entry, whose key must be above the last one's: an error if not.
// After any error only Abort is of use.
func (b *Builder) Add(key string, value []byte) error {
	if b.some && key <= b.last {
		return fmt.Errorf("tree: key %q follows %q", key, b.last)
	}
	if err := b.out.entry(key, value); err != nil {
		return err
	}
	var digest Digest
	digest, b.scratch = EntryDigest(b.scratch, key, value)
	b.keys, b.sum = b.keys+1, b.sum.Add(digest)
	b.last, b.some = key, true
	if b.w.slice >= 4*slicePages {
		return b.w.sync() // in small portions, so that nobody's sync waits for a large one
	}
	return nil
}

// Position returns the last key added; false if there is none.
func (b *Builder) Position() (key string, ok bool) { return b.last, b.some }

// Finish compares key count and content digest with what was announced, and only
// then makes the file the one at path, durably. Open it then.
func (b *Builder) Finish(m Meta, wantKeys uint64, wantSum Digest) error {
	if b.keys != wantKeys || b.sum != wantSum {
		return fmt.Errorf("%w: %d entries with digest %v, announced were %d with %v", core.ErrSnapshot, b.keys, b.sum, wantKeys, wantSum)
	}
	top, height, err := b.out.root()
	if err != nil {
		return err
	}
	meta := metaPage{Meta: m, ckpt: 1, root: top.ptr, height: height, pages: b.space.end}
	buf, err := b.w.room(0, firstPage) // the same in both slots, and it counts: it gets its name after the sync
	if err != nil {
		return err
	}
	copy(buf, meta.encode())
	copy(buf[PageSize:], meta.encode())
	copy(buf[2*PageSize:], encodeWord(meta.ckpt))
	if err := b.end(); err != nil {
		return err
	}
	b.closed = true
	if err := b.file.Close(); err != nil {
		return fmt.Errorf("tree: %s: %w", b.path, err)
	}
	return place(b.d, b.path+partSuffix, b.path)
}

// end writes what is left, and makes all of it durable.
func (b *Builder) end() error {
	return b.w.sync()
}

// Abort gives up and removes the partial file.
func (b *Builder) Abort() error {
	var err error
	if !b.closed {
		b.closed = true
		err = b.file.Close()
	}
	if gone := b.d.Remove(b.path + partSuffix); !errors.Is(gone, disk.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
