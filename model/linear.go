package model

import (
	"hash/fnv"
	"io"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// judge looks for an order of the operations of one part and puts what it found
// into r.
//
// Updates of unknown outcome are what makes the search long: each may come
// anywhere, so it tries their subsets. But whatever is linearizable without some
// of them is linearizable with them (they come last, unseen). So it tries first
// without any, then with those of which something was seen; only a history that
// passes neither needs them all.
func (c Checker) judge(part []Op, r *Report) {
	if c.along(part) {
		r.Verdict = Linearizable
		return
	}
	m := c.porcupine()
	for i, ops := range [][]Op{known(part), plausible(part), part} {
		if i > 0 && len(ops) == len(r.tried) {
			continue // the same again
		}
		r.tried = ops
		if r.Verdict = verdictOf(porcupine.CheckOperationsTimeout(m, operations(ops), c.Timeout)); r.Verdict == Linearizable {
			return
		}
	}
}

func verdictOf(result porcupine.CheckResult) Verdict {
	switch result {
	case porcupine.Ok:
		return Linearizable
	case porcupine.Illegal:
		return Violation
	case porcupine.Unknown:
		return TimedOut
	default:
		panic("model: unknown verdict of the search")
	}
}

// known returns the operations whose outcome is known.
func known(part []Op) []Op {
	return slices.DeleteFunc(slices.Clone(part), func(op Op) bool { return op.Unknown })
}

// plausible returns known and those others that wrote a value which somebody saw,
// or that did something other than writing values.
func plausible(part []Op) []Op {
	seen := map[string]bool{}
	for _, op := range part {
		observe(seen, op)
	}
	return slices.DeleteFunc(slices.Clone(part), func(op Op) bool {
		values, blind := written(op.Update)
		return op.Unknown && blind && !slices.ContainsFunc(values, func(v string) bool { return seen[v] })
	})
}

// observe adds the values in the outcome of op to seen.
func observe(seen map[string]bool, op Op) {
	if op.Result.Option.Some {
		seen[string(op.Result.Option.Bytes)] = true
	}
	seen[string(op.Answer.Value)] = true
	for _, v := range op.Answer.Values {
		seen[string(v)] = true
	}
	for _, o := range op.Answer.Options {
		seen[string(o.Bytes)] = true
	}
	for _, e := range op.Answer.Entries {
		seen[string(e.Value)] = true
	}
}

// written returns the values that an update may write, and whether writing
// values is all it may do.
func written(u command.Update) (values []string, blind bool) {
	switch u := u.(type) {
	case command.Set:
		return []string{string(u.Value)}, true
	case command.Confirm:
		return []string{string(u.Value)}, true
	case command.TestAndSet:
		return []string{string(u.Wanted.Bytes)}, u.Wanted.Some
	case command.Replace:
		return []string{string(u.Wanted.Bytes)}, u.Wanted.Some
	case command.Sequence:
		blind = true
		for _, step := range u.Updates {
			v, b := written(step)
			values, blind = append(values, v...), blind && b
		}
		return values, blind
	default:
		return nil, false
	}
}

// operations gives porcupine's form. An update of unknown outcome returns after
// everything else.
func operations(ops []Op) []porcupine.Operation {
	var last int64
	for _, op := range ops {
		last = max(last, op.Call, op.Return)
	}
	out := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		end := op.Return
		if op.Unknown {
			end = last + 1
		}
		out[i] = porcupine.Operation{ClientId: op.Client, Input: op, Call: op.Call, Return: end}
	}
	return out
}

// node is a state with its hash, as porcupine holds it.
type node struct {
	state state
	hash  uint64
}

func newNode(s state) *node {
	h := fnv.New64a()
	for _, p := range s {
		io.WriteString(h, p.key)
		h.Write([]byte{0})
		io.WriteString(h, p.value)
		h.Write([]byte{0})
	}
	return &node{s, h.Sum64()}
}

func (c Checker) porcupine() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return newNode(nil) },
		Step: func(s, input, _ any) (bool, any) { return c.step(s.(*node), input.(Op)) },
		Equal: func(a, b any) bool {
			return slices.Equal(a.(*node).state, b.(*node).state)
		},
		Hash:              func(s any) uint64 { return s.(*node).hash },
		DescribeOperation: func(input, _ any) string { return input.(Op).text() },
		DescribeState:     func(s any) string { return describe(s.(*node).state) },
	}
}

// step reports whether op may happen in s with the outcome it had.
func (c Checker) step(s *node, op Op) (bool, any) {
	if op.Query != nil {
		return query(s.state, op.Query).Equal(op.Answer), s
	}
	next, result := apply(s.state, c.Functions, op.Update)
	if !op.Unknown && !result.Equal(op.Result) {
		return false, s
	}
	if slices.Equal(next, s.state) {
		return true, s
	}
	return true, newNode(next)
}

func describe(s state) string {
	text := "{"
	for i, p := range s {
		if i > 0 {
			text += ", "
		}
		text += command.Quote(p.key) + ": " + command.Quote(p.value)
	}
	return text + "}"
}
