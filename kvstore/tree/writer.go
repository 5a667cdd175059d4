package tree

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// firstPage is the first page behind the two metas and the word of the last sync.
const firstPage = 3

// gatherPages is how many neighbouring pages are written at once at most, unless
// they are one run.
const gatherPages = 64

// writer writes the pages of one checkpoint. What it takes and frees counts only
// if the checkpoint is finished.
type writer struct {
	f     *pages
	ckpt  uint64
	space *space
	taken []extent // of available pages
	freed []extent

	buf     []byte // pages from first on, not written yet
	first   uint32
	written int // pages, in all
	slice   int // of them since the last sync
}

// take returns a page to be written.
func (w *writer) take() uint32 {
	page, fresh := w.space.take()
	if !fresh {
		w.taken = append(w.taken, extent{page, 1})
	}
	return page
}

// takeRun returns neighbouring pages to be written.
func (w *writer) takeRun(n int) uint32 {
	e, fresh := w.space.takeRun(uint32(n))
	if !fresh {
		w.taken = append(w.taken, e)
	}
	return e.page
}

// free lets go of pages of an earlier checkpoint.
func (w *writer) free(page uint32, n int) {
	w.freed = append(w.freed, extent{page, uint32(n)})
}

// room returns the zeroed bytes of n neighbouring pages, to be filled before the
// next call.
func (w *writer) room(page uint32, n int) ([]byte, error) {
	have := len(w.buf) / PageSize
	if have > 0 && (page != w.first+uint32(have) || have+n > gatherPages) {
		if err := w.flush(); err != nil {
			return nil, err
		}
	}
	if len(w.buf) == 0 {
		w.first = page
	}
	at := len(w.buf)
	size := n * PageSize
	if cap(w.buf) < at+size {
		w.buf = append(make([]byte, 0, max(min(2*cap(w.buf), gatherPages*PageSize), at+size)), w.buf...)
	}
	w.buf = w.buf[:at+size]
	clear(w.buf[at:])
	w.written += n
	w.slice += n
	return w.buf[at:], nil
}

// flush writes what was gathered.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.f.file.WriteAt(w.buf, int64(w.first)*PageSize)
	w.buf = w.buf[:0]
	return writeError(err)
}

// sync makes what was written durable. A disk that is full shows only now on some
// systems, and then nothing may be concluded.
func (w *writer) sync() error {
	if err := w.flush(); err != nil {
		return err
	}
	w.slice = 0
	if err := w.f.file.Sync(); err != nil {
		return fmt.Errorf("tree: the store file can't be made durable: %w", syncError{err})
	}
	return nil
}

// syncError hides that a failed sync may be a full disk: it ends the tree.
type syncError struct{ err error }

func (e syncError) Error() string { return e.err.Error() }

func (e syncError) Is(target error) bool {
	return target != disk.ErrFull && errors.Is(e.err, target)
}

func writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, disk.ErrFull):
		return fmt.Errorf("tree: the store file can't grow: %w", disk.ErrFull)
	default:
		return fmt.Errorf("tree: the store file can't be written: %w", err)
	}
}

func assertf(format string, args ...any) {
	panic("tree: own state is broken: " + fmt.Sprintf(format, args...))
}
