package tree

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A chain of lists whose checksums hold but whose words can't be is refused with the
// reason, and never makes a page free that is in use.
func TestLists_WordsThatCannotBeAreRefused(t *testing.T) {
	const end = 100
	ext := func(tag uint64, page, n uint32) uint64 { return extentWord(tag, extent{page, n}) }
	for name, c := range map[string]struct { // every case stands alone
		want  string
		words []uint64
	}{
		"a meta page is free":        {"pages that can't be", []uint64{ext(wordFreed, 1, 1)}},
		"no pages":                   {"pages that can't be", []uint64{ext(wordFreed, 5, 0)}},
		"beyond the end":             {"pages that can't be", []uint64{ext(wordFreed, 99, 2)}},
		"taken, but in use":          {"taken pages that were not free", []uint64{ext(wordTaken, 5, 1)}},
		"partly free":                {"taken pages that were not free", []uint64{word(wordAt, 0), ext(wordFreed, 5, 1), ext(wordTaken, 5, 2)}},
		"free twice at once":         {"a page is free twice", []uint64{word(wordAt, 0), ext(wordFreed, 5, 3), ext(wordFreed, 7, 1)}},
		"free twice when ripe":       {"a page is free twice", []uint64{word(wordAt, 3), ext(wordFreed, 5, 1), ext(wordFreed, 5, 1), word(wordRipe, 3)}},
		"fewer bits than said":       {"free pages that can't be", []uint64{word(wordBits, 2), 1 << 5}},
		"more bits than pages":       {"free pages that can't be", []uint64{word(wordBits, 3), 0, 0, 0}},
		"a bit behind the end":       {"free pages that can't be", []uint64{word(wordBits, 2), 0, 1 << (end - 64)}},
		"a bit of a meta page":       {"free pages that can't be", []uint64{word(wordBits, 1), 1 << 1}},
		"half a subtree":             {"cut off", []uint64{word(wordToFree, 1), 5}},
		"a kind of no version so fa": {"a word of an unknown kind", []uint64{word(7, 0)}},
	} {
		l := lists{space: space{end: end}}
		require.Equal(t, c.want, l.play(group{ckpt: 4, words: c.words}, true), name)
	}
}

func TestLists_SubtreesToFreeRoundTrip(t *testing.T) {
	want := []subtree{{ref: ref{page: 5, crc: 0xfedcba98, ckpt: 3}, level: 2, overflow: true}, {ref: ref{page: 7, ckpt: 1}}}
	words := (&lists{toFree: want}).toFreeWords(nil)
	for _, newest := range []bool{true, false} {
		l := lists{space: space{end: 10}}
		require.Empty(t, l.play(group{ckpt: 4, words: words}, newest))
		if newest {
			require.Equal(t, want, l.toFree)
		} else {
			require.Empty(t, l.toFree, "an older group's list was replaced by the newer one's")
		}
	}
}

// Cells are judged before anything in them is believed.
func TestCells_ThatCannotBeAreNoCells(t *testing.T) {
	blob := blobRef{ref: ref{page: 9, ckpt: 1}, pages: 1}
	leaf := func(form byte, inline uint16, keyLen, valueLen uint32, r blobRef) []byte {
		b := make([]byte, largeHead+maxInlineKey)
		b[0] = form
		le.PutUint16(b[1:], inline)
		le.PutUint32(b[3:], keyLen)
		le.PutUint32(b[7:], valueLen)
		copy(b[27:], r.append(nil))
		return b
	}
	require.Equal(t, largeHead+3, leafCellLen(leaf(formValue, 3, 3, 9000, blob)))
	require.Equal(t, largeHead+maxInlineKey, leafCellLen(leaf(formLong, maxInlineKey, maxInlineKey+1, 0, blob)))
	for name, b := range map[string][]byte{ // every case stands alone
		"no head":                     make([]byte, inlineHead-1),
		"no large head":               leaf(formValue, 3, 3, 9000, blob)[:largeHead-1],
		"no form":                     leaf(99, 3, 3, 9000, blob),
		"no place of the value":       leaf(formValue, 3, 3, 9000, blobRef{}),
		"a run that is too long":      leaf(formValue, 3, 3, 9000, blobRef{ref: blob.ref, pages: maxRun + 1}),
		"a key of another length":     leaf(formValue, 3, 4, 9000, blob),
		"a large value of no bytes":   leaf(formValue, 3, 3, 0, blob),
		"a long key that is short":    leaf(formLong, maxInlineKey, maxInlineKey, 5, blob),
		"a long key with little here": leaf(formLong, 3, maxInlineKey+1, 5, blob),
		"an entry beyond the limit":   leaf(formValue, 3, 3, maxEntry, blob),
	} {
		require.Negative(t, leafCellLen(b), name)
	}
	branch := func(form byte, page uint32, inline uint16, keyLen uint32, r blobRef) []byte {
		b := make([]byte, branchLongHead+maxInlineKey)
		b[0] = form
		le.PutUint16(b[1:], inline)
		le.PutUint32(b[3:], page)
		le.PutUint32(b[43:], keyLen)
		copy(b[47:], r.append(nil))
		return b
	}
	require.Equal(t, branchHead+3, branchCellLen(branch(formInline, 4, 3, 0, blobRef{})))
	require.Equal(t, branchLongHead+maxInlineKey, branchCellLen(branch(formLong, 4, maxInlineKey, maxInlineKey+1, blob)))
	for name, b := range map[string][]byte{ // every case stands alone
		"no head":                    make([]byte, branchHead-1),
		"no child":                   branch(formInline, 0, 3, 0, blobRef{}),
		"no form":                    branch(99, 4, 3, 0, blobRef{}),
		"a key too long to be here":  branch(formInline, 4, maxInlineKey+1, 0, blobRef{}),
		"a long key that is short":   branch(formLong, 4, maxInlineKey, maxInlineKey, blob),
		"a key beyond the limit":     branch(formLong, 4, maxInlineKey, maxEntry+1, blob),
		"no place of the long key":   branch(formLong, 4, maxInlineKey, maxInlineKey+1, blobRef{}),
		"a long key's head cut away": branch(formLong, 4, maxInlineKey, maxInlineKey+1, blob)[:branchLongHead-1],
	} {
		require.Negative(t, branchCellLen(b), name)
	}
}

func TestPages_WhoseInsideCannotBeAreRefused(t *testing.T) {
	page := func(cells int) []byte {
		b := make([]byte, PageSize)
		le.PutUint16(b[2:], uint16(cells))
		return b
	}
	require.Equal(t, "0 cells", layout(page(0), kindLeaf))
	require.Equal(t, "2100 cells", layout(page(2100), kindBranch))
	require.Equal(t, "cell 0 is not where it must be", layout(page(1), kindLeaf))
	require.Equal(t, "510 words", layout(page(510), kindFree))
	require.Empty(t, layout(page(chainWords), kindFree))
	require.Equal(t, "unknown kind", layout(page(1), kind(99)))
}

func TestMeta_PagesThatCannotBeAreDamaged(t *testing.T) {
	good := metaPage{ckpt: 3, pages: 10}
	for name, spoil := range map[string]func(*metaPage){ // every case stands alone
		"no checkpoint":        func(m *metaPage) { m.ckpt = 0 },
		"fewer than the metas": func(m *metaPage) { m.pages = firstPage - 1 },
		"too high":             func(m *metaPage) { m.height, m.root.page = maxHeight+1, 5 },
		"a root, no height":    func(m *metaPage) { m.root.page = 5 },
		"a height, no root":    func(m *metaPage) { m.height = 1 },
	} {
		m := good
		spoil(&m)
		_, err := decodeMeta(m.encode())
		require.ErrorIs(t, err, ErrDamaged, name)
		require.ErrorContains(t, err, "can't be", name)
	}
	_, err := decodeMeta(good.encode())
	require.NoError(t, err)
}
