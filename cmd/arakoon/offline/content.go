package offline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// content is what a file holds: that of the directory until it is changed, then
// bytes in memory. Handles share it.
type content struct {
	mu   sync.Mutex
	f    *os.File // of the directory
	b    []byte   // instead of f, once changed
	own  bool     // b counts
	size int64    // of f
}

// read is ReadAt.
func (c *content) read(p []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.own && c.f != nil {
		return c.f.ReadAt(p, off)
	}
	if off < 0 {
		return 0, fmt.Errorf("offset %d", off)
	}
	n := copy(p, c.b[min(off, int64(len(c.b))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// take brings the content into memory. The caller holds mu.
func (c *content) take() error {
	if c.own || c.f == nil {
		c.own = true
		return nil
	}
	b := make([]byte, c.size)
	if _, err := c.f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	c.b, c.own = b, true
	return nil
}

func (c *content) resize(size int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case size < 0:
		return fmt.Errorf("size %d", size)
	case size == 0:
		c.b, c.own = nil, true
		return nil
	}
	if err := c.take(); err != nil {
		return err
	}
	c.grow(size)
	c.b = c.b[:size]
	return nil
}

// grow makes the content at least size bytes long. The caller holds mu.
func (c *content) grow(size int64) {
	if n := int64(len(c.b)); size > n {
		c.b = append(c.b, make([]byte, size-n)...)
	}
}

func (c *content) write(p []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.take(); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if off < 0 {
		return 0, fmt.Errorf("offset %d", off)
	}
	c.grow(off + int64(len(p)))
	return copy(c.b[off:], p), nil
}

func (c *content) length() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.own && c.f != nil {
		return c.size
	}
	return int64(len(c.b))
}

// handle is an open file.
type handle struct {
	content *content
	shut    atomic.Bool
}

func (h *handle) open() error {
	if h.shut.Load() {
		return disk.ErrClosed
	}
	return nil
}

// ReadAt implements disk.File.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	if err := h.open(); err != nil {
		return 0, err
	}
	return h.content.read(p, off)
}

// WriteAt implements disk.File.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	if err := h.open(); err != nil {
		return 0, err
	}
	return h.content.write(p, off)
}

// Truncate implements disk.File.
func (h *handle) Truncate(size int64) error {
	if err := h.open(); err != nil {
		return err
	}
	return h.content.resize(size)
}

// Size implements disk.File.
func (h *handle) Size() (int64, error) { return h.content.length(), h.open() }

// Sync implements disk.File.
func (h *handle) Sync() error { return h.open() }

// Close implements disk.File.
func (h *handle) Close() error {
	if h.shut.Swap(true) {
		return disk.ErrClosed
	}
	return nil
}
