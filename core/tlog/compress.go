package tlog

import (
	"errors"
	"io"

	"github.com/klauspost/compress/s2"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// compressedTemp is the compressed segment that is being written.
const compressedTemp = "compress.tmp"

// sliceBytes is how much one job of upkeep reads or writes, about: it syncs what
// it wrote, so that the log's own sync never waits behind more.
const sliceBytes = 2 << 20

// compression is a segment that is being compressed, a slice at a time.
type compression struct {
	compressedHead
	begin int64 // of the segment's first batch
	at    int64 // of the next frame, in the new file
}

// run compresses a slice; done when the compressed segment is in place.
func (c *compression) run(d disk.Disk, dir string) (done bool, err error) {
	src, err := d.Open(join(dir, segmentName(c.number)))
	if err != nil {
		return false, err
	}
	defer closeQuietly(src)
	f, err := c.target(d, dir, src)
	if err != nil {
		return false, err
	}
	done = false
	if err = c.slice(src, f); err == nil && int64(len(c.frames)) == frameCount(c.raw, int64(len(c.own))) {
		_, err = f.WriteAt(c.encode(), 0)
		done = true
	}
	if err == nil {
		err = failedSync(f.Sync())
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil || !done {
		return false, err
	}
	return true, c.publish(d, dir)
}

// target opens the file that is written; the first slice makes it.
func (c *compression) target(d disk.Disk, dir string, src disk.File) (disk.File, error) {
	if c.own != nil {
		return d.Open(join(dir, compressedTemp))
	}
	own := make([]byte, c.begin)
	if _, err := src.ReadAt(own, 0); err != nil {
		return nil, err
	}
	c.own = own
	c.frames = make([]frame, frameCount(c.raw, c.begin)) // their number sets the length of the header
	c.at = int64(len(c.encode()))
	c.frames = c.frames[:0]
	return d.Create(join(dir, compressedTemp))
}

// slice compresses the next frames.
func (c *compression) slice(src, f disk.File) error {
	longest := max(c.length(len(c.frames)), 0) // of those that are left: only the last may be shorter
	raw, packed := make([]byte, longest), make([]byte, s2.MaxEncodedLen(longest))
	for k := 0; k < sliceBytes/frameBytes && int64(len(c.frames)) < frameCount(c.raw, c.begin); k++ {
		n := len(c.frames)
		raw = raw[:c.length(n)]
		if got, err := src.ReadAt(raw, c.begin+int64(n)*frameBytes); err != nil && !errors.Is(err, io.EOF) {
			return err
		} else if got < len(raw) {
			clear(raw[got:])
		}
		b := s2.Encode(packed, raw)
		if _, err := f.WriteAt(b, c.at); err != nil {
			return err
		}
		c.frames = append(c.frames, frame{c.at, uint32(len(b)), crcOf(salted(c.number), b)})
		c.at += int64(len(b))
	}
	return nil
}

// publish puts the compressed segment, which is synced, in the place of the other.
// Whoever looks for the one and doesn't find it finds the other.
func (c *compression) publish(d disk.Disk, dir string) error {
	if err := d.Rename(join(dir, compressedTemp), join(dir, compressedName(c.number))); err != nil {
		return err
	}
	if err := d.SyncDir(dir); err != nil {
		return failedSync(err)
	}
	return d.Remove(join(dir, segmentName(c.number)))
}
