package kvstore

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// What a table has cleared is passed at once in every source below it, up and down:
// the tree and the frozen table, with and without a key behind the prefix.
func TestCursor_LeavesClearedPrefixesInAllThatLiesBelow(t *testing.T) {
	for _, prefix := range []string{"p", "\xff"} {
		s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1000, FreezeBytes: 1 << 20})
		do := func(updates ...command.Update) {
			var encoded [][]byte
			for _, u := range updates {
				encoded = append(encoded, command.Encode(u))
			}
			applyValue(s, core.EncodeBatch(encoded))
		}
		do(set("a", "tree"), set(prefix, "tree"), set(prefix+"1", "tree"), set(prefix+"5", "tree"))
		require.True(t, s.Freeze())
		settle(s)
		do(set("b", "frozen"), set(prefix+"2", "frozen"), set(prefix+"3", "frozen"))
		require.True(t, s.Freeze())
		require.NotZero(t, s.Frozen(), "nothing of it is in the tree")
		do(command.DeletePrefix{Prefix: prefix}, set(prefix+"4", "table"))

		want := []string{"a", "b", prefix + "4"}
		all := command.Range{First: command.Open(), Last: command.Open(), Max: -1}
		require.Equal(t, want, view(s).Query(all).Keys)
		down := view(s).Query(command.RevRangeEntries{High: command.Open(), Low: command.Open(), Max: -1})
		var keys []string
		for _, e := range down.Entries {
			keys = append(keys, e.Key)
		}
		slices.Reverse(want)
		require.Equal(t, want, keys)
		require.NoError(t, view(s).Check())
	}
}
