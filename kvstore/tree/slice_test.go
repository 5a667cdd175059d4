package tree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// sliced runs a checkpoint and returns the most pages that one slice wrote.
func sliced(t *testing.T, tr *Tree, c *Checkpoint) (most int) {
	t.Helper()
	for !c.Done() {
		before := c.PagesWritten()
		require.NoError(t, c.Run())
		most = max(most, c.PagesWritten()-before)
	}
	require.NoError(t, tr.Finish(c))
	return most
}

func ascending(n, size int) []Edit {
	edits := make([]Edit, n)
	for i := range edits {
		edits[i] = Edit{Key: fmt.Sprintf("key%08d", i), Value: []byte(strings.Repeat("v", size))}
	}
	return edits
}

// A slice is small, whatever the changes are: the log's sync waits for it.
func TestCheckpoint_SlicesAreSmall(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, c := range map[string]*changes{
		"the first entries of all": {edits: ascending(60_000, 100)},
		"large values":             {edits: ascending(6, 3<<20)},
		"all over":                 randomChanges(rng, shape{keys: 100_000, edits: 100_000}),
	} {
		tr, err := Create(disk.NewMem(0), file, metaAt(0), Options{})
		require.NoError(t, err)
		require.LessOrEqual(t, sliced(t, tr, tr.Begin(metaAt(1), c)), slicePages+maxRun+8, name)
		again := &changes{cleared: []Range{{Lo: "key5"}}, edits: ascending(60_000, 90)}
		require.LessOrEqual(t, sliced(t, tr, tr.Begin(metaAt(2), again)), slicePages+maxRun+8, name)
		require.LessOrEqual(t, sliced(t, tr, tr.Begin(metaAt(3), &changes{cleared: []Range{{}}})), slicePages+maxRun+8, name)
	}
}

// Keys that are appended one by one leave full pages behind.
func TestCheckpoint_AppendedKeysFillPages(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	for i, e := range ascending(600, 100) {
		require.NoError(t, finish(tr, tr.Begin(metaAt(i+1), &changes{edits: []Edit{e}})))
	}
	st, err := Stat(d, file)
	require.NoError(t, err)
	require.Greater(t, st.LeafFill, 85)
}

// What changes nothing writes no leaf: deletes of absent keys, cleared ranges
// without keys.
func TestCheckpoint_NothingChangedStays(t *testing.T) {
	tr, err := Create(disk.NewMem(0), file, metaAt(0), Options{})
	require.NoError(t, err)
	require.NoError(t, finish(tr, tr.Begin(metaAt(1), &changes{edits: ascending(100, 10)})))
	root := tr.newest().root
	c := &changes{cleared: []Range{{Lo: "key00000010+", Hi: Below("key00000010~")}}, edits: []Edit{{Key: "key00000020+", Deleted: true}}}
	require.NoError(t, finish(tr, tr.Begin(metaAt(2), c)))
	require.Equal(t, root, tr.newest().root)
}

// The rightmost branch shrinks to one child while higher levels hold more: the top
// is where all comes together, not where a single child is.
func TestCheckpoint_TheTopHoldsEverything(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	// Keys that differ late make long separators and small branches, so that five levels
	// need few entries.
	key := func(i int) string { return fmt.Sprintf("%s%04d", strings.Repeat("k", 500), i) }
	c := &changes{}
	for i := range 1500 {
		c.edits = append(c.edits, Edit{Key: key(i), Value: []byte(strings.Repeat("v", 700))})
	}
	m := model{}.apply(c)
	require.NoError(t, finish(tr, tr.Begin(metaAt(1), c)))
	require.GreaterOrEqual(t, tr.newest().height, 5)
	for n := 1500; n > 0; n -= 3 {
		c := &changes{cleared: []Range{{Lo: key(n)}}, edits: []Edit{{Key: key(n), Value: []byte("last")}}}
		m = m.apply(c)
		require.NoError(t, finish(tr, tr.Begin(metaAt(2), c)))
		require.EqualValues(t, len(m), tr.newest().root.keys, "cut at %d", n)
	}
	clean(t, d, file)
}

// A full disk ends a checkpoint, not the tree, and gets back what was written.
func TestFinish_FullDisk(t *testing.T) {
	d := disk.NewMem(0)
	tr, err := Create(d, file, metaAt(0), Options{})
	require.NoError(t, err)
	require.NoError(t, finish(tr, tr.Begin(metaAt(1), &changes{edits: ascending(1000, 100)})))
	used := d.Used()
	d.SetCapacity(used + 10*PageSize)
	require.ErrorIs(t, finish(tr, tr.Begin(metaAt(2), &changes{edits: ascending(3000, 100)})), disk.ErrFull)
	require.Equal(t, used, d.Used())
	clean(t, d, file)
	d.SetCapacity(0)
	require.NoError(t, finish(tr, tr.Begin(metaAt(2), &changes{edits: ascending(3000, 100)})))
	require.EqualValues(t, 3000, clean(t, d, file).Keys)
}
