package kvstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Digest is the content digest: the sum, modulo 2^128, of a hash per entry. The
// empty content has the zero Digest.
type Digest = tree.Digest

// contentSum is the sum of a content mark: it covers the digest and the number
// of the keys.
func contentSum(keys uint64, d Digest) [16]byte {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 24), keys)
	b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, d.Hi), d.Lo)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// maxScratch is the largest buffer that is kept between uses, in bytes.
const maxScratch = 64 << 10

// Chain is the apply chain after some instance.
type Chain [sha256.Size]byte

// String prints all of it in hex.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// mark is the chain as a mark after instance i.
func (c Chain) mark(i core.Instance) core.Mark {
	return core.Mark{Instance: i, Kind: core.MarkChain, Sum: [16]byte(c[:16])}
}

// chain computes the apply chain. Per instance it is SHA-256 of
//
//	previous chain, instance u64, count u32, then per update
//	length u32, encoded update, code u32, length u32, message,
//	0 u8 | 1 u8 length u32 option, count u64
//
// with little-endian numbers. A control entry has count 0, then length u32 and
// the value.
type chain struct {
	value Chain
	hash  hash.Hash
	buf   []byte // waits to be hashed
}

func newChain() chain { return chain{hash: sha256.New()} }

func (c *chain) begin(i core.Instance, updates int) {
	c.hash.Reset()
	if c.buf == nil { // many stores are only opened and read
		c.buf = make([]byte, 0, maxScratch)
	}
	c.buf = append(c.buf[:0], c.value[:]...)
	c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(i))
	c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(updates))
}

func (c *chain) add(update []byte, r command.Result) {
	c.bytes(update)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(r.Code))
	c.bytes([]byte(r.Message))
	if r.Option.Some {
		c.buf = append(c.buf, 1)
		c.bytes(r.Option.Bytes)
	} else {
		c.buf = append(c.buf, 0)
	}
	c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(r.Count))
}

// bytes hashes a length and b; what is too large for the buffer goes past it. The
// room it leaves is enough for the fixed fields between two calls.
func (c *chain) bytes(b []byte) {
	c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(len(b)))
	if len(c.buf)+len(b)+32 <= cap(c.buf) {
		c.buf = append(c.buf, b...)
		return
	}
	c.hash.Write(c.buf)
	c.hash.Write(b)
	c.buf = c.buf[:0]
}

func (c *chain) end() {
	c.hash.Write(c.buf)
	c.hash.Sum(c.value[:0])
}
