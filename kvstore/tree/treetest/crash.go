package treetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// allImages is up to how many pending operations every image is tried.
const allImages = 8

// broken is called before every operation of the history: the power fails.
func (h *history) broken() error {
	h.result.Operations++
	if len(h.mem.Pending()) <= allImages {
		for label, image := range h.mem.Images(allImages, true) {
			if err := h.recovered(image, h.chance(10)); err != nil {
				return fmt.Errorf("power loss %s: %w", label, err)
			}
		}
		return nil
	}
	for k := range h.o.Images {
		image := h.mem.Clone()
		image.PowerLoss(randomFate(h.rng, k))
		if err := h.recovered(image, h.chance(20)); err != nil {
			return fmt.Errorf("power loss: %w", err)
		}
	}
	return nil
}

// randomFate makes up what becomes of what is pending: mostly kept, mostly lost, or
// all lost.
func randomFate(rng *rand.Rand, k int) func(disk.Op) disk.Fate {
	kept := []int{0, 50, 95, 5}[k%4]
	return func(disk.Op) disk.Fate {
		switch {
		case rng.IntN(100) >= kept:
			return disk.Fate{}
		case rng.IntN(20) == 0:
			kinds := []disk.FateKind{disk.TornHead, disk.TornTail, disk.Garbled, disk.GarbledSector}
			return disk.Fate{Kind: kinds[rng.IntN(len(kinds))], Cut: rng.IntN(disk.SectorSize), Seed: rng.Uint64()}
		default:
			return disk.Fate{Kind: disk.Kept}
		}
	}
}

// recovered looks at what a power loss left, and, with again, lets it happen once
// more in the first checkpoint after it.
func (h *history) recovered(image *disk.Mem, again bool) error {
	h.result.Images++
	image.SetCapacity(0)
	at, err := h.found(image)
	if err != nil || at == 0 {
		return err
	}
	if h.chance(20) {
		if err := h.olderFound(image.Clone()); err != nil {
			return err
		}
	}
	if !again {
		return nil
	}
	h.result.Twice++
	return h.again(image, at)
}

// found opens the file that a power loss left and compares it with the model. It
// returns its instance, 0 if there is none yet.
func (h *history) found(image *disk.Mem) (core.Instance, error) {
	t, err := tree.Open(image, path, h.options())
	if errors.Is(err, disk.ErrNotExist) && !h.exists {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer t.Close()
	i := t.Meta().Applied
	if i < h.sure || i > h.at {
		return 0, fmt.Errorf("instance %d is found, not %d to %d", i, h.sure, h.at)
	}
	r := t.Root()
	defer r.Release()
	if err := errors.Join(h.models[i].compare(r), checked(image)); err != nil {
		return 0, fmt.Errorf("instance %d is found: %w", i, err)
	}
	return i, nil
}

// olderFound spoils the newer meta slot: nothing that the other one reaches may have
// been used again.
func (h *history) olderFound(image *disk.Mem) error {
	st, err := tree.Stat(image, path)
	if err != nil {
		return err
	}
	newest, older := 0, 1
	if st.Slots[1].Newest {
		newest, older = 1, 0
	}
	if st.Slots[older].Bad != "" || st.Slots[older].Checkpoint == 0 {
		return nil
	}
	if err := image.Flip(path, int64(newest)*tree.PageSize+100, 1); err != nil {
		return err
	}
	t, err := tree.Open(image, path, h.options())
	if err != nil {
		return fmt.Errorf("the older checkpoint: %w", err)
	}
	defer t.Close()
	r := t.Root()
	defer r.Release()
	h.result.Older++
	i := t.Meta().Applied
	if i != st.Slots[older].Meta.Applied {
		return fmt.Errorf("the older checkpoint is of instance %d, its slot says %d", i, st.Slots[older].Meta.Applied)
	}
	if err := h.models[i].compare(r); err != nil {
		return fmt.Errorf("the older checkpoint, of instance %d: %w", i, err)
	}
	return nil
}

// again makes a checkpoint on what a power loss left, lets the power fail in the
// middle of it, looks, and makes one that ends well.
func (h *history) again(image *disk.Mem, at core.Instance) error {
	c := h.profile.changes(h.rng)
	next := h.models[at].with(c)
	later := h.at + 1
	t, err := tree.Open(image, path, h.options())
	if err != nil {
		return err
	}
	image.FailAfter(h.rng.IntN(12))
	cp := t.Begin(metaOf(later), c)
	for err == nil && !cp.Done() {
		err = cp.Run()
	}
	if err != nil && !errors.Is(err, disk.ErrCrashed) {
		return fmt.Errorf("the first checkpoint after a power loss: %w", err)
	}
	if err == nil {
		if err := t.Finish(cp); err != nil {
			return err
		}
	}
	least := h.floor(t)
	image.PowerLoss(randomFate(h.rng, h.rng.IntN(4)))
	t, err = tree.Open(image, path, h.options())
	if err != nil {
		return fmt.Errorf("the second power loss: %w", err)
	}
	r := t.Root()
	got := t.Meta().Applied
	want := h.models[got]
	if got == later {
		want = next
	} else if got < least || got > at {
		return fmt.Errorf("the second power loss leaves instance %d, not %d to %d", got, least, at)
	}
	if err := want.compare(r); err != nil {
		return fmt.Errorf("the second power loss: %w", err)
	}
	r.Release()
	cp = t.Begin(metaOf(later+1), h.profile.changes(h.rng))
	for !cp.Done() {
		if err := cp.Run(); err != nil {
			return err
		}
	}
	return errors.Join(t.Finish(cp), checked(image), t.Close())
}

// watchedDisk calls before every operation that changes something.
type watchedDisk struct {
	disk.Disk
	before func() error
}

type watchedFile struct {
	disk.File
	before func() error
}

func (d *watchedDisk) file(f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	return &watchedFile{f, d.before}, nil
}

func (d *watchedDisk) Open(path string) (disk.File, error) { return d.file(d.Disk.Open(path)) }

func (d *watchedDisk) Create(path string) (disk.File, error) {
	if err := d.before(); err != nil {
		return nil, err
	}
	return d.file(d.Disk.Create(path))
}

func (d *watchedDisk) Rename(from, to string) error {
	return errors.Join(d.before(), d.Disk.Rename(from, to))
}

func (d *watchedDisk) SyncDir(dir string) error {
	return errors.Join(d.before(), d.Disk.SyncDir(dir))
}

func (f *watchedFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.before(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f *watchedFile) Truncate(size int64) error {
	return errors.Join(f.before(), f.File.Truncate(size))
}

func (f *watchedFile) Sync() error { return errors.Join(f.before(), f.File.Sync()) }
