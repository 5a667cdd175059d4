package model

import (
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func clients(part []Op) []int {
	var all []int
	for _, op := range part {
		all = append(all, op.Client)
	}
	return all
}

func TestPartition(t *testing.T) {
	write := func(client int, key string) Op { return set(client, 0, 0, key, "") }
	look := func(client int, q command.Query) Op { return Op{Client: client, Query: q} }
	do := func(client int, u command.Update) Op { return Op{Client: client, Update: u} }
	cases := []struct {
		name    string
		history []Op
		want    [][]int
	}{
		{"one key each", []Op{write(1, "a"), write(2, "b"), write(3, "a")}, [][]int{{1, 3}, {2}}},
		{"two keys join", []Op{write(1, "a"), write(2, "b"), write(3, "c"), look(4, command.MultiGet{Keys: []string{"a", "c"}})},
			[][]int{{1, 3, 4}, {2}}},
		{"joins add up", []Op{write(1, "a"), write(2, "b"), write(3, "c"),
			look(4, command.MultiGet{Keys: []string{"a", "b"}}), look(5, command.MultiGet{Keys: []string{"c", "b"}})},
			[][]int{{1, 2, 3, 4, 5}}},
		{"joins add up the other way", []Op{write(1, "a"), write(2, "b"), write(3, "c"),
			look(4, command.MultiGet{Keys: []string{"b", "c"}}), look(5, command.MultiGet{Keys: []string{"a", "c"}})},
			[][]int{{1, 2, 3, 4, 5}}},
		{"a range joins what is in it", []Op{write(1, "a"), write(2, "b"), write(3, "c"), write(4, "d"),
			look(5, command.Range{First: command.Excluding("a"), Last: command.Including("c"), Max: 1})},
			[][]int{{1}, {2, 3, 5}, {4}}},
		{"so does a reverse range", []Op{write(1, "a"), write(2, "b"), write(3, "c"),
			look(4, command.RevRangeEntries{High: command.Including("b"), Low: command.Open()})},
			[][]int{{1, 2, 4}, {3}}},
		{"and a prefix", []Op{write(1, "p/1"), write(2, "p/2"), write(3, "q"), do(4, command.DeletePrefix{Prefix: "p/"})},
			[][]int{{1, 2, 4}, {3}}},
		{"a sequence joins its steps", []Op{write(1, "a"), write(2, "b"), write(3, "c"),
			do(4, command.Sequence{Updates: []command.Update{command.Delete{Key: "a"},
				command.Sequence{Updates: []command.Update{command.Assert{Key: "c"}}}}})},
			[][]int{{1, 3, 4}, {2}}},
		{"without keys alone", []Op{do(1, command.Nop{}), write(2, "a"), do(3, command.Nop{}),
			look(4, command.PrefixKeys{Prefix: "z"})}, [][]int{{1}, {2}, {3}, {4}}},
		{"everything", []Op{write(1, "a"), write(2, "b"), do(3, command.UserFunction{Name: "f"}), write(4, "c")},
			[][]int{{1, 2, 3, 4}}},
		{"a function may write what nobody names", []Op{do(1, command.UserFunction{Name: "f"}), do(2, command.DeletePrefix{Prefix: "z"})},
			[][]int{{1, 2}}},
	}
	for _, c := range cases {
		var got [][]int
		for _, part := range partition(c.history) {
			got = append(got, clients(part))
		}
		require.Equal(t, c.want, got, c.name)
	}
}

// randomHistory lets clients run against a model whose steps happen at instants
// between call and return. Sometimes an answer is lost. If broken, some client
// sees a state that is a few steps old.
func randomHistory(t *rapid.T, broken bool) []Op {
	key := rapid.SampledFrom([]string{"a", "b", "ba"})
	m := New(nil)
	old := m.state
	var history []Op
	for i := range rapid.IntRange(10, 40).Draw(t, "length") {
		at := int64(10 * i)
		op := Op{Client: i, Call: at - rapid.Int64Range(0, 30).Draw(t, "before"), Return: at + rapid.Int64Range(0, 30).Draw(t, "after")}
		op.Unknown = rapid.IntRange(0, 9).Draw(t, "lost") == 0
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0, 1:
			op.Update = command.Set{Key: key.Draw(t, "key"), Value: []byte{byte(i)}}
		case 2:
			op.Update = command.Replace{Key: key.Draw(t, "key")}
		case 3:
			op.Query = command.PrefixKeys{Prefix: key.Draw(t, "key"), Max: -1}
		default:
			op.Query = command.MultiGetOption{Keys: []string{key.Draw(t, "key")}}
		}
		switch {
		case op.Query != nil && broken:
			op.Answer = query(old, op.Query)
		case op.Query != nil:
			op.Answer = m.Query(op.Query)
		case op.Unknown && rapid.Bool().Draw(t, "dropped"):
		default:
			op.Result = m.Apply(op.Update)
		}
		if i%8 == 0 {
			old = m.state
		}
		history = append(history, op)
	}
	return history
}

func TestCheck_CorrectHistoriesPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := Check(randomHistory(t, false), patience).Err(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCheck_CutDecidesTheSame holds the verdict of the parts, found in stages,
// against that of the whole history in one search.
func TestCheck_CutDecidesTheSame(t *testing.T) {
	violations := 0
	rapid.Check(t, func(t *rapid.T) {
		history := randomHistory(t, true)
		history = history[:min(len(history), 20)]
		var unknown int
		history = slices.DeleteFunc(history, func(op Op) bool {
			if op.Unknown {
				unknown++
			}
			return op.Unknown && unknown > 3
		})
		c := Checker{Timeout: patience}
		whole := judgeWhole(c, judged(history))
		if got := c.Check(history).Verdict; got != whole {
			t.Fatalf("cut: %v, whole: %v", got, whole)
		}
		if whole == Violation {
			violations++
		}
	})
	require.NotZero(t, violations, "no history was wrong")
}

func judgeWhole(c Checker, ops []Op) Verdict {
	result, _ := porcupine.CheckOperationsVerbose(c.porcupine(), operations(ops), c.Timeout)
	return verdictOf(result)
}
