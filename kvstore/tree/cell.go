package tree

// A leaf cell is one entry. Small ones stand in the leaf:
//
//	+0 form u8 = 0 | +1 key length u16 | +3 value length u16 | key | value
//
// Large values (form 1) stand in a blob, and so does what long keys (form 2) have
// behind their first 512 bytes, followed by the value. The digest is the entry's,
// so that it can be subtracted without a read.
//
//	+0 form u8 | +1 key bytes here u16 | +3 key length u32 | +7 value length u32
//	+11 digest 16 | +27 blob 20 | +47 key bytes
//
// A branch cell is a child: the pointer to it, and a separator, which is not above
// any key in it and above all keys before it. The first cell of a branch has an
// empty one: the separator stands in the cell that points to the branch. A
// separator over 512 bytes has its rest in a blob (form 2).
//
//	+0 form u8 = 0 | +1 key bytes here u16 | +3 pointer 40 | +43 separator
//	+0 form u8 = 2 | +1 key bytes here u16 | +3 pointer 40 | +43 key length u32 | +47 blob 20 | +67 key bytes
const (
	formInline = 0
	formValue  = 1
	formLong   = 2

	inlineHead     = 5
	largeHead      = 47
	branchHead     = 43
	branchLongHead = 67

	// maxInlineKey is how much of a key a page holds, in bytes.
	maxInlineKey = 512
	// maxInlineEntry is the longest key and value that stand in a leaf together, in
	// bytes. Three such entries fit.
	maxInlineEntry = 1280
	// maxEntry bounds key and value together, in bytes.
	maxEntry = 1<<31 - 1
)

// entry is a leaf cell. Its slices lie in the page.
type entry struct {
	form     byte
	key      []byte // all of it, or the first maxInlineKey bytes (formLong)
	value    []byte // formInline only
	keyLen   int
	valueLen int
	digest   Digest  // not formInline
	blob     blobRef // not formInline
}

// leafCellLen returns the length of the cell at the start of b, negative if it
// isn't one. b may be as short as it likes.
func leafCellLen(b []byte) int {
	if len(b) < inlineHead {
		return -1
	}
	inline := int(le.Uint16(b[1:]))
	switch b[0] {
	case formInline:
		return inlineHead + inline + int(le.Uint16(b[3:]))
	case formValue, formLong:
		if len(b) < largeHead {
			return -1
		}
		keyLen, valueLen := uint64(le.Uint32(b[3:])), uint64(le.Uint32(b[7:]))
		long := b[0] == formLong
		if inline > maxInlineKey || keyLen+valueLen > maxEntry || !getBlobRef(b[27:]).valid() ||
			long && (inline != maxInlineKey || keyLen <= maxInlineKey) || !long && (keyLen != uint64(inline) || valueLen == 0) {
			return -1
		}
		return largeHead + inline
	default:
		return -1
	}
}

// leafEntry decodes cell i of a leaf that fits.
func leafEntry(page []byte, i int) entry {
	b := page[le.Uint16(page[headerSize+2*i:]):]
	inline := int(le.Uint16(b[1:]))
	if b[0] == formInline {
		valueLen := int(le.Uint16(b[3:]))
		return entry{key: b[inlineHead : inlineHead+inline], value: b[inlineHead+inline:][:valueLen],
			keyLen: inline, valueLen: valueLen}
	}
	return entry{form: b[0], key: b[largeHead : largeHead+inline], keyLen: int(le.Uint32(b[3:])),
		valueLen: int(le.Uint32(b[7:])), digest: Digest{Hi: le.Uint64(b[11:]), Lo: le.Uint64(b[19:])},
		blob: getBlobRef(b[27:])}
}

// appendInline appends the cell of an entry that stands in the leaf.
func appendInline(b []byte, key string, value []byte) []byte {
	b = append(b, formInline)
	b = le.AppendUint16(b, uint16(len(key)))
	b = le.AppendUint16(b, uint16(len(value)))
	return append(append(b, key...), value...)
}

// appendLarge appends the cell of an entry with a blob.
func appendLarge(b []byte, key string, valueLen int, digest Digest, blob blobRef) []byte {
	form, inline := byte(formValue), key
	if len(key) > maxInlineKey {
		form, inline = formLong, key[:maxInlineKey]
	}
	b = append(b, form)
	b = le.AppendUint16(b, uint16(len(inline)))
	b = le.AppendUint32(b, uint32(len(key)))
	b = le.AppendUint32(b, uint32(valueLen))
	b = le.AppendUint64(b, digest.Hi)
	b = le.AppendUint64(b, digest.Lo)
	b = blob.append(b)
	return append(b, inline...)
}

// isInline reports whether an entry stands in the leaf as a whole.
func isInline(key string, value []byte) bool {
	return len(key) <= maxInlineKey && len(key)+len(value) <= maxInlineEntry
}

// separator divides two neighbours. Two are the same only if they share the blob.
type separator struct {
	key  []byte  // all of it
	blob blobRef // has what is behind maxInlineKey bytes, if there is any
}

// branchCell is a child of a branch.
type branchCell struct {
	ptr pointer
	sep separator
}

// size is how much of a page the cell takes, its offset included.
func (c *branchCell) size() int {
	if len(c.sep.key) > maxInlineKey {
		return 2 + branchLongHead + maxInlineKey
	}
	return 2 + branchHead + len(c.sep.key)
}

// branchCellLen returns the length of the cell at the start of b, negative if it
// isn't one.
func branchCellLen(b []byte) int {
	if len(b) < branchHead || le.Uint32(b[3:]) == 0 {
		return -1
	}
	inline := int(le.Uint16(b[1:]))
	switch {
	case b[0] == formInline && inline <= maxInlineKey:
		return branchHead + inline
	case b[0] == formLong && inline == maxInlineKey && len(b) >= branchLongHead:
		keyLen := le.Uint32(b[43:])
		if keyLen <= maxInlineKey || keyLen > maxEntry || !getBlobRef(b[47:]).valid() {
			return -1
		}
		return branchLongHead + inline
	default:
		return -1
	}
}

// child is a branch cell as it stands in the page.
type child struct {
	ptr    pointer
	key    []byte // the separator, or the first maxInlineKey bytes of it
	keyLen int
	blob   blobRef
}

// branchChild decodes cell i of a branch that fits.
func branchChild(page []byte, i int) child {
	b := page[le.Uint16(page[headerSize+2*i:]):]
	inline := int(le.Uint16(b[1:]))
	c := child{ptr: getPointer(b[3:]), keyLen: inline}
	if b[0] == formInline {
		c.key = b[branchHead : branchHead+inline]
	} else {
		c.key, c.keyLen, c.blob = b[branchLongHead:branchLongHead+inline], int(le.Uint32(b[43:])), getBlobRef(b[47:])
	}
	return c
}

// appendBranch appends a cell; the first one of a page leaves its separator out.
func appendBranch(b []byte, c *branchCell, first bool) []byte {
	var p [pointerSize]byte
	c.ptr.put(p[:])
	key := c.sep.key
	if first {
		key = nil
	}
	if len(key) <= maxInlineKey {
		b = append(b, formInline)
		b = le.AppendUint16(b, uint16(len(key)))
		return append(append(b, p[:]...), key...)
	}
	b = append(b, formLong)
	b = le.AppendUint16(b, maxInlineKey)
	b = append(b, p[:]...)
	b = le.AppendUint32(b, uint32(len(key)))
	b = c.sep.blob.append(b)
	return append(b, key[:maxInlineKey]...)
}

// shortest returns the shortest separator of two keys, a < b: above a, not above b.
// It is a slice of b.
func shortest(a, b []byte) []byte {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return b[:i+1]
		}
	}
	return b[:n+1]
}
