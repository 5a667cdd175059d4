package disk

import "bytes"

// image is the bytes of a file, in chunks. Copies share their chunks until one of them
// writes, so a copy costs a pointer for each chunk, and zeros that were never anything
// else cost nothing. The zero image is empty.
type image struct {
	chunks []*chunk // nil: zeros
	own    []bool   // which of them no other image has
	size   int64
	tag    *byte // images with the same one have the same bytes; nil: it has none yet
}

const chunkBytes = 4096

// chunk's bytes behind the image's end are zeros.
type chunk [chunkBytes]byte

// share returns a copy.
func (g *image) share() image {
	clear(g.own)
	return image{append([]*chunk(nil), g.chunks...), make([]bool, len(g.chunks)), g.size, g.tagged()}
}

func (g *image) tagged() *byte {
	if g.tag == nil {
		g.tag = new(byte)
	}
	return g.tag
}

// readAt copies the bytes at off into p, and says how many there are.
func (g *image) readAt(p []byte, off int64) int {
	p = p[:max(0, min(int64(len(p)), g.size-off))]
	n := len(p)
	for len(p) > 0 {
		at := int(off % chunkBytes)
		part := p[:min(len(p), chunkBytes-at)]
		if c := g.chunks[off/chunkBytes]; c != nil {
			copy(part, c[at:])
		} else {
			clear(part)
		}
		p, off = p[len(part):], off+int64(len(part))
	}
	return n
}

// writeAt puts p at off, behind the end as well.
func (g *image) writeAt(p []byte, off int64) {
	if end := off + int64(len(p)); end > g.size {
		g.resize(end)
	}
	for len(p) > 0 {
		at := int(off % chunkBytes)
		part := p[:min(len(p), chunkBytes-at)]
		if c := int(off / chunkBytes); g.chunks[c] != nil || !isZero(part) {
			copy(g.writable(c, len(part) == chunkBytes)[at:], part)
		}
		p, off = p[len(part):], off+int64(len(part))
	}
}

// writable returns a chunk that only this image has; anew says that all of it will be
// overwritten.
func (g *image) writable(c int, anew bool) *chunk {
	g.tag = nil
	if !g.own[c] {
		fresh := new(chunk)
		if old := g.chunks[c]; old != nil && !anew {
			*fresh = *old
		}
		g.chunks[c], g.own[c] = fresh, true
	}
	return g.chunks[c]
}

// edit lets change work on the n bytes at off, all of which the image has.
func (g *image) edit(off int64, n int, change func([]byte)) {
	b := make([]byte, n)
	g.readAt(b, off)
	change(b)
	g.writeAt(b, off)
}

// resize cuts the image, or extends it with zeros.
func (g *image) resize(size int64) {
	if size < g.size {
		if c, at := int(size/chunkBytes), int(size%chunkBytes); at > 0 && g.chunks[c] != nil {
			clear(g.writable(c, false)[at:])
		}
	}
	n := int((size + chunkBytes - 1) / chunkBytes)
	if n <= len(g.chunks) {
		clear(g.chunks[n:]) // for whoever collects them
		g.chunks, g.own = g.chunks[:n], g.own[:n]
	}
	for len(g.chunks) < n {
		g.chunks, g.own = append(g.chunks, nil), append(g.own, false)
	}
	if size != g.size {
		g.size, g.tag = size, nil
	}
}

// isZero reports whether a part of a chunk is only zeros.
func isZero(part []byte) bool { return bytes.Equal(part, zeros[:len(part)]) }

// zeros are shared by all that was only ever zero; nobody writes here.
var zeros chunk

// keep returns a copy of what was written to one sector or more. Zeros, of which
// preallocation makes many, are not copied.
func keep(p []byte) func(from, n int) []byte {
	for at := 0; at < len(p); at += chunkBytes {
		if !isZero(p[at:min(at+chunkBytes, len(p))]) {
			kept := bytes.Clone(p)
			return func(from, n int) []byte { return kept[from : from+n] }
		}
	}
	return func(_, n int) []byte { return zeros[:n] }
}
