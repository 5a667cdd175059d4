package kvstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
)

// machine is a store with one update per instance, and the model beside it.
type machine struct {
	t     *testing.T
	store *Store
	twin  *model.Model
}

func newMachine(t *testing.T, s *Store) *machine {
	return &machine{t: t, store: s, twin: model.New(s.opts.Functions)}
}

func (b *machine) do(u command.Update) command.Result {
	b.t.Helper()
	results := apply(b.store, [][]byte{command.Encode(u)})
	require.Len(b.t, results, 1)
	require.NoError(b.t, b.view().Check())
	require.Equal(b.t, b.twin.Apply(u).String(), results[0].(command.Result).String(), "model")
	return results[0].(command.Result)
}

func (b *machine) view() *View { return view(b.store) }

// content lists "key=value ..." in ascending order.
func (b *machine) content() string {
	var parts []string
	require.NoError(b.t, b.view().Ascend(command.Open(), command.Open(), -1, func(key string, value []byte) {
		parts = append(parts, key+"="+string(value))
	}))
	require.Len(b.t, b.twin.Entries(), len(parts), "model")
	return strings.Join(parts, " ")
}

func set(key, value string) command.Set { return command.Set{Key: key, Value: []byte(value)} }

func del(key string) command.Delete { return command.Delete{Key: key} }

func some(value string) command.Option { return command.Some([]byte(value)) }

func seq(updates ...command.Update) command.Sequence { return command.Sequence{Updates: updates} }

func failed(code command.Code, message string) command.Result { return command.Failed(code, message) }

var done = command.Result{}

var _ core.StateMachine = (*Store)(nil)

// TestUpdates_AsRecorded follows the recorded traffic of one node, rows 14 to 112.
func TestUpdates_AsRecorded(t *testing.T) { eachKind(t, testUpdates_AsRecorded) }

func testUpdates_AsRecorded(t *testing.T, create func(Options) *Store) {
	b := newMachine(t, create(Options{}))
	tas := func(key string, expected, wanted command.Option) command.Update {
		return command.TestAndSet{Key: key, Expected: expected, Wanted: wanted}
	}
	replace := func(wanted command.Option) command.Update {
		return command.Replace{Key: "r1", Wanted: wanted}
	}
	prior := func(o command.Option) command.Result { return command.Result{Option: o} }
	steps := []struct {
		name   string
		update command.Update
		want   command.Result
	}{
		{"set", set("k1", "v1"), done},
		{"confirm overwrites", command.Confirm{Key: "k1", Value: []byte("c1")}, done},
		{"confirm equal", command.Confirm{Key: "k1", Value: []byte("c1")}, done},
		{"assert equal", command.Assert{Key: "k1", Value: some("c1")}, done},
		{"assert other", command.Assert{Key: "k1", Value: some("other")}, failed(command.CodeAssertionFailed, "k1")},
		{"assert none", command.Assert{Key: "k1"}, failed(command.CodeAssertionFailed, "k1")},
		{"assert absent", command.Assert{Key: "nokey"}, done},
		{"exists", command.AssertExists{Key: "k1"}, done},
		{"exists not", command.AssertExists{Key: "nokey"}, failed(command.CodeAssertionFailed, "nokey")},
		{"tas creates", tas("t1", command.None, some("a")), done},
		{"tas matches", tas("t1", some("a"), some("b")), prior(some("a"))},
		{"tas fails on a value", tas("t1", some("zzz"), some("c")), prior(some("b"))},
		{"tas fails on none", tas("t1", command.None, some("c")), prior(some("b"))},
		{"tas deletes", tas("t1", some("b"), command.None), prior(some("b"))},
		{"tas on absent", tas("t1", command.None, command.None), done},
		{"replace creates", replace(some("x")), done},
		{"replace again", replace(some("y")), prior(some("x"))},
		{"replace deletes", replace(command.None), prior(some("y"))},
		{"replace absent", replace(command.None), done},
		{"delete absent", del("nokey"), failed(command.CodeNotFound, "nokey")},
		{"delete", del("k1"), done},
		{"sequence", seq(set("s1", "1"), set("s2", "2"), del("s1"), command.Assert{Key: "s2", Value: some("2")},
			command.AssertExists{Key: "s2"}), done},
		{"empty sequence", seq(), done},
		{"more", seq(set("s3", "3"), set("s4", "4")), done},
		{"undone", seq(set("x1", "1"), del("absent")), failed(command.CodeNotFound, "absent")},
		{"range, wrong keys", seq(command.AssertRange{Prefix: "s", Keys: []string{"s3", "s2"}}),
			failed(command.CodeAssertionFailed, `ContainsExactly [ "s3; s2" ] actual: s2,s3,s4`)},
		{"range, wrong order", seq(command.AssertRange{Prefix: "s", Keys: []string{"s4", "s3", "s2"}}),
			failed(command.CodeAssertionFailed, `ContainsExactly [ "s4; s3; s2" ] actual: s2,s3,s4`)},
		{"range", seq(command.AssertRange{Prefix: "s", Keys: []string{"s2", "s3", "s4"}}), done},
		{"all kinds", seq(tas("s2", some("2"), some("22")), command.Replace{Key: "s3", Wanted: some("33")},
			command.DeletePrefix{Prefix: "s4"}, command.Nop{}), done},
		{"failed test is no failure", seq(tas("s2", some("no"), some("9"))), done},
		{"nested", seq(seq(set("n1", "1")), seq(set("n2", "2"))), done},
		{"prefix", command.DeletePrefix{Prefix: "n"}, command.Result{Count: 2}},
		{"prefix of nothing", command.DeletePrefix{Prefix: "nope"}, done},
		{"nop", command.Nop{}, done},
	}
	for _, step := range steps {
		require.Equal(t, step.want.String(), b.do(step.update).String(), step.name)
	}
	require.Equal(t, "s2=22 s3=33", b.content())
}

// TestSequence_AsRecorded follows rows 267 to 295, except that the DeletePrefix of
// a sequence that fails is undone (DESIGN 4.12).
func TestSequence_AsRecorded(t *testing.T) { eachKind(t, testSequence_AsRecorded) }

func testSequence_AsRecorded(t *testing.T, create func(Options) *Store) {
	b := newMachine(t, create(Options{}))
	steps := []struct {
		update command.Update
		want   command.Result
		after  string
	}{
		{seq(set("d/1", "a"), set("d/2", "b"), set("e", "c")), done, "d/1=a d/2=b e=c"},
		{seq(set("f", "1"), command.DeletePrefix{Prefix: "d/"}, del("absent")),
			failed(command.CodeNotFound, "absent"), "d/1=a d/2=b e=c"},
		{seq(set("d/3", "x"), command.DeletePrefix{Prefix: "d/"}), done, "d/3=x e=c"},
		{seq(set("g/1", "x"), command.AssertRange{Prefix: "g/"}), done, "d/3=x e=c g/1=x"},
		{seq(del("g/1"), command.AssertRange{Prefix: "g/", Keys: []string{"g/1"}}), done, "d/3=x e=c"},
		{seq(set("h", "1"), del("h"), command.AssertExists{Key: "h"}),
			failed(command.CodeAssertionFailed, "h"), "d/3=x e=c"},
		{seq(set("h", "1"), del("h"), command.Assert{Key: "h"}, set("h", "2"),
			command.Assert{Key: "h", Value: some("2")}), done, "d/3=x e=c h=2"},
		{seq(del("h"), del("h")), failed(command.CodeNotFound, "h"), "d/3=x e=c h=2"},
		{seq(seq(set("i", "1"), del("absent")), set("j", "1")),
			failed(command.CodeNotFound, "absent"), "d/3=x e=c h=2"},
		{seq(seq(command.Assert{Key: "e", Value: some("wrong")})),
			failed(command.CodeAssertionFailed, "e"), "d/3=x e=c h=2"},
		{seq(command.Replace{Key: "k"}), done, "d/3=x e=c h=2"},
		{seq(command.TestAndSet{Key: "k", Wanted: some("1")},
			command.TestAndSet{Key: "k", Expected: some("1"), Wanted: some("2")}), done, "d/3=x e=c h=2 k=2"},
		{command.DeletePrefix{}, command.Result{Count: 4}, ""},
	}
	for i, step := range steps {
		require.Equal(t, step.want.String(), b.do(step.update).String(), "step %d", i)
		require.Equal(t, step.after, b.content(), "step %d", i)
	}
}

// TestSequence_WhatStepsSee spells out the base that DeletePrefix and AssertRange
// look at.
func TestSequence_WhatStepsSee(t *testing.T) {
	prefix := command.DeletePrefix{Prefix: "d"}
	keys := func(keys ...string) command.Update { return command.AssertRange{Prefix: "d", Keys: keys} }
	cases := []struct {
		name     string
		sequence command.Sequence
		want     command.Code
		after    string
	}{
		{"an earlier DeletePrefix shows", seq(prefix, keys(), command.Assert{Key: "d1"}), command.CodeOK, ""},
		{"also behind an overwrite", seq(set("d1", "x"), prefix, keys()), command.CodeOK, "d1=x"},
		{"also behind a delete", seq(del("d1"), prefix, keys(), keys()), command.CodeOK, ""},
		{"an overwrite keeps its key", seq(set("d1", "x"), keys("d1", "d2")), command.CodeOK, "d1=x d2=b"},
		{"a key set again later", seq(del("d1"), set("d1", "x"), keys("d1", "d2")), command.CodeOK, "d1=x d2=b"},
		{"a new key doesn't show", seq(set("d3", "x"), keys("d1", "d2", "d3")), command.CodeAssertionFailed, "d1=a d2=b"},
		{"confirm of an equal value writes nothing", seq(command.Confirm{Key: "d1", Value: []byte("a")}, prefix),
			command.CodeOK, ""},
		{"confirm of another value does", seq(command.Confirm{Key: "d1", Value: []byte("x")}, prefix), command.CodeOK, "d1=x"},
		{"set after DeletePrefix", seq(prefix, set("d1", "x"), prefix), command.CodeOK, "d1=x"},
	}
	for _, c := range cases {
		b := newMachine(t, New(Options{}))
		b.do(seq(set("d1", "a"), set("d2", "b")))
		require.Equal(t, c.want, b.do(c.sequence).Code, c.name)
		require.Equal(t, c.after, b.content(), c.name)
	}
}

func TestApply_IsTotal(t *testing.T) { eachKind(t, testApply_IsTotal) }

func testApply_IsTotal(t *testing.T, create func(Options) *Store) {
	s := create(Options{})
	good := command.Encode(set("a", "1"))
	results := apply(s, [][]byte{nil, {1}, {99}, []byte("rubbish"), good[:len(good)-1], good})
	for _, r := range results[:5] {
		require.Equal(t, failed(command.CodeUnknownFailure, command.UnknownFailureText), r)
	}
	require.Equal(t, done, results[5])
	require.Equal(t, core.Instance(1), s.Applied())
	require.Equal(t, 1, view(s).KeyCount())
	require.Empty(t, apply(s, nil))
	require.Panics(t, func() { _, _ = s.Apply(2, core.EncodeBatch(nil)) })
	require.Panics(t, func() { _, _ = s.Apply(4, core.EncodeBatch(nil)) })
}

// TestApply_KeepsNoBatch changes the batch after it was applied, as a log that
// reuses its buffer would.
func TestApply_KeepsNoBatch(t *testing.T) { eachKind(t, testApply_KeepsNoBatch) }

func testApply_KeepsNoBatch(t *testing.T, create func(Options) *Store) {
	s := create(Options{})
	batch := command.Encode(seq(set("key", "value"), command.Replace{Key: "other", Wanted: some("value")}))
	apply(s, [][]byte{batch})
	clear(batch)
	v := view(s)
	require.NoError(t, v.Check())
	for _, key := range []string{"key", "other"} {
		value, found, err := v.Get(key)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "value", string(value))
	}
}

func TestAdmit(t *testing.T) {
	opts := Options{Limits: command.Limits{ValueBytes: 10, UpdateBytes: 100}}
	opts.RegisterFunction("known", func(command.Tx, command.Option) (command.Option, error) {
		return command.None, nil
	})
	s := New(opts)
	require.NoError(t, s.Admit(command.Encode(set("k", "123456789"))))
	require.NoError(t, s.Admit(command.Encode(command.UserFunction{Name: "known"})))
	cases := []struct {
		update []byte
		code   command.Code
		text   string
	}{
		{[]byte("rubbish"), command.CodeUnknownFailure, "malformed"},
		{command.Encode(set("k", "1234567890")), command.CodeUnknownFailure, "unknown failure"},
		{command.Encode(set(strings.Repeat("k", 100), "")), command.CodeBadInput, "has size 112 > 100"},
		{command.Encode(command.UserFunction{Name: "no"}), command.CodeBadInput, `User function "no" could not be found`},
	}
	for _, c := range cases {
		var refused *command.Error
		require.ErrorAs(t, s.Admit(c.update), &refused)
		require.Equal(t, c.code, refused.Code)
		require.Contains(t, refused.Message, c.text)
	}
	require.Equal(t, core.Instance(0), s.Applied())
	require.Panics(t, func() { opts.RegisterFunction("known", nil) })
}

// functions are user functions that try what can go wrong.
func functions() Options {
	var opts Options
	opts.RegisterFunction("max", func(tx command.Tx, arg command.Option) (command.Option, error) {
		now := tx.Get("max")
		if arg.Some && (!now.Some || string(arg.Bytes) > string(now.Bytes)) {
			tx.Set("max", arg.Bytes)
			return arg, nil
		}
		return now, nil
	})
	opts.RegisterFunction("fails", func(tx command.Tx, _ command.Option) (command.Option, error) {
		tx.Set("a", []byte("changed"))
		tx.Delete("b")
		return some("void"), errors.New("boom!")
	})
	opts.RegisterFunction("panics", func(tx command.Tx, _ command.Option) (command.Option, error) {
		tx.Set("a", []byte("changed"))
		panic("boom!")
	})
	opts.RegisterFunction("slips", func(tx command.Tx, _ command.Option) (command.Option, error) {
		tx.Delete("a")
		return command.Some(tx.Range(command.Open(), command.Open(), 0)[3].Value), nil
	})
	opts.RegisterFunction("absent", func(tx command.Tx, _ command.Option) (command.Option, error) {
		return command.None, &command.Error{Code: command.CodeNotFound, Message: command.NotFoundText}
	})
	opts.RegisterFunction("count", func(tx command.Tx, arg command.Option) (command.Option, error) {
		n := len(tx.Range(command.Including("a"), command.Excluding("n"), -1))
		return some(strings.Repeat("i", n)), nil
	})
	return opts
}

func TestUserFunction(t *testing.T) { eachKind(t, testUserFunction) }

func testUserFunction(t *testing.T, create func(Options) *Store) {
	call := func(name, arg string) command.Update { return command.UserFunction{Name: name, Arg: some(arg)} }
	raised := failed(command.CodeUserFunctionFailure, "boom!")
	steps := []struct {
		update command.Update
		want   command.Result
		after  string
	}{
		{seq(set("a", "1"), set("b", "2")), done, "a=1 b=2"},
		{call("max", "5"), command.Result{Option: some("5")}, "a=1 b=2 max=5"},
		{call("max", "3"), command.Result{Option: some("5")}, "a=1 b=2 max=5"},
		{call("fails", ""), raised, "a=1 b=2 max=5"},
		{call("panics", ""), raised, "a=1 b=2 max=5"},
		{call("slips", ""), failed(command.CodeUserFunctionFailure,
			"runtime error: index out of range [3] with length 0"), "a=1 b=2 max=5"},
		{call("absent", ""), failed(command.CodeNotFound, "Not_found"), "a=1 b=2 max=5"},
		{call("unknown", ""), failed(command.CodeBadInput, `User function "unknown" could not be found`), "a=1 b=2 max=5"},
		{seq(set("a", "7"), call("unknown", "")),
			failed(command.CodeBadInput, `User function "unknown" could not be found`), "a=1 b=2 max=5"},
		{seq(set("q", "1"), call("max", "9"), call("fails", "")), raised, "a=1 b=2 max=5"},
		{seq(set("max", "6"), call("max", "7")), done, "a=1 b=2 max=7"},
		{call("count", ""), command.Result{Option: some("iii")}, "a=1 b=2 max=7"},
	}
	b := newMachine(t, create(functions()))
	for i, step := range steps {
		require.Equal(t, step.want.String(), b.do(step.update).String(), "step %d", i)
		require.Equal(t, step.after, b.content(), "step %d", i)
	}
}

// TestUserFunction_KeepsNothing shows that a function can neither keep writing
// after its return nor change what it handed over.
func TestUserFunction_KeepsNothing(t *testing.T) { eachKind(t, testUserFunction_KeepsNothing) }

func testUserFunction_KeepsNothing(t *testing.T, create func(Options) *Store) {
	var kept command.Tx
	value := []byte("first")
	var opts Options
	opts.RegisterFunction("keeps", func(tx command.Tx, _ command.Option) (command.Option, error) {
		kept = tx
		tx.Set("a", value)
		return command.Some(value), nil
	})
	s := create(opts)
	result := apply(s, [][]byte{command.Encode(command.UserFunction{Name: "keeps"})})[0].(command.Result)
	copy(value, "XXXXX")
	require.Equal(t, "first", string(result.Option.Bytes))
	stored, _, err := view(s).Get("a")
	require.NoError(t, err)
	require.Equal(t, "first", string(stored))
	require.Panics(t, func() { kept.Set("a", value) })
}
