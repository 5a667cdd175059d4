package frame

import (
	"errors"
	"io"
)

// Reader cuts frames out of a stream: many per read when they are small.
type Reader struct {
	src   io.Reader
	limit int
	buf   []byte // buf[r:w] is read and not yet taken
	r, w  int
}

const readSize = 64 << 10 // bytes read at a time

// NewReader returns a reader of frames whose bodies have at most limit bytes.
func NewReader(src io.Reader, limit int) *Reader {
	return &Reader{src: src, limit: limit, buf: make([]byte, readSize)}
}

// Reset makes the reader one of another stream; what it had read is gone.
func (f *Reader) Reset(src io.Reader) { f.src, f.r, f.w = src, 0, 0 }

// Buffered reports whether a whole frame, or one that is wrong, is there already.
func (f *Reader) Buffered() bool {
	if f.w-f.r < HeaderSize {
		return false
	}
	n, err := Size(f.buf[f.r:], f.limit)
	return err != nil || f.w-f.r >= HeaderSize+n
}

// Next returns the messages of the next frame in memory of their own: what a
// Replica was given is kept, and must never change. At the end of the stream it
// returns io.EOF, inside a frame io.ErrUnexpectedEOF.
func (f *Reader) Next(version byte) ([]byte, error) {
	for f.w-f.r < HeaderSize {
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
	var header [HeaderSize]byte
	f.r += copy(header[:], f.buf[f.r:f.w])
	n, err := Size(header[:], f.limit)
	if err != nil {
		return nil, err
	}
	body, err := f.body(n)
	if err != nil {
		return nil, err
	}
	return Open(header[:], body, version)
}

// body takes n bytes. Memory grows with what really arrives, not with what a
// length promises.
func (f *Reader) body(n int) ([]byte, error) {
	const step = 1 << 20
	body := make([]byte, min(n, max(step, f.w-f.r)))
	have := copy(body, f.buf[f.r:f.w])
	f.r += have
	for {
		if _, err := io.ReadFull(f.src, body[have:]); err != nil {
			return nil, MidFrame(err)
		}
		have = len(body)
		if have == n {
			return body, nil
		}
		grown := make([]byte, min(n, 2*have))
		copy(grown, body)
		body = grown
	}
}

// fill reads more bytes behind those that wait.
func (f *Reader) fill() error {
	copy(f.buf, f.buf[f.r:f.w])
	f.w -= f.r
	f.r = 0
	n, err := f.src.Read(f.buf[f.w:])
	f.w += n
	if n > 0 || err == nil {
		return nil
	}
	if f.w > 0 {
		return MidFrame(err)
	}
	return err
}

// MidFrame makes an end of stream inside a frame an error of its own.
func MidFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
