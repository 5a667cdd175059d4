package model

import (
	"slices"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// partition cuts a history into parts that have no key in common; a history is
// linearizable if and only if each of its parts is. The parts, and the operations
// in them, keep the order of the history.
func partition(ops []Op) [][]Op {
	prints := make([]command.Footprint, len(ops))
	var keys []string
	for i, op := range ops {
		prints[i] = footprint(op)
		if prints[i].All && op.Update != nil {
			return [][]Op{ops} // it may write keys that nobody names
		}
		keys = append(keys, prints[i].Keys...)
	}
	slices.Sort(keys)
	g := newGroups(slices.Compact(keys))
	for i, f := range prints {
		g.join(i, f)
	}
	return g.split(ops)
}

func footprint(op Op) command.Footprint {
	if op.Query != nil {
		return command.QueryKeys(op.Query)
	}
	return command.Keys(op.Update)
}

// groups joins keys that some operation looks at together. Keys that nobody names
// are always absent, so a range is joined only with the named keys in it.
type groups struct {
	keys   []string // ascending
	parent []int    // per key; a root is its own parent
	ofOp   []int    // per operation one of its keys, -1 if it has none
}

func newGroups(keys []string) *groups {
	g := &groups{keys: keys, parent: make([]int, len(keys))}
	for i := range g.parent {
		g.parent[i] = i
	}
	return g
}

// join puts everything that operation op looks at into one group.
func (g *groups) join(op int, f command.Footprint) {
	first := -1
	add := func(key int) {
		if first < 0 {
			first = key
		}
		g.union(first, key)
	}
	for _, key := range f.Keys {
		i, _ := slices.BinarySearch(g.keys, key)
		add(i)
	}
	for i, key := range g.keys {
		if f.All || slices.ContainsFunc(f.Ranges, func(r command.Interval) bool { return r.Covers(key) }) {
			add(i)
		}
	}
	g.ofOp = append(g.ofOp, first)
}

func (g *groups) root(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

func (g *groups) union(i, j int) { g.parent[g.root(j)] = g.root(i) }

// split sorts the operations into their groups. One without keys is a part of its
// own.
func (g *groups) split(ops []Op) [][]Op {
	var parts [][]Op
	index := map[int]int{} // root -> part
	for i, op := range ops {
		part := len(parts)
		if g.ofOp[i] >= 0 {
			root := g.root(g.ofOp[i])
			if known, seen := index[root]; seen {
				part = known
			}
			index[root] = part
		}
		if part == len(parts) {
			parts = append(parts, nil)
		}
		parts[part] = append(parts[part], op)
	}
	return parts
}
