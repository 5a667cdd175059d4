package model

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func some(s string) command.Option { return command.Some([]byte(s)) }

func put(key, value string) command.Update { return command.Set{Key: key, Value: []byte(value)} }

func seq(updates ...command.Update) command.Update { return command.Sequence{Updates: updates} }

func content(m *Model) string {
	var parts []string
	for _, e := range m.Entries() {
		parts = append(parts, e.Key+"="+string(e.Value))
	}
	return strings.Join(parts, " ")
}

func testFunctions() command.Functions {
	f := command.Functions{}
	f.Register("swap", func(tx command.Tx, arg command.Option) (command.Option, error) {
		before := tx.Get("s")
		tx.Set("s", arg.Bytes)
		return before, nil
	})
	f.Register("drop", func(tx command.Tx, arg command.Option) (command.Option, error) {
		if !tx.Delete(string(arg.Bytes)) {
			return command.None, &command.Error{Code: command.CodeNotFound, Message: command.NotFoundText}
		}
		return command.None, nil
	})
	f.Register("first", func(tx command.Tx, _ command.Option) (command.Option, error) {
		return command.Some(tx.Range(command.Including("a"), command.Excluding("z"), 1)[0].Value), nil
	})
	f.Register("fails", func(tx command.Tx, _ command.Option) (command.Option, error) {
		tx.Set("s", []byte("gone"))
		return command.None, errors.New("no")
	})
	f.Register("codeless", func(command.Tx, command.Option) (command.Option, error) {
		return command.None, &command.Error{Message: "no code"}
	})
	f.Register("throws", func(_ command.Tx, arg command.Option) (command.Option, error) {
		if arg.Some {
			panic(string(arg.Bytes))
		}
		panic(7)
	})
	return f
}

// TestModel_Updates spells the semantics out, without the store.
func TestModel_Updates(t *testing.T) {
	notFound := func(key string) command.Result { return command.Failed(command.CodeNotFound, key) }
	refused := func(key string) command.Result { return command.Failed(command.CodeAssertionFailed, key) }
	raised := func(text string) command.Result { return command.Failed(command.CodeUserFunctionFailure, text) }
	prior := func(s string) command.Result { return command.Result{Option: some(s)} }
	ok := command.Result{}
	call := func(name, arg string) command.Update { return command.UserFunction{Name: name, Arg: some(arg)} }
	steps := []struct {
		update command.Update
		want   command.Result
		after  string
	}{
		{command.Delete{Key: "a"}, notFound("a"), ""},
		{put("a", "1"), ok, "a=1"},
		{put("a", "2"), ok, "a=2"},
		{command.Confirm{Key: "a", Value: []byte("2")}, ok, "a=2"},
		{command.Confirm{Key: "a", Value: []byte("3")}, ok, "a=3"},
		{command.TestAndSet{Key: "a", Expected: some("9"), Wanted: some("4")}, prior("3"), "a=3"},
		{command.TestAndSet{Key: "a", Wanted: some("4")}, prior("3"), "a=3"},
		{command.TestAndSet{Key: "a", Expected: some("3"), Wanted: some("4")}, prior("3"), "a=4"},
		{command.TestAndSet{Key: "a", Expected: some("4")}, prior("4"), ""},
		{command.Replace{Key: "a"}, ok, ""},
		{command.Replace{Key: "b", Wanted: some("")}, ok, "b="},
		{command.Replace{Key: "b", Wanted: some("1")}, prior(""), "b=1"},
		{command.Assert{Key: "b", Value: some("1")}, ok, "b=1"},
		{command.Assert{Key: "b"}, refused("b"), "b=1"},
		{command.Assert{Key: "c"}, ok, "b=1"},
		{command.AssertExists{Key: "c"}, refused("c"), "b=1"},
		{seq(put("", "e"), put("ba", "2"), command.Delete{Key: "b"}), ok, "=e ba=2"},
		{seq(put("b", "1"), seq(command.Delete{Key: "ba"}, command.Delete{Key: "ba"})), notFound("ba"), "=e ba=2"},
		{command.AssertRange{Prefix: "b", Keys: []string{"ba"}}, ok, "=e ba=2"},
		{command.AssertRange{Prefix: "b"}, refused(`ContainsExactly [ "" ] actual: ba`), "=e ba=2"},
		{seq(put("b1", "x"), command.AssertRange{Prefix: "b", Keys: []string{"ba"}}, command.DeletePrefix{Prefix: "b"}), ok, "=e b1=x"},
		{seq(command.DeletePrefix{Prefix: "b"}, command.AssertExists{Key: "b1"}), refused("b1"), "=e b1=x"},
		{command.Nop{}, ok, "=e b1=x"},
		{call("swap", "1"), ok, "=e b1=x s=1"},
		{seq(call("swap", "2"), call("swap", "3")), ok, "=e b1=x s=3"},
		{call("fails", ""), raised("no"), "=e b1=x s=3"},
		{call("codeless", ""), raised("ok: no code"), "=e b1=x s=3"},
		{call("throws", "boom"), raised("boom"), "=e b1=x s=3"},
		{command.UserFunction{Name: "throws"}, raised("panic of type int"), "=e b1=x s=3"},
		{call("drop", "none"), notFound("Not_found"), "=e b1=x s=3"},
		{call("drop", ""), ok, "b1=x s=3"},
		{call("first", ""), prior("x"), "b1=x s=3"},
		{call("nobody", ""), command.Failed(command.CodeBadInput, `User function "nobody" could not be found`), "b1=x s=3"},
		{command.DeletePrefix{}, command.Result{Count: 2}, ""},
		{call("first", ""), raised("runtime error: index out of range [0] with length 0"), ""},
	}
	m := New(testFunctions())
	for i, step := range steps {
		require.Equal(t, step.want.String(), m.Apply(step.update).String(), "step %d", i)
		require.Equal(t, step.after, content(m), "step %d", i)
	}
}

func TestModel_Queries(t *testing.T) {
	m := New(nil)
	m.Apply(seq(put("", "0"), put("a", "1"), put("ab", "2"), put("b", "3"), put("\xff", "4")))
	in, ex, open := command.Including, command.Excluding, command.Open()
	keys := func(keys ...string) command.Answer { return command.Answer{Keys: keys} }
	pairs := func(keys ...string) command.Answer {
		var a command.Answer
		for _, k := range keys {
			value := map[string]string{"": "0", "a": "1", "ab": "2", "b": "3", "\xff": "4"}[k]
			a.Entries = append(a.Entries, command.Entry{Key: k, Value: []byte(value)})
		}
		return a
	}
	cases := []struct {
		query command.Query
		want  command.Answer
	}{
		{command.Get{Key: "ab"}, command.Answer{Value: []byte("2")}},
		{command.Get{Key: "aa"}, command.Refused(command.CodeNotFound, "Not_found")},
		{command.Exists{}, command.Answer{Found: true}},
		{command.Exists{Key: "aa"}, command.Answer{}},
		{command.Assert{Key: "a", Value: some("1")}, command.Answer{}},
		{command.Assert{Key: "a", Value: some("2")}, command.Refused(command.CodeAssertionFailed, "a")},
		{command.AssertExists{Key: "c"}, command.Refused(command.CodeAssertionFailed, "c")},
		{command.MultiGet{Keys: []string{"b", "a"}}, command.Answer{Values: [][]byte{[]byte("3"), []byte("1")}}},
		{command.MultiGet{Keys: []string{"x", "y", "a"}}, command.Refused(command.CodeNotFound, "y")},
		{command.MultiGetOption{Keys: []string{"x", "a"}}, command.Answer{Options: []command.Option{command.None, some("1")}}},
		{command.Range{First: open, Last: open, Max: -1}, keys("", "a", "ab", "b", "\xff")},
		{command.Range{Last: open, Max: -1}, keys("a", "ab", "b", "\xff")},
		{command.Range{First: ex("a"), Last: ex("b"), Max: -1}, keys("ab")},
		{command.Range{First: in("a"), Last: in("b"), Max: 2}, keys("a", "ab")},
		{command.Range{First: in("b"), Last: in("a"), Max: -1}, keys()},
		{command.Range{First: open, Last: open, Max: 0}, keys()},
		{command.RangeEntries{First: in("ab"), Last: command.Bound{}, Max: -1}, pairs("ab", "b", "\xff")},
		{command.RevRangeEntries{High: in("b"), Low: ex("a"), Max: -1}, pairs("b", "ab")},
		{command.RevRangeEntries{High: open, Low: open, Max: 2}, pairs("\xff", "b")},
		{command.PrefixKeys{Prefix: "a", Max: -1}, keys("a", "ab")},
		{command.PrefixKeys{Max: 1}, keys("")},
		{command.KeyCount{}, command.Answer{Count: 5}},
	}
	for _, c := range cases {
		require.True(t, m.Query(c.query).Equal(c.want), "%#v: %v, want %v", c.query, m.Query(c.query), c.want)
	}
}

// TestModel_StatesAreNeverChanged is what the search relies on: it goes back to
// earlier states.
func TestModel_StatesAreNeverChanged(t *testing.T) {
	m := New(nil)
	m.Apply(seq(put("a", "1"), put("c", "3")))
	before := m.state
	copied := append(state{}, before...)
	for _, u := range []command.Update{put("a", "2"), put("b", "2"), put("d", "4"), command.Delete{Key: "a"}, command.DeletePrefix{}} {
		apply(before, nil, u)
		require.Equal(t, copied, before, "%#v", u)
	}
}

func TestUnknownKindsPanic(t *testing.T) {
	require.Panics(t, func() { New(nil).Apply(nil) })
	require.Panics(t, func() { New(nil).Query(nil) })
	require.Panics(t, func() { verdictOf("other") })
}

func TestChecker_UsesFunctions(t *testing.T) {
	swap := command.UserFunction{Name: "swap", Arg: some("2")}
	history := []Op{
		set(1, 0, 1, "s", "1"),
		update(1, 2, 3, swap, command.Result{Option: some("1")}),
		get(1, 4, 5, "s", "2"),
	}
	require.NoError(t, Checker{Functions: testFunctions(), Timeout: patience}.Check(history).Err())
	require.Error(t, Check(history, patience).Err(), "without the function")
}
