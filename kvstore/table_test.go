package kvstore

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
	"github.com/openvstorage/arakoon-go/model"
)

// content is what is visible somewhere, in the plainest form.
type content map[string]string

// over returns what is visible through a layer, key by key.
func (below content) over(l *layer) content {
	above := content{}
	for k, v := range below {
		if !l.covers(k) {
			above[k] = v
		}
	}
	l.cells.Scan(func(k string, c *cell) bool {
		if delete(above, k); !c.deleted {
			above[k] = string(c.value)
		}
		return true
	})
	return above
}

// inspect holds all that a layer counts and remembers against what is below it.
func inspect(t rapid.TB, what string, l *layer, below content) content {
	over, deleted, clearedKeys := 0, 0, 0
	l.cells.Scan(func(k string, c *cell) bool {
		_, visible := below[k]
		if visible = visible && !l.covers(k); visible != c.below || c.deleted && !c.below {
			t.Fatalf("%s: %q is visible below: %v, but its cell is %+v", what, k, visible, *c)
		}
		if c.below {
			over++
		}
		if c.deleted {
			deleted++
		}
		return true
	})
	last := ""
	l.cleared.Scan(func(prefix string, c clearing) bool {
		n := 0
		for k := range below {
			if strings.HasPrefix(k, prefix) {
				n++
			}
		}
		clearedKeys += n
		if n != c.below || n == 0 || clearedKeys > n && strings.HasPrefix(prefix, last) {
			t.Fatalf("%s: %d keys cleared below %q after %q, it says %d", what, n, prefix, last, c.below)
		}
		last = prefix
		return true
	})
	above := below.over(l)
	if l.over != over || l.deleted != deleted || l.delta != len(above)-len(below) {
		t.Fatalf("%s: over %d, deleted %d, delta %d, it says %d, %d, %d", what,
			over, deleted, len(above)-len(below), l.over, l.deleted, l.delta)
	}
	return above
}

// inspectStore inspects all layers of a store and returns what is visible.
func inspectStore(t rapid.TB, s *Store) content {
	b := s.base.p.Load()
	below := content{}
	if b.root != nil {
		c := b.root.Cursor()
		for ok := c.First(); ok; ok = c.Next() {
			below[string(c.Key())] = string(c.Value())
		}
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
	}
	if b.frozen != nil {
		below = inspect(t, "frozen", &b.frozen.layer, below)
	}
	if n := b.keys(); n != len(below) {
		t.Fatalf("base of %d keys says %d", len(below), n)
	}
	return inspect(t, "active", &s.txn.table.layer, below)
}

// TestLayers_RememberWhatIsBelow inspects every bit and count after each instance
// of a random history, with slices at random in between, and inside updates.
func TestLayers_RememberWhatIsBelow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s *Store
		opts := functions()
		opts.RegisterFunction("slice", func(command.Tx, command.Option) (command.Option, error) {
			runSlice(s)
			return command.None, nil
		})
		s = onDisk(disk.NewMem(0), opts)
		same := functions()
		same.RegisterFunction("slice", func(command.Tx, command.Option) (command.Option, error) { return command.None, nil })
		twin := model.New(same.Functions)
		slice := rapid.Just(command.Update(command.UserFunction{Name: "slice"}))
		for range 25 {
			batch := rapid.SliceOfN(rapid.OneOf(anyUpdate(2), anyUpdate(2), slice), 1, 6).Draw(t, "batch")
			applyBoth(t, s, twin, batch)
			have := inspectStore(t, s)
			for _, e := range twin.Entries() {
				if have[e.Key] != string(e.Value) || len(have) != len(twin.Entries()) {
					t.Fatalf("instance %d: %v, want %v", s.Applied(), have, twin.Entries())
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "slices") {
				runSlice(s)
			}
		}
	})
}

// TestDeletePrefix_IsOneTombstone deletes most of what tree and tables hold, in one
// update: the tables then remember the prefix, and no key. It may be undone.
func TestDeletePrefix_IsOneTombstone(t *testing.T) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 40, FreezeBytes: 1 << 40})
	load := func(kind string) {
		var updates [][]byte
		for i := range 1000 {
			updates = append(updates, command.Encode(set(fmt.Sprintf("%d/%s%03d", i%3, kind, i), "v")))
		}
		applyValue(s, core.EncodeBatch(updates))
	}
	load("tree")
	require.True(t, s.Freeze())
	settle(s)
	load("frozen")
	require.True(t, s.Freeze())
	load("active")
	require.Equal(t, 3000, view(s).KeyCount())

	undone := command.Encode(seq(command.DeletePrefix{Prefix: "1/"}, set("1/new", "v"), del("absent")))
	done := command.Encode(seq(set("1/new", "v"), command.DeletePrefix{Prefix: "1/"}))
	results := applyValue(s, core.EncodeBatch([][]byte{undone, command.Encode(command.DeletePrefix{Prefix: "0/"}), done}))
	require.Equal(t, failed(command.CodeNotFound, "absent"), results[0])
	require.Equal(t, command.Result{Count: 3 * 334}, results[1])
	require.Equal(t, 2, s.txn.table.cleared.Len())
	require.Equal(t, 333+1, s.txn.table.cells.Len())
	inspectStore(t, s)
	settle(s)
	require.Equal(t, 3*333+1, view(s).KeyCount())
	inspectStore(t, s)

	results = applyValue(s, core.EncodeBatch([][]byte{command.Encode(command.DeletePrefix{})}))
	require.Equal(t, command.Result{Count: 3*333 + 1}, results[0])
	require.Equal(t, 1, s.txn.table.cleared.Len())
	require.Zero(t, s.txn.table.cells.Len())
	require.True(t, s.Freeze())
	settle(s)
	require.Zero(t, s.Stats().Keys)
	require.Equal(t, Digest{}, s.Stats().Content)
}

// TestCursor_SkipsWhatIsCleared reads past a cleared prefix of many keys, up and
// down, and looks at few pages.
func TestCursor_SkipsWhatIsCleared(t *testing.T) {
	cache := tree.NewCache(16 << 20)
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 30, FreezeBytes: 1 << 30, Cache: cache})
	keys := append(numbered("a", 2), "c")
	for i := range 30_000 {
		keys = append(keys, fmt.Sprintf("b%05d", i))
	}
	applySets(s, keys...)
	require.True(t, s.Freeze())
	settle(s)
	clearing := core.EncodeBatch([][]byte{command.Encode(command.DeletePrefix{Prefix: "b"})})
	for _, where := range []string{"active", "frozen"} {
		if where == "active" {
			applyValue(s, clearing)
		} else {
			require.True(t, s.Freeze())
		}
		v := view(s)
		before := cache.Stats()
		require.Equal(t, []string{"a001", "c"}, v.Query(command.Range{First: command.Including("a001"), Last: command.Open(), Max: 2}).Keys)
		require.Len(t, v.Query(command.RevRangeEntries{High: command.Open(), Low: command.Open(), Max: 2}).Entries, 2)
		after := cache.Stats()
		require.Less(t, after.Hits+after.Misses-before.Hits-before.Misses, uint64(50), where)
		v.Release()
	}
}

// TestDropPrefix_BothWays removes few and many keys.
func TestDropPrefix_BothWays(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 2))
		l := newLayer()
		want := content{}
		for range rng.IntN(3000) {
			k := fmt.Sprintf("%c%d", "abc"[rng.IntN(3)], rng.IntN(5000))
			l.put(k, &cell{value: []byte(k)})
			want[k] = k
		}
		copied := l.share()
		n := 0
		ascendPrefix(&l.cells, "b1", func(string, *cell) { n++ })
		dropPrefix(&l.cells, "b1", n)
		for k := range want { // any order
			if _, ok := l.cells.Get(k); ok == strings.HasPrefix(k, "b1") {
				t.Fatalf("seed %d: %q", seed, k)
			}
		}
		require.Equal(t, len(want)-n, l.cells.Len(), "seed %d", seed)
		require.Equal(t, len(want), copied.cells.Len(), "seed %d", seed)
	}
}
