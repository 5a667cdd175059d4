package kvstore

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
)

// pastView is a view with what the model held when it was taken.
type pastView struct {
	view    *View
	content []command.Entry
	chain   Chain
}

func (p pastView) check(t rapid.TB) {
	got := p.view.Query(command.RangeEntries{First: command.Open(), Last: command.Open(), Max: -1})
	if !got.Equal(command.Answer{Entries: p.content}) {
		t.Fatalf("view of instance %d: %v, want %q", p.view.Applied(), got, p.content)
	}
	if err := p.view.Check(); err != nil {
		t.Fatalf("view of instance %d: %v", p.view.Applied(), err)
	}
	if p.view.Chain() != p.chain {
		t.Fatalf("view of instance %d changed its chain", p.view.Applied())
	}
}

// TestStore_AgreesWithModel applies random batches to a store, through their
// encoding, and to the model. Results, all queries and every view ever taken must
// agree.
func TestStore_AgreesWithModel(t *testing.T) { eachKind(t, testStore_AgreesWithModel) }

func testStore_AgreesWithModel(t *testing.T, create func(Options) *Store) {
	rapid.Check(t, func(t *rapid.T) {
		store, twin := create(functions()), model.New(functions().Functions)
		var views []pastView
		for range 15 {
			batch := rapid.SliceOfN(anyUpdate(3), 3, 12).Draw(t, "batch")
			applyBoth(t, store, twin, batch)
			if rapid.Bool().Draw(t, "take a view") {
				v := view(store)
				views = append(views, pastView{v, twin.Entries(), v.Chain()})
				queryBoth(t, v, twin)
			}
		}
		v := view(store)
		views = append(views, pastView{v, twin.Entries(), v.Chain()})
		for _, past := range views {
			past.check(t)
		}
	})
}

func applyBoth(t rapid.TB, store *Store, twin *model.Model, batch []command.Update) {
	encoded := make([][]byte, len(batch))
	for i, u := range batch {
		encoded[i] = command.Encode(u)
	}
	for i, got := range apply(store, encoded) {
		if want := twin.Apply(batch[i]); !got.(command.Result).Equal(want) {
			t.Fatalf("%#v: store %v, model %v", batch[i], got, want)
		}
	}
	for _, e := range encoded {
		clear(e) // the store must not have kept it
	}
}

func queryBoth(t *rapid.T, v *View, twin *model.Model) {
	for _, q := range rapid.SliceOfN(anyQuery, 3, 12).Draw(t, "queries") {
		if got, want := v.Query(q), twin.Query(q); !got.Equal(want) {
			t.Fatalf("%#v: store %v, model %v", q, got, want)
		}
	}
}

// TestRanges_AgreeWithModel tries every pair of bounds over a dense set of keys,
// of which a random half exists, with every kind of range.
func TestRanges_AgreeWithModel(t *testing.T) { eachKind(t, testRanges_AgreeWithModel) }

func testRanges_AgreeWithModel(t *testing.T, create func(Options) *Store) {
	keys := []string{"", "\x00", "a", "a\x00", "aa", "ab", "a\xff", "b", "\xff", "\xff\xff"}
	bounds := []command.Bound{command.Open(), {}}
	for _, k := range keys {
		bounds = append(bounds, command.Including(k), command.Excluding(k))
	}
	rapid.Check(t, func(t *rapid.T) {
		store, twin := create(Options{}), model.New(nil)
		var batch []command.Update
		for _, k := range keys {
			if rapid.Bool().Draw(t, "exists") {
				batch = append(batch, set(k, "v"+k))
			}
		}
		applyBoth(t, store, twin, batch)
		v := view(store)
		limit := anyMax.Draw(t, "max")
		for _, first := range bounds {
			for _, last := range bounds {
				for _, q := range []command.Query{
					command.Range{First: first, Last: last, Max: limit},
					command.RangeEntries{First: first, Last: last, Max: limit},
					command.RevRangeEntries{High: last, Low: first, Max: limit},
				} {
					if got, want := v.Query(q), twin.Query(q); !got.Equal(want) {
						t.Fatalf("%#v: store %v, model %v", q, got, want)
					}
				}
			}
		}
	})
}

// TestManyKeys_AgreesWithModel uses enough keys for a tree of several levels, so
// that nodes split, merge and are copied under old views.
func TestManyKeys_AgreesWithModel(t *testing.T) { eachKind(t, testManyKeys_AgreesWithModel) }

func testManyKeys_AgreesWithModel(t *testing.T, create func(Options) *Store) {
	for seed := range uint64(15) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { manyKeys(t, rand.New(rand.NewPCG(seed, 1)), create) })
	}
}

func manyKeys(t *testing.T, rng *rand.Rand, create func(Options) *Store) {
	key := func(length int) string {
		k := make([]byte, length)
		for i := range k {
			k[i] = "abcdefgh"[rng.IntN(8)]
		}
		return string(k)
	}
	store, twin := create(Options{}), model.New(nil)
	var views []pastView
	for range 10 {
		var batch []command.Update
		for range 150 {
			k := key(1 + rng.IntN(4))
			batch = append(batch, set(k, k))
		}
		for range rng.IntN(100) {
			batch = append(batch, command.Replace{Key: key(1 + rng.IntN(3))})
		}
		batch = append(batch, command.DeletePrefix{Prefix: key(1 + rng.IntN(2))})
		applyBoth(t, store, twin, batch)
		v := view(store)
		views = append(views, pastView{v, twin.Entries(), v.Chain()})
		require.Equal(t, len(twin.Entries()), v.KeyCount())
	}
	require.Greater(t, len(twin.Entries()), 300)
	for _, past := range views {
		past.check(t)
	}
}

// TestContent_DependsOnContentOnly reaches the same entries in two orders.
func TestContent_DependsOnContentOnly(t *testing.T) { eachKind(t, testContent_DependsOnContentOnly) }

func testContent_DependsOnContentOnly(t *testing.T, create func(Options) *Store) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(anyKey, 1, 12, rapid.ID[string]).Draw(t, "keys")
		order := rapid.Permutation(keys).Draw(t, "order")
		one, two := create(Options{}), create(Options{})
		apply(one, encodeSets(keys))
		apply(two, [][]byte{command.Encode(set("zz", "gone"))})
		apply(two, append(encodeSets(order), command.Encode(del("zz"))))
		a, b := view(one), view(two)
		if a.Content() != b.Content() {
			t.Fatalf("contents %v and %v for %q and %q", a.Content(), b.Content(), keys, order)
		}
		apply(one, [][]byte{command.Encode(set(keys[0], "changed"))})
		if changed := view(one).Content(); changed == a.Content() {
			t.Fatalf("the content digest didn't change")
		}
		apply(one, [][]byte{command.Encode(command.DeletePrefix{})})
		if empty := view(one).Content(); empty != (Digest{}) {
			t.Fatalf("content %v without entries", empty)
		}
	})
}

func encodeSets(keys []string) [][]byte {
	var updates [][]byte
	for _, k := range keys {
		updates = append(updates, command.Encode(set(k, "value of "+k)))
	}
	return updates
}

// TestChain_CoversEverything compares the chain of a history with those of
// histories that differ from it in one thing.
func TestChain_CoversEverything(t *testing.T) {
	chainOf := func(instances ...[]command.Update) Chain {
		s := New(functions())
		for _, batch := range instances {
			var encoded [][]byte
			for _, u := range batch {
				encoded = append(encoded, command.Encode(u))
			}
			apply(s, encoded)
		}
		return view(s).Chain()
	}
	type batch = []command.Update
	big := string(make([]byte, 3*maxScratch))
	tas := command.TestAndSet{Key: "a", Expected: some("?")}
	chains := []Chain{
		chainOf(),
		chainOf(batch{}),
		chainOf(batch{}, batch{}),
		chainOf(batch{set("a", "1")}),
		chainOf(batch{set("a", "2")}),
		chainOf(batch{set("a", big)}),
		chainOf(batch{set("a", big+"x")}),
		chainOf(batch{set("a", "1")}, batch{}),
		chainOf(batch{}, batch{set("a", "1")}),
		chainOf(batch{set("a", "1"), set("b", "1")}),
		chainOf(batch{set("a", "1")}, batch{set("b", "1")}),
		chainOf(batch{set("b", "1"), set("a", "1")}),
		chainOf(batch{set("a", "1"), tas}),
	}
	for i, c := range chains {
		require.Equal(t, i, slices.Index(chains, c), "history %d has the chain of another", i)
	}
	require.Equal(t, chainOf(batch{set("a", big), tas}), chainOf(batch{set("a", big), tas}))

	// The same update with another result: a state that differs where no entry of
	// the log says so, as after a fault in memory.
	one, two := New(Options{}), New(Options{})
	one.txn.table.put("a", &cell{value: []byte("1")})
	update := [][]byte{command.Encode(command.Replace{Key: "a", Wanted: some("2")})}
	apply(one, update)
	apply(two, update)
	require.NotEqual(t, view(one).Chain(), view(two).Chain())
	require.Equal(t, view(one).Content(), view(two).Content())
}

// plainChain is the documented formula, in one piece.
func plainChain(previous Chain, i uint64, updates [][]byte, results []any) Chain {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint64(previous[:], i), uint32(len(updates)))
	for n, u := range updates {
		r := results[n].(command.Result)
		b = append(le.AppendUint32(b, uint32(len(u))), u...)
		b = le.AppendUint32(b, uint32(r.Code))
		b = append(le.AppendUint32(b, uint32(len(r.Message))), r.Message...)
		if r.Option.Some {
			b = append(le.AppendUint32(append(b, 1), uint32(len(r.Option.Bytes))), r.Option.Bytes...)
		} else {
			b = append(b, 0)
		}
		b = le.AppendUint64(b, uint64(r.Count))
	}
	return sha256.Sum256(b)
}

// TestChain_IsTheFormula covers small and large updates and results, in every mix.
func TestChain_IsTheFormula(t *testing.T) {
	sizes := rapid.SampledFrom([]int{0, 1, 100, maxScratch - 100, maxScratch, 3 * maxScratch})
	rapid.Check(t, func(t *rapid.T) {
		s := New(functions())
		var want Chain
		for i := range rapid.Uint64Range(1, 3).Draw(t, "instances") {
			var updates [][]byte
			for _, size := range rapid.SliceOfN(sizes, 0, 3).Draw(t, "sizes") {
				u := command.Replace{Key: "k", Wanted: command.Some(make([]byte, size))}
				updates = append(updates, command.Encode(u), command.Encode(anyUpdate(1).Draw(t, "update")))
			}
			results := apply(s, updates)
			want = plainChain(want, i+1, updates, results)
			if got := view(s).Chain(); got != want {
				t.Fatalf("instance %d: chain %v, want %v", i+1, got, want)
			}
		}
	})
}
