package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// workload draws what clients ask for. Values are unique, so that a read says
// which write it saw; keys are few and skewed, so that clients collide.
type workload struct {
	w *World
}

// operation is one thing that a client wants: an update or a query.
type operation struct {
	update   command.Update
	query    command.Query
	strength strength      // of a query
	stamp    core.Instance // of one that is atLeast
}

// draw is one client operation being drawn: it numbers its decisions.
type draw struct {
	w      *World
	client uint8
	n      uint32
	keys   uint32
	args   uint32
}

// operation draws the n-th operation of a client.
func (wl workload) operation(client uint8, n uint32) operation {
	d := &draw{w: wl.w, client: client, n: n}
	kinds := wl.w.opts.kinds()
	id := Identity{A: client, N: n}
	return d.weaken(kinds[wl.w.choose(id, DecideClientOp, Always(len(kinds)-1))](d))
}

// plainKinds touch one key, or a few; rangeKinds are what they are plus what ties
// all keys together, which makes histories dearer to judge.
var plainKinds = []func(*draw) operation{
	(*draw).nop, (*draw).set, (*draw).set, (*draw).set, (*draw).get, (*draw).get, (*draw).get, (*draw).delete,
	(*draw).testAndSet, (*draw).replace, (*draw).confirm, (*draw).exists, (*draw).assert, (*draw).swap, (*draw).set, (*draw).get,
}

var rangeKinds = append(append([]func(*draw) operation{}, plainKinds...),
	(*draw).sequence, (*draw).failing, (*draw).multiGet, (*draw).rangeEntries, (*draw).reverse, (*draw).prefix,
	(*draw).deletePrefix, (*draw).count)

// key draws a key: the lower of two draws, so that low ones are hot.
func (d *draw) key() string {
	k := d.w.opts.Keys
	for range 2 {
		d.keys++
		k = min(k, d.w.choose(Identity{A: d.client, N: d.n, M: d.keys}, DecideClientKey, Always(d.w.opts.Keys-1)))
	}
	return fmt.Sprintf("k%d", k)
}

// below draws a number in [0, n).
func (d *draw) below(n int) int {
	d.args++
	return d.w.choose(Identity{A: d.client, N: d.n, M: d.args}, DecideClientArg, Odds{million - million/n, n - 1})
}

// value makes a value that no other operation writes.
func (d *draw) value() []byte {
	d.args++
	return fmt.Appendf(nil, "c%d.%d.%d", d.client, d.n, d.args)
}

// guess draws what a key might hold: a value that this client wrote before, or none.
func (d *draw) guess(key string) command.Option {
	if known := d.w.clients[d.client].seen[key]; known.Some && d.below(4) != 0 {
		return known
	}
	return command.None
}

func (d *draw) nop() operation { return operation{update: command.Nop{}} }
func (d *draw) set() operation { return operation{update: command.Set{Key: d.key(), Value: d.value()}} }
func (d *draw) get() operation { return operation{query: command.Get{Key: d.key()}} }
func (d *draw) delete() operation {
	return operation{update: command.Delete{Key: d.key()}}
}
func (d *draw) exists() operation { return operation{query: command.Exists{Key: d.key()}} }

func (d *draw) testAndSet() operation {
	key := d.key()
	wanted := command.Some(d.value())
	if d.below(5) == 1 {
		wanted = command.None
	}
	return operation{update: command.TestAndSet{Key: key, Expected: d.guess(key), Wanted: wanted}}
}

func (d *draw) replace() operation {
	wanted := command.Some(d.value())
	if d.below(5) == 1 {
		wanted = command.None
	}
	return operation{update: command.Replace{Key: d.key(), Wanted: wanted}}
}

func (d *draw) confirm() operation {
	return operation{update: command.Confirm{Key: d.key(), Value: d.value()}}
}

func (d *draw) assert() operation {
	key := d.key()
	return operation{query: command.Assert{Key: key, Value: d.guess(key)}}
}

// swap is a sequence on one key, with a test that may fail.
func (d *draw) swap() operation {
	key := d.key()
	return operation{update: command.Sequence{Updates: []command.Update{
		command.Assert{Key: key, Value: d.guess(key)},
		command.Set{Key: key, Value: d.value()},
	}}}
}

// sequence writes two keys in one step, nested.
func (d *draw) sequence() operation {
	return operation{update: command.Sequence{Updates: []command.Update{
		command.Set{Key: d.key(), Value: d.value()},
		command.Sequence{Updates: []command.Update{command.Replace{Key: d.key(), Wanted: command.Some(d.value())}}},
	}}}
}

// failing writes and then fails: nothing of it may ever be seen.
func (d *draw) failing() operation {
	return operation{update: command.Sequence{Updates: []command.Update{
		command.Set{Key: d.key(), Value: d.value()},
		command.AssertExists{Key: "never written"},
	}}}
}

func (d *draw) multiGet() operation {
	return operation{query: command.MultiGetOption{Keys: []string{d.key(), d.key(), d.key()}}}
}

func (d *draw) rangeEntries() operation {
	return operation{query: command.RangeEntries{First: command.Including(d.key()), Last: command.Open(), Max: int32(d.below(5)) - 1}}
}

func (d *draw) reverse() operation {
	return operation{query: command.RevRangeEntries{High: command.Excluding(d.key()), Low: command.Open(), Max: int32(d.below(5)) - 1}}
}

func (d *draw) prefix() operation {
	return operation{query: command.PrefixKeys{Prefix: "k", Max: -1}}
}

// deletePrefix removes one key, or all of them.
func (d *draw) deletePrefix() operation {
	if d.below(3) != 1 {
		return operation{update: command.DeletePrefix{Prefix: d.key()}}
	}
	return operation{update: command.DeletePrefix{Prefix: "k"}}
}

func (d *draw) count() operation { return operation{query: command.KeyCount{}} }
