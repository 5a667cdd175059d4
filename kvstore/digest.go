package kvstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math/bits"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Digest is the content digest: the sum, modulo 2^128, of a hash per entry. The
// empty content has the zero Digest.
type Digest struct{ Hi, Lo uint64 }

func (d Digest) add(e Digest) Digest {
	lo, carry := bits.Add64(d.Lo, e.Lo, 0)
	hi, _ := bits.Add64(d.Hi, e.Hi, carry)
	return Digest{Hi: hi, Lo: lo}
}

func (d Digest) sub(e Digest) Digest {
	lo, borrow := bits.Sub64(d.Lo, e.Lo, 0)
	hi, _ := bits.Sub64(d.Hi, e.Hi, borrow)
	return Digest{Hi: hi, Lo: lo}
}

// String prints 32 hex digits.
func (d Digest) String() string { return fmt.Sprintf("%016x%016x", d.Hi, d.Lo) }

// entryDigest hashes one entry: SHA-256 of the key's length (u64), key and
// value, the first half of it. The length keeps (ab, c) apart from (a, bc).
// scratch is overwritten and returned, for the next call.
func entryDigest(scratch []byte, key string, value []byte) (Digest, []byte) {
	scratch = binary.LittleEndian.AppendUint64(scratch[:0], uint64(len(key)))
	scratch = append(append(scratch, key...), value...)
	sum := sha256.Sum256(scratch)
	if cap(scratch) > maxScratch {
		scratch = nil
	}
	return Digest{Hi: binary.LittleEndian.Uint64(sum[8:]), Lo: binary.LittleEndian.Uint64(sum[:])}, scratch
}

// maxScratch is the largest buffer that is kept between uses, in bytes.
const maxScratch = 64 << 10

// Chain is the apply chain after some instance.
type Chain [sha256.Size]byte

// String prints all of it in hex.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// chain computes the apply chain. Per instance it is SHA-256 of
//
//	previous chain, instance u64, count u32, then per update
//	length u32, encoded update, code u32, length u32, message,
//	0 u8 | 1 u8 length u32 option, count u64
//
// with little-endian numbers.
type chain struct {
	value Chain
	hash  hash.Hash
	buf   []byte // waits to be hashed
}

func newChain() chain { return chain{hash: sha256.New(), buf: make([]byte, 0, maxScratch)} }

func (c *chain) begin(i core.Instance, updates int) {
	c.hash.Reset()
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
