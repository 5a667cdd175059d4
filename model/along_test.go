package model

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func on(i core.Instance, step int, op Op) Op {
	op.point = point{i, step}
	return op
}

func TestPointsMustRespectTimeAndTheModel(t *testing.T) {
	for _, c := range []struct {
		name string
		part []Op
		good bool
	}{
		{"an order", []Op{on(2, 1, set(1, 0, 10, "k", "2")), on(1, 1, set(2, 0, 10, "k", "1")), on(2, afterAll, get(3, 5, 6, "k", "2"))}, true},
		{"equal instants overlap", []Op{on(1, 1, set(1, 0, 5, "k", "1")), on(1, afterAll, get(2, 5, 6, "k", "1"))}, true},
		{"two queries of one state, as they were called", []Op{on(1, 1, set(1, 0, 1, "k", "1")),
			on(1, afterAll, get(2, 8, 9, "k", "1")), on(1, afterAll, get(3, 2, 3, "k", "1"))}, true},
		{"a query that ended before what it saw was sent", []Op{on(1, 1, set(1, 5, 6, "k", "1")), on(1, afterAll, get(2, 3, 4, "k", "1"))}, false},
		{"an update that ended before an earlier one was sent", []Op{on(2, 1, set(1, 0, 4, "k", "2")), on(1, 1, set(2, 5, 6, "k", "1"))}, false},
		{"between two that exclude each other", []Op{on(1, 1, set(1, 7, 9, "k", "1")), on(1, 2, set(2, 0, 9, "k", "2")), on(1, 3, set(3, 0, 5, "k", "3"))}, false},
		{"a query that saw something else", []Op{on(1, 1, set(1, 0, 9, "k", "1")), on(1, afterAll, get(2, 0, 9, "k", "2"))}, false},
		{"an operation without a point", []Op{on(1, 1, set(1, 0, 9, "k", "1")), get(2, 0, 9, "k", "1")}, false},
		{"one without a point that comes first", []Op{on(1, 1, set(1, 0, 9, "k", "1")), get(2, 0, 9, "k", "")}, true},
		{"a lost one with a point has happened", []Op{on(1, 1, lost(set(1, 0, 0, "k", "1"))), on(1, afterAll, get(2, 4, 5, "k", "1"))}, true},
		{"but not before it was sent", []Op{on(1, 1, lost(set(1, 6, 0, "k", "1"))), on(1, afterAll, get(2, 4, 5, "k", "1"))}, false},
		{"a lost one without has not", []Op{lost(set(1, 0, 0, "k", "1")), on(1, afterAll, get(2, 4, 5, "k", ""))}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.good, Checker{}.along(c.part))
		})
	}
}

// Everybody writes at once, and everybody reads what came last: without the points
// the search would go through orders by the thousand million.
func TestJudgeGoesStraightWhereTheInstancesLead(t *testing.T) {
	const writers = 40
	var history []Op
	var values [][]command.Update
	for i := range writers {
		value := fmt.Sprint(writers - i)
		values = append(values, []command.Update{command.Set{Key: "k", Value: []byte(value)}})
		history = append(history, at(core.Instance(i+1), get(writers+i, 0, 100, "k", value)))
	}
	for i := range writers {
		history = append(history, at(core.Instance(writers-i), set(i, 0, 100, "k", fmt.Sprint(i+1))))
	}
	history = append(history, at(writers, get(0, 101, 102, "k", "1")))
	searched, followed := Checker{Timeout: patience}.Judge(history, chosen(values...))
	require.NoError(t, followed)
	require.Equal(t, Linearizable, searched.Verdict)
}

// Equal updates of unknown outcome are told apart by nobody; the points guess, in the
// order in which they were sent.
func TestPointsOfEqualUpdates(t *testing.T) {
	del := command.Delete{Key: "k"}
	put := func(value string) []command.Update {
		return []command.Update{command.Set{Key: "k", Value: []byte(value)}}
	}
	order := chosen(put("1"), []command.Update{del}, put("2"), []command.Update{del})
	history := []Op{at(1, set(1, 0, 1, "k", "1")), at(3, set(1, 6, 7, "k", "2")),
		lost(update(3, 5, 0, del, command.Result{})), lost(update(2, 2, 0, del, command.Result{})),
		at(2, get(4, 3, 4, "k", "")), at(4, get(4, 8, 9, "k", ""))}
	f := Checker{}.newFollower(history, order)
	require.NoError(t, f.follow())
	require.Equal(t, core.Instance(4), f.ops[2].instance)
	require.Equal(t, core.Instance(2), f.ops[3].instance)
	require.False(t, f.ops[2].placed, "a guess, which time is not held against")
	searched, _ := Checker{}.Judge(history, order)
	require.Equal(t, Linearizable, searched.Verdict)
}
