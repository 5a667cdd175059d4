package kvstore

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// TestReplay_IsDeterministic applies one history on three nodes: two that do the
// same, of which one takes views as it goes, and one that gets the updates in
// other batches. Results and content are the same on all, the chain on the first
// two.
func TestReplay_IsDeterministic(t *testing.T) { eachKind(t, testReplay_IsDeterministic) }

func testReplay_IsDeterministic(t *testing.T, create func(Options) *Store) {
	rapid.Check(t, func(t *rapid.T) {
		updates := rapid.SliceOfN(anyUpdate(3), 20, 40).Draw(t, "updates")
		one := replay(t, create(functions()), updates, 4, false)
		two := replay(t, create(functions()), updates, 4, true)
		other := replay(t, create(functions()), updates, rapid.IntRange(1, 30).Draw(t, "batch"), true)
		for i := range updates {
			if !one.results[i].Equal(two.results[i]) || !one.results[i].Equal(other.results[i]) {
				t.Fatalf("%#v: %v, %v, %v", updates[i], one.results[i], two.results[i], other.results[i])
			}
		}
		if one.view.Chain() != two.view.Chain() {
			t.Fatalf("chains %v and %v", one.view.Chain(), two.view.Chain())
		}
		if one.view.Content() != two.view.Content() || one.view.Content() != other.view.Content() {
			t.Fatalf("contents %v, %v, %v", one.view.Content(), two.view.Content(), other.view.Content())
		}
	})
}

type replayed struct {
	results []command.Result
	view    *View
}

func replay(t *rapid.T, s *Store, updates []command.Update, batch int, views bool) replayed {
	var r replayed
	for len(updates) > 0 {
		n := min(batch, len(updates))
		var encoded [][]byte
		for _, u := range updates[:n] {
			encoded = append(encoded, command.Encode(u))
		}
		for _, result := range apply(s, encoded) {
			r.results = append(r.results, result.(command.Result))
		}
		if views {
			s.View()
		}
		updates = updates[n:]
	}
	r.view = view(s)
	if err := r.view.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestApply_FailuresStayAlone has failures of every kind between updates that
// must not notice.
func TestApply_FailuresStayAlone(t *testing.T) { eachKind(t, testApply_FailuresStayAlone) }

func testApply_FailuresStayAlone(t *testing.T, create func(Options) *Store) {
	s := create(functions())
	bad := []command.Update{
		del("absent"),
		command.Assert{Key: "a", Value: some("no")},
		seq(set("a", "no"), command.DeletePrefix{}, del("absent")),
		command.UserFunction{Name: "fails"},
		command.UserFunction{Name: "panics"},
		seq(set("b", "no"), command.UserFunction{Name: "panics"}),
	}
	var batch [][]byte
	for i, u := range bad {
		batch = append(batch, command.Encode(set("a", string(rune('0'+i)))), command.Encode(u))
	}
	for i, r := range apply(s, batch) {
		require.Equal(t, i%2 == 0, r.(command.Result).Code == command.CodeOK, "update %d: %v", i, r)
	}
	v := view(s)
	require.NoError(t, v.Check())
	value, _, err := v.Get("a")
	require.NoError(t, err)
	require.Equal(t, "5", string(value))
	require.Equal(t, 1, v.KeyCount())
}

// TestSequence_Large rolls back, and carries out, more writes than any buffer is
// kept for.
func TestSequence_Large(t *testing.T) { eachKind(t, testSequence_Large) }

func testSequence_Large(t *testing.T, create func(Options) *Store) {
	const keys = maxScratch + 1000
	b := create(Options{})
	var big command.Sequence
	for i := range keys {
		key := string([]byte{'k', byte(i >> 16), byte(i >> 8), byte(i)})
		big.Updates = append(big.Updates, command.Set{Key: key})
	}
	failing := command.Sequence{Updates: append(big.Updates[:keys:keys], del("absent"))}
	apply(b, [][]byte{command.Encode(set("k", "before")), command.Encode(failing)})
	before := view(b)
	require.Equal(t, 1, before.KeyCount())
	require.NoError(t, before.Check())
	results := apply(b, [][]byte{command.Encode(big), command.Encode(command.DeletePrefix{Prefix: "k\x00\x01"})})
	require.Equal(t, command.Result{Count: 256}, results[1])
	after := view(b)
	require.Equal(t, 1+keys-256, after.KeyCount())
	require.NoError(t, after.Check())
	require.Equal(t, 1, before.KeyCount())
	require.Equal(t, core.Instance(2), after.Applied())
}
