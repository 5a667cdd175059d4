package kvstore

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
)

// TestQueries_AsRecorded follows the recorded traffic of one node, rows 12 to 113.
// Lists on the wire are back to front; here they are in reading order.
func TestQueries_AsRecorded(t *testing.T) { eachKind(t, testQueries_AsRecorded) }

func testQueries_AsRecorded(t *testing.T, create func(Options) *Store) {
	b := newMachine(t, create(Options{}))
	b.do(seq(set("", "emptykey"), set("bin\x00\xff", "\x00\x01\xfe\xff"), set("s2", "22"), set("s3", "33"), set("x2", "2")))
	for i := range 10 {
		b.do(set(fmt.Sprintf("p/%03d", i), fmt.Sprintf("val%d", i)))
	}
	p := func(from, to int) (keys []string) {
		for i := from; i <= to; i++ {
			keys = append(keys, fmt.Sprintf("p/%03d", i))
		}
		return keys
	}
	in, ex, open := command.Including, command.Excluding, command.Open()
	all := append(append([]string{"", "bin\x00\xff"}, p(0, 9)...), "s2", "s3", "x2")
	found := func(o ...command.Option) command.Answer { return command.Answer{Options: o} }
	keys := func(keys ...string) command.Answer { return command.Answer{Keys: keys} }
	refused := command.Refused
	steps := []struct {
		query command.Query
		want  command.Answer
	}{
		{command.Exists{Key: "nokey"}, command.Answer{}},
		{command.Exists{Key: ""}, command.Answer{Found: true}},
		{command.Get{Key: "nokey"}, refused(command.CodeNotFound, "Not_found")},
		{command.Get{Key: ""}, command.Answer{Value: []byte("emptykey")}},
		{command.Get{Key: "bin\x00\xff"}, command.Answer{Value: []byte("\x00\x01\xfe\xff")}},
		{command.Assert{Key: "s2", Value: some("22")}, command.Answer{}},
		{command.Assert{Key: "s2", Value: some("other")}, refused(command.CodeAssertionFailed, "s2")},
		{command.Assert{Key: "s2"}, refused(command.CodeAssertionFailed, "s2")},
		{command.Assert{Key: "nokey"}, command.Answer{}},
		{command.AssertExists{Key: "s2"}, command.Answer{}},
		{command.AssertExists{Key: "nokey"}, refused(command.CodeAssertionFailed, "nokey")},
		{command.MultiGet{Keys: []string{"s2", "s3", "s2"}}, command.Answer{Values: [][]byte{[]byte("22"), []byte("33"), []byte("22")}}},
		{command.MultiGet{Keys: []string{"s2", "absent1", "absent2", "s3"}}, refused(command.CodeNotFound, "absent2")},
		{command.MultiGet{}, command.Answer{}},
		{command.MultiGetOption{Keys: []string{"s2", "nokey", "s3"}}, found(some("22"), command.None, some("33"))},
		{command.MultiGetOption{}, command.Answer{}},
		{command.PrefixKeys{Prefix: "p/", Max: -1}, keys(p(0, 9)...)},
		{command.PrefixKeys{Prefix: "p/", Max: 3}, keys(p(0, 2)...)},
		{command.PrefixKeys{Prefix: "p/", Max: 0}, keys()},
		{command.PrefixKeys{Prefix: "nope", Max: -1}, keys()},
		{command.PrefixKeys{Max: -1}, keys(all...)},
		{command.PrefixKeys{Prefix: "\xff", Max: -1}, keys()},
		{command.PrefixKeys{Prefix: "s2", Max: -1}, keys("s2")},
		{command.Range{First: in("p/002"), Last: in("p/005"), Max: -1}, keys(p(2, 5)...)},
		{command.Range{First: ex("p/002"), Last: ex("p/005"), Max: -1}, keys(p(3, 4)...)},
		{command.Range{First: in("p/002"), Last: in("p/005"), Max: 2}, keys(p(2, 3)...)},
		{command.Range{First: in("p/002"), Last: in("p/005"), Max: 0}, keys()},
		{command.Range{First: open, Last: open, Max: -1}, keys(all...)},
		{command.Range{Last: open, Max: -1}, keys(all[1:]...)},
		{command.Range{First: open, Max: 2}, keys(all[:2]...)},
		{command.Range{First: open, Last: in("p/001"), Max: -1}, keys(all[:4]...)},
		{command.Range{First: in("p/007"), Last: open, Max: -1}, keys("p/007", "p/008", "p/009", "s2", "s3", "x2")},
		{command.Range{First: in("p/005"), Last: in("p/002"), Max: -1}, keys()},
		{command.Range{First: in("p/002"), Last: in("p/002"), Max: -1}, keys("p/002")},
		{command.Range{First: in("p/002"), Last: ex("p/002"), Max: -1}, keys()},
		{command.Range{First: ex("p/0025"), Last: ex("p/0035"), Max: -1}, keys("p/003")},
		{command.KeyCount{}, command.Answer{Count: 15}},
	}
	for _, step := range steps {
		got := b.view().Query(step.query)
		require.True(t, got.Equal(step.want), "%#v: %v, want %v", step.query, got, step.want)
		require.True(t, b.twin.Query(step.query).Equal(step.want), "%#v: model %v, want %v", step.query, b.twin.Query(step.query), step.want)
	}
	requireEntries(t, b, command.RangeEntries{First: in("p/002"), Last: in("p/005"), Max: 2}, "p/002=val2", "p/003=val3")
	requireEntries(t, b, command.RevRangeEntries{High: in("p/005"), Low: in("p/002"), Max: 2}, "p/005=val5", "p/004=val4")
	requireEntries(t, b, command.RevRangeEntries{High: ex("p/005"), Low: ex("p/002"), Max: -1}, "p/004=val4", "p/003=val3")
	requireEntries(t, b, command.RevRangeEntries{High: in("p/0055"), Low: in("p/0025"), Max: 2}, "p/005=val5", "p/004=val4")
	requireEntries(t, b, command.RevRangeEntries{High: in("p/002"), Low: in("p/005"), Max: -1})
	requireEntries(t, b, command.RevRangeEntries{High: open, Low: in("s3"), Max: -1}, "x2=2", "s3=33")
	requireEntries(t, b, command.RevRangeEntries{High: in("a"), Low: open, Max: -1}, "=emptykey")
	requireEntries(t, b, command.RevRangeEntries{High: in("a"), Max: -1})
}

func requireEntries(t *testing.T, b *machine, q command.Query, want ...string) {
	t.Helper()
	for _, a := range []command.Answer{b.view().Query(q), b.twin.Query(q)} {
		var got []string
		for _, e := range a.Entries {
			got = append(got, e.Key+"="+string(e.Value))
		}
		require.Equal(t, want, got, "%#v", q)
	}
}

// TestView_ManyReaders reads views on several goroutines while the store goes on.
// The race detector watches.
func TestView_ManyReaders(t *testing.T) { eachKind(t, testView_ManyReaders) }

func testView_ManyReaders(t *testing.T, create func(Options) *Store) {
	s := create(Options{})
	apply(s, encodeSets([]string{"a", "b", "c"}))
	var readers sync.WaitGroup
	for round := range 50 {
		v := view(s)
		for range 2 {
			readers.Go(func() {
				if v.KeyCount() != 3+round {
					t.Errorf("view %d: %d keys", round, v.KeyCount())
				}
				if err := v.Check(); err != nil {
					t.Errorf("view %d: %v", round, err)
				}
			})
		}
		apply(s, encodeSets([]string{"a", "b", fmt.Sprintf("new/%03d", round)}))
	}
	readers.Wait()
}

// TestView_SharesWhatDidNotChange takes two views: nothing is copied for the
// second, nor later because of it.
func TestView_SharesWhatDidNotChange(t *testing.T) {
	s := New(Options{})
	apply(s, encodeSets([]string{"a"}))
	one := view(s)
	apply(s, nil)
	two := view(s)
	require.Same(t, one.table, two.table)
	require.EqualValues(t, 1, one.Applied())
	require.EqualValues(t, 2, two.Applied())
	apply(s, encodeSets([]string{"b"}))
	require.NotSame(t, one.table, view(s).table)
	require.Equal(t, 1, two.KeyCount())
}

// TestView_IsCounted gives a view back, after which it can't be taken again.
func TestView_IsCounted(t *testing.T) {
	v := New(Options{}).View()
	require.True(t, v.Retain())
	v.Release()
	v.Release()
	require.False(t, v.Retain())
	require.Panics(t, v.Release)
}

// TestView_LimitIsPushedDown counts what a walk visits.
func TestView_LimitIsPushedDown(t *testing.T) { eachKind(t, testView_LimitIsPushedDown) }

func testView_LimitIsPushedDown(t *testing.T, create func(Options) *Store) {
	s := create(Options{})
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("%04d", i))
	}
	apply(s, encodeSets(keys))
	v := view(s)
	visited := 0
	count := func(string, []byte) { visited++ }
	require.NoError(t, v.Ascend(command.Including("0100"), command.Open(), 5, count))
	require.NoError(t, v.Descend(command.Excluding("0100"), command.Open(), 5, count))
	require.Equal(t, 10, visited)
	allocs := testing.AllocsPerRun(10, func() {
		v.Query(command.Range{First: command.Excluding("0100"), Last: command.Open(), Max: 1})
	})
	require.LessOrEqual(t, allocs, 8.0)
}

// TestFootprint_NamesEnough runs a command on two contents that differ only in
// keys outside its footprint: it must not see the difference, nor touch them.
func TestFootprint_NamesEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var print command.Footprint
		u, q := command.Update(nil), command.Query(nil)
		if rapid.Bool().Draw(t, "update") {
			u = anyUpdate(2).Draw(t, "update")
			print = command.Keys(u)
		} else {
			q = anyQuery.Draw(t, "query")
			print = command.QueryKeys(q)
		}
		outside := func(key string) bool {
			if print.All {
				return false
			}
			for _, k := range print.Keys {
				if k == key {
					return false
				}
			}
			for _, r := range print.Ranges {
				if r.Covers(key) {
					return false
				}
			}
			return true
		}
		one, two := model.New(functions().Functions), model.New(functions().Functions)
		for _, k := range rapid.SliceOfN(anyKey, 0, 6).Draw(t, "content") {
			one.Apply(set(k, "x"))
			if !outside(k) {
				two.Apply(set(k, "x"))
			}
		}
		before := one.Entries()
		if q != nil {
			if !one.Query(q).Equal(two.Query(q)) {
				t.Fatalf("%#v saw beyond %v", q, print)
			}
			return
		}
		if !one.Apply(u).Equal(two.Apply(u)) {
			t.Fatalf("%#v saw beyond %v", u, print)
		}
		for _, e := range before {
			if a := one.Query(command.Get{Key: e.Key}); outside(e.Key) && string(a.Value) != string(e.Value) {
				t.Fatalf("%#v changed %q beyond %v", u, e.Key, print)
			}
		}
	})
}
