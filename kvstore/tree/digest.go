package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Digest is a content digest: the sum, modulo 2^128, of a hash per entry. It does
// not depend on the order or on the history of the entries. No entries have the
// zero Digest.
type Digest struct{ Hi, Lo uint64 }

// Add returns the digest of the union of two disjoint sets of entries.
func (d Digest) Add(e Digest) Digest {
	lo, carry := bits.Add64(d.Lo, e.Lo, 0)
	hi, _ := bits.Add64(d.Hi, e.Hi, carry)
	return Digest{Hi: hi, Lo: lo}
}

// Sub returns the digest of a set of entries without those of a subset.
func (d Digest) Sub(e Digest) Digest {
	lo, borrow := bits.Sub64(d.Lo, e.Lo, 0)
	hi, _ := bits.Sub64(d.Hi, e.Hi, borrow)
	return Digest{Hi: hi, Lo: lo}
}

// String prints 32 hex digits.
func (d Digest) String() string { return fmt.Sprintf("%016x%016x", d.Hi, d.Lo) }

// EntryDigest hashes one entry: SHA-256 of the key's length (u64), key and value,
// the first half of it. The length keeps (ab, c) apart from (a, bc). scratch is
// overwritten and returned, for the next call; it may be nil.
func EntryDigest(scratch []byte, key string, value []byte) (Digest, []byte) {
	return entryDigest(scratch, key, value)
}

func entryDigest[K string | []byte](scratch []byte, key K, value []byte) (Digest, []byte) {
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
