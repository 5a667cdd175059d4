package model

import (
	"cmp"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/openvstorage/arakoon-go/core"
)

// Judge lets both judges look at a history: Follow, and the search of Check. The
// search begins along the order that Follow went. Every operation keeps of its
// interval only the point at which that order has it: an order that respects these
// points respects the intervals, so where porcupine accepts the narrow history, the
// whole one is linearizable. That takes one pass, where a search of all orders may
// take exponential time. What the points don't explain is searched in full: neither
// verdict rests on the other.
func (c Checker) Judge(history []Op, order Chosen) (searched Report, followed error) {
	f := c.newFollower(history, order)
	followed = f.follow()
	ops := make([]Op, len(f.ops))
	for i, o := range f.ops {
		ops[i] = *o.Op
		if followed == nil {
			ops[i].point = point{o.instance, o.step}
		}
	}
	return c.Check(ops), followed
}

// point is a place in an order: a step of an instance. The zero point comes first, as
// good a guess as any.
type point struct {
	instance core.Instance
	step     int // from 1
}

// afterAll is the step of a query, which sees what all updates of its instance did.
const afterAll = math.MaxInt

func (p point) compare(q point) int {
	return cmp.Or(cmp.Compare(p.instance, q.instance), cmp.Compare(p.step, q.step))
}

// along reports whether porcupine accepts the order of the points that operations
// have. Those of unknown outcome that have none have not happened.
func (c Checker) along(part []Op) bool {
	ops := slices.DeleteFunc(slices.Clone(part), func(op Op) bool { return op.Unknown && op.point.step == 0 })
	slices.SortStableFunc(ops, func(a, b Op) int { return cmp.Or(a.point.compare(b.point), cmp.Compare(a.Call, b.Call)) })
	narrow, ok := narrowed(ops)
	return ok && porcupine.CheckOperationsTimeout(c.porcupine(), narrow, c.Timeout) == porcupine.Ok
}

// narrowed gives operations, sorted by their points, porcupine's form, each with one
// instant for its interval. Not ok says that one has no instant in its interval that is
// as late as those of the operations before it.
func narrowed(ops []Op) (out []porcupine.Operation, ok bool) {
	latest := int64(math.MinInt64) // the last call so far
	for i, op := range ops {
		latest = max(latest, op.Call)
		if !op.Unknown && op.Return < latest {
			return nil, false
		}
		out = append(out, porcupine.Operation{ClientId: op.Client, Input: op, Call: int64(i), Return: int64(i)})
	}
	return out, true
}
