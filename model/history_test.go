package model

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

const patience = 20 * time.Second

func set(client int, call, end int64, key, value string) Op {
	return Op{Client: client, Call: call, Return: end, Update: command.Set{Key: key, Value: []byte(value)}}
}

func lost(op Op) Op {
	op.Unknown, op.Return = true, 0
	return op
}

// get is a read that gave value, or found nothing if it is empty.
func get(client int, call, end int64, key, value string) Op {
	op := Op{Client: client, Call: call, Return: end, Query: command.Get{Key: key}}
	if value == "" {
		op.Answer = command.Refused(command.CodeNotFound, command.NotFoundText)
	} else {
		op.Answer.Value = []byte(value)
	}
	return op
}

func tas(client int, call, end int64, key, expected, wanted, before string) Op {
	option := func(s string) command.Option {
		if s == "" {
			return command.None
		}
		return command.Some([]byte(s))
	}
	return Op{Client: client, Call: call, Return: end, Result: command.Result{Option: option(before)},
		Update: command.TestAndSet{Key: key, Expected: option(expected), Wanted: option(wanted)}}
}

func update(client int, call, end int64, u command.Update, r command.Result) Op {
	return Op{Client: client, Call: call, Return: end, Update: u, Result: r}
}

func ask(client int, call, end int64, q command.Query, a command.Answer) Op {
	return Op{Client: client, Call: call, Return: end, Query: q, Answer: a}
}

func TestCheck(t *testing.T) {
	prefix := command.DeletePrefix{Prefix: "k"}
	transfer := command.Sequence{Updates: []command.Update{command.Delete{Key: "a"}, command.Set{Key: "b", Value: []byte("1")}}}
	both := func(values ...string) command.Answer {
		var a command.Answer
		for _, v := range values {
			if v == "" {
				a.Options = append(a.Options, command.None)
			} else {
				a.Options = append(a.Options, command.Some([]byte(v)))
			}
		}
		return a
	}
	ab := command.MultiGetOption{Keys: []string{"a", "b"}}
	cases := []struct {
		name    string
		history []Op
		want    Verdict
	}{
		{"nothing", nil, Linearizable},
		{"concurrent and correct", []Op{
			set(1, 0, 10, "k", "1"), set(2, 1, 9, "k", "2"), get(3, 2, 8, "k", ""),
			get(3, 9, 10, "k", "2"), get(1, 11, 12, "k", "1"), get(2, 11, 13, "k", "1"),
		}, Linearizable},
		{"stale read", []Op{
			set(1, 0, 1, "k", "1"), set(1, 2, 3, "k", "2"), get(2, 4, 5, "k", "1"),
		}, Violation},
		{"the same, overlapping", []Op{
			set(1, 0, 1, "k", "1"), set(1, 2, 4, "k", "2"), get(2, 3, 5, "k", "1"),
		}, Linearizable},
		{"touching instants overlap", []Op{
			set(1, 0, 1, "k", "1"), set(1, 2, 3, "k", "2"), get(2, 3, 5, "k", "1"),
		}, Linearizable},
		{"two readers disagree on the order", []Op{
			set(1, 0, 10, "k", "1"), set(2, 0, 10, "k", "2"),
			get(3, 1, 2, "k", "1"), get(3, 3, 4, "k", "2"), get(4, 5, 6, "k", "1"),
		}, Violation},
		{"lost update", []Op{
			set(1, 0, 1, "k", "1"), tas(1, 2, 9, "k", "1", "2", "1"), tas(2, 3, 8, "k", "1", "3", "1"),
		}, Violation},
		{"one of them failed", []Op{
			set(1, 0, 1, "k", "1"), tas(1, 2, 9, "k", "1", "2", "1"), tas(2, 3, 8, "k", "1", "3", "2"),
			get(1, 10, 11, "k", "2"),
		}, Linearizable},
		{"lost acknowledged write", []Op{
			set(1, 0, 1, "k", "1"), get(2, 2, 3, "k", ""),
		}, Violation},
		{"aborted write is read", []Op{
			set(1, 0, 1, "k", "1"), get(2, 2, 3, "k", "never written"),
		}, Violation},
		{"unknown write is read, then gone", []Op{
			set(1, 0, 1, "k", "1"), lost(set(2, 2, 0, "k", "2")),
			get(1, 3, 4, "k", "2"), get(1, 5, 6, "k", "1"),
		}, Violation},
		{"unknown write came late", []Op{
			set(1, 0, 1, "k", "1"), lost(set(2, 2, 0, "k", "2")),
			get(1, 3, 4, "k", "1"), get(1, 50, 60, "k", "2"),
		}, Linearizable},
		{"unknown write was seen before its call", []Op{
			get(1, 0, 1, "k", "2"), lost(set(2, 2, 0, "k", "2")),
		}, Violation},
		{"unknown write never came", []Op{
			set(1, 0, 1, "k", "1"), lost(set(2, 2, 0, "k", "2")), get(1, 3, 4, "k", "1"),
		}, Linearizable},
		{"unknown write shows by a failed assertion only", []Op{
			set(1, 0, 1, "k", "1"), lost(set(2, 2, 0, "k", "2")),
			ask(1, 3, 4, command.Assert{Key: "k", Value: command.Some([]byte("1"))}, command.Refused(command.CodeAssertionFailed, "k")),
		}, Linearizable},
		{"unknown delete shows", []Op{
			set(1, 0, 1, "k", "1"), lost(update(2, 2, 0, command.Delete{Key: "k"}, command.Result{})), get(1, 3, 4, "k", ""),
		}, Linearizable},
		{"unknown query says nothing", []Op{
			set(1, 0, 1, "k", "1"), lost(get(1, 2, 0, "k", "7")),
		}, Linearizable},
		{"sequence is seen half", []Op{
			set(1, 0, 1, "a", "1"), update(1, 2, 9, transfer, command.Result{}),
			ask(2, 3, 4, ab, both("", "")),
		}, Violation},
		{"sequence is seen whole", []Op{
			set(1, 0, 1, "a", "1"), update(1, 2, 9, transfer, command.Result{}),
			ask(2, 3, 4, ab, both("1", "")), ask(2, 5, 6, ab, both("", "1")),
		}, Linearizable},
		{"range without a key that was set", []Op{
			set(1, 0, 1, "k1", "1"), set(1, 2, 3, "k2", "1"),
			ask(2, 4, 5, command.PrefixKeys{Prefix: "k", Max: -1}, command.Answer{Keys: []string{"k1"}}),
		}, Violation},
		{"range over keys that nobody named", []Op{
			set(1, 0, 1, "k1", "1"),
			ask(2, 4, 5, command.PrefixKeys{Prefix: "z", Max: -1}, command.Answer{Keys: []string{"z1"}}),
		}, Violation},
		{"delete-prefix counts wrong", []Op{
			set(1, 0, 1, "k1", "1"), set(1, 2, 3, "k2", "1"), update(2, 4, 5, prefix, command.Result{Count: 1}),
		}, Violation},
		{"key count joins all keys", []Op{
			set(1, 0, 1, "k1", "1"), set(1, 2, 3, "k2", "1"),
			ask(2, 4, 5, command.KeyCount{}, command.Answer{Count: 1}),
		}, Violation},
		{"nop that failed", []Op{
			update(1, 0, 1, command.Nop{}, command.Failed(command.CodeUnknownFailure, "")),
		}, Violation},
		{"violation in one part of many", []Op{
			set(1, 0, 1, "a", "1"), set(1, 2, 3, "b", "1"), set(1, 4, 5, "c", "1"),
			get(2, 6, 7, "a", "1"), get(2, 8, 9, "b", ""), get(2, 10, 11, "c", "1"),
		}, Violation},
	}
	for _, c := range cases {
		r := Check(c.history, patience)
		require.Equal(t, c.want.String(), r.Verdict.String(), c.name)
		require.Equal(t, c.want == Linearizable, r.Err() == nil, c.name)
	}
}

func TestReport_ShowsTheFailedPartOnly(t *testing.T) {
	r := Check([]Op{
		set(1, 0, 1, "good", "1"), set(1, 2, 3, "bad", "1"), get(2, 4, 5, "bad", ""), get(2, 6, 7, "good", "1"),
	}, patience)
	require.Equal(t, 2, r.Components)
	require.Equal(t, 4, r.Operations)
	require.Len(t, r.Failed, 2)
	require.ErrorContains(t, r.Err(), `client 2 [4, 5] Get{"bad"} -> not found "Not_found"`)
	require.NotContains(t, r.Err().Error(), "good")
	var page bytes.Buffer
	require.NoError(t, r.Visualize(&page))
	require.Contains(t, page.String(), "<html")
	page.Reset()
	require.NoError(t, Check(nil, patience).Visualize(&page))
	require.Empty(t, page.String())
}

// TestCheck_TimeOutIsNoPass gives a search that is too large no time. Its unknown
// updates are all visible, so none can be set aside.
func TestCheck_TimeOutIsNoPass(t *testing.T) {
	var history []Op
	for i := range 40 {
		v := strings.Repeat("x", i+1)
		history = append(history, set(i, 0, 1000, "k", v), get(i+100, 1, 1000, "k", v))
	}
	history = append(history, get(1, 2000, 2001, "k", "impossible"))
	r := Check(history, time.Millisecond)
	require.Equal(t, TimedOut, r.Verdict)
	require.ErrorContains(t, r.Err(), "timed out")
	require.Len(t, r.Failed, len(history))
}

// TestCheck_ManyUnknownUpdates is what crashes leave behind: without setting the
// unseen ones aside the search would try their subsets.
func TestCheck_ManyUnknownUpdates(t *testing.T) {
	var history []Op
	now := int64(0)
	for i := range 200 {
		v := "v" + strings.Repeat("i", i)
		history = append(history, lost(set(i, now, 0, "k", "lost"+v)), set(0, now+1, now+2, "k", v), get(0, now+3, now+4, "k", v))
		now += 5
	}
	history = append(history, get(0, now, now+1, "k", "lostv"))
	r := Check(history, patience)
	require.NoError(t, r.Err())
}

// TestCheck_ManyUnknownDeletes has updates that leave no value, none of which
// happened before the read that looks at all keys.
func TestCheck_ManyUnknownDeletes(t *testing.T) {
	var history []Op
	var all command.MultiGet
	var values [][]byte
	for i := range 40 {
		key := "k" + strings.Repeat("i", i)
		history = append(history, set(0, 0, 1, key, "v"), lost(update(i, 2, 0, command.Delete{Key: key}, command.Result{})))
		all.Keys, values = append(all.Keys, key), append(values, []byte("v"))
	}
	history = append(history, ask(0, 3, 4, all, command.Answer{Values: values}))
	require.NoError(t, Check(history, patience).Err())
}

func TestCheck_RefusesNonsense(t *testing.T) {
	require.Panics(t, func() { Check([]Op{{}}, 0) })
	require.Panics(t, func() { Check([]Op{{Update: command.Nop{}, Query: command.KeyCount{}}}, 0) })
	require.Panics(t, func() { Check([]Op{set(1, 5, 4, "k", "1")}, 0) })
}
