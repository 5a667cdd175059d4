package model

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// chosen is an order in which each value holds some updates.
func chosen(values ...[]command.Update) Chosen {
	return Chosen{Last: core.Instance(len(values)), Value: func(i core.Instance) core.Value {
		var encoded [][]byte
		for _, u := range values[i-1] {
			encoded = append(encoded, command.Encode(u))
		}
		return core.EncodeBatch(encoded)
	}}
}

func at(i core.Instance, op Op) Op {
	op.Instance = i
	return op
}

func weak(op Op) Op {
	op.Weak = true
	return op
}

func TestFollow(t *testing.T) {
	put := func(key, value string) command.Update { return command.Set{Key: key, Value: []byte(value)} }
	one := []command.Update{put("k", "1")}
	two := []command.Update{put("k", "2")}
	del := []command.Update{command.Delete{Key: "k"}}
	missing := command.Failed(command.CodeNotFound, "k")
	for _, c := range []struct {
		name    string
		order   Chosen
		history []Op
		trouble string
	}{
		{"as it should be", chosen(one, two), []Op{at(1, set(1, 0, 10, "k", "1")), at(2, set(2, 5, 9, "k", "2")), at(0, get(3, 0, 3, "k", "")),
			at(1, get(3, 4, 5, "k", "1")), at(2, get(3, 11, 12, "k", "2"))}, ""},
		{"two updates of one value", chosen([]command.Update{put("k", "1"), command.Delete{Key: "k"}, command.Delete{Key: "k"}}), []Op{
			at(1, set(1, 0, 9, "k", "1")), at(1, update(2, 0, 9, command.Delete{Key: "k"}, missing)),
			at(1, update(3, 0, 9, command.Delete{Key: "k"}, command.Result{}))}, ""},
		{"the same result twice", chosen([]command.Update{put("k", "1"), command.Delete{Key: "k"}, command.Delete{Key: "k"}}), []Op{
			at(1, update(2, 0, 9, command.Delete{Key: "k"}, command.Result{})),
			at(1, update(3, 0, 9, command.Delete{Key: "k"}, command.Result{}))}, "not executed in instance 1 with that result"},
		{"not where it says", chosen(one, two), []Op{at(2, set(1, 0, 10, "k", "1"))}, "it is not there"},
		{"behind the end", chosen(one), []Op{at(2, set(1, 0, 10, "k", "1"))}, "only 1 are chosen"},
		{"another result", chosen(del), []Op{at(1, update(1, 0, 9, command.Delete{Key: "k"}, command.Result{}))}, "it gave not found"},
		{"another state", chosen(one, two), []Op{at(1, get(1, 0, 9, "k", "2"))}, "not the state after instance 1"},
		{"an older state", chosen(one, two), []Op{at(2, set(1, 0, 4, "k", "2")), at(1, get(2, 5, 6, "k", "1"))}, "began after this had ended"},
		{"an older state beside it", chosen(one, two), []Op{at(2, set(1, 0, 5, "k", "2")), at(1, get(2, 5, 6, "k", "1"))}, ""},
		{"an older state, asked for weakly", chosen(one, two), []Op{at(2, set(1, 0, 4, "k", "2")), weak(at(1, get(2, 5, 6, "k", "1")))}, ""},
		{"no state at all, asked for weakly", chosen(one, two), []Op{weak(at(1, get(2, 5, 6, "k", "2")))}, "not the state"},
		{"back in time", chosen(one, two), []Op{at(2, get(1, 0, 4, "k", "2")), at(1, get(2, 5, 6, "k", "1"))}, "began after"},
		{"an update in an instance that was read before", chosen(one), []Op{at(1, get(1, 0, 4, "k", "1")), at(1, set(2, 5, 6, "k", "1"))}, "began after"},
		{"updates out of order", chosen(two, one), []Op{at(2, set(1, 0, 4, "k", "1")), at(1, set(2, 5, 6, "k", "2"))}, "began after"},
		{"a lost one that had an effect before it was sent", chosen(two, one), []Op{at(2, set(1, 0, 4, "k", "1")), lost(set(2, 5, 6, "k", "2"))}, "began after"},
		{"a lost one that had an effect later", chosen(one, two), []Op{at(1, set(1, 0, 4, "k", "1")), lost(set(2, 5, 6, "k", "2"))}, ""},
		{"a lost one that had none", chosen(one), []Op{at(1, set(1, 0, 4, "k", "1")), lost(set(2, 5, 6, "k", "2"))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Checker{}.Follow(c.history, c.order)
			if c.trouble == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.trouble)
			}
			searched, followed := Checker{}.Judge(c.history, c.order)
			require.Equal(t, err, followed)
			require.Equal(t, Check(c.history, patience).Verdict, searched.Verdict, "the points lead to no other verdict")
		})
	}
}

// What nobody looks at is not executed, and changes no judgement.
func TestFollowLeavesOutWhatNobodyLooksAt(t *testing.T) {
	load := []command.Update{command.Set{Key: "p1", Value: []byte("x")}, command.DeletePrefix{Prefix: "p"}}
	mixed := []command.Update{command.Set{Key: "p2", Value: []byte("x")}, command.Set{Key: "k", Value: []byte("1")}}
	history := []Op{at(2, set(1, 0, 10, "k", "1")), at(2, get(2, 11, 12, "k", "1")), at(1, get(2, 0, 1, "k", ""))}
	require.NoError(t, Checker{}.Follow(history, chosen(load, mixed)))
	f := follower{order: chosen(load, mixed), interest: interestOf(history)}
	for i := core.Instance(1); i <= 2; i++ {
		_, err := f.steps(i)
		require.NoError(t, err)
	}
	require.Equal(t, state{{"k", "1"}}, f.state)
	everything := append(history, at(1, ask(1, 0, 1, command.KeyCount{}, command.Answer{})))
	require.NoError(t, Checker{}.Follow(everything, chosen(load, mixed)))
}
