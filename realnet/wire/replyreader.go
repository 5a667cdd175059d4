package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// replyReader reads fields; after the first error everything is zero.
type replyReader struct {
	r      *bufio.Reader
	budget int
	err    error
}

func (d *replyReader) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrReply, what)
	}
}

// take returns the next n bytes of the stream in a slice of their own.
func (d *replyReader) take(n int) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > d.budget {
		d.fail(fmt.Sprintf("a field of %d bytes", n))
		return nil
	}
	const step = 64 << 10
	b := make([]byte, min(n, step))
	for have := 0; ; {
		got, err := io.ReadFull(d.r, b[have:])
		d.budget -= got
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			d.err = err
			return nil
		}
		have = len(b)
		if have == n {
			return b
		}
		more := make([]byte, min(n, 2*have))
		copy(more, b)
		b = more
	}
}

// fixed returns the next n bytes, 8 at most, valid until the next read.
func (d *replyReader) fixed(n int) []byte {
	var zero [8]byte
	if d.err != nil {
		return zero[:n]
	}
	b, err := d.r.Peek(n)
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.err = err
		return zero[:n]
	}
	d.budget -= n
	if d.budget < 0 {
		d.fail("an answer that does not end")
		return zero[:n]
	}
	_, _ = d.r.Discard(n) // can't fail: the bytes are buffered, and b stays valid
	return b
}

func (d *replyReader) int32() int32 { return int32(binary.LittleEndian.Uint32(d.fixed(4))) }
func (d *replyReader) int64() int64 { return int64(binary.LittleEndian.Uint64(d.fixed(8))) }
func (d *replyReader) byte() byte   { return d.fixed(1)[0] }

func (d *replyReader) bool() bool {
	b := d.byte()
	if b > 1 {
		d.fail(fmt.Sprintf("bool byte %02x", b))
	}
	return b == 1
}

func (d *replyReader) string() []byte { return d.take(int(d.int32())) }

func (d *replyReader) text() string { return string(d.string()) }

func (d *replyReader) option() command.Option {
	if !d.bool() {
		return command.None
	}
	return command.Some(d.string())
}

func (d *replyReader) entry() command.Entry { return command.Entry{Key: d.text(), Value: d.string()} }
