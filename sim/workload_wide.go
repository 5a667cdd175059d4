package sim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// wideKinds touch one key, or a few, in all the ways that plainKinds don't;
// wideRangeKinds are what ties all keys together, likewise.
var wideKinds = []func(*draw) operation{
	(*draw).large, (*draw).empty, (*draw).multiGetAll, (*draw).assertExists, (*draw).assertAlone, (*draw).failLate, (*draw).undo,
	(*draw).deeper, (*draw).setIfAbsent, (*draw).confirmAgain, (*draw).large, (*draw).set, (*draw).get, (*draw).get,
}

var wideRangeKinds = []func(*draw) operation{
	(*draw).keysBetween, (*draw).entriesBetween, (*draw).reverseBetween, (*draw).firstWithPrefix, (*draw).assertRange, (*draw).moveAll,
	(*draw).deleteThenSet, (*draw).call, (*draw).call, (*draw).callUnknown, (*draw).count,
}

// kinds are the operations that clients draw from.
func (o *Options) kinds() []func(*draw) operation {
	kinds := plainKinds
	if o.Ranges {
		kinds = rangeKinds
	}
	if !o.Wide {
		return kinds
	}
	kinds = append(append([]func(*draw) operation{}, kinds...), wideKinds...)
	if o.Ranges {
		kinds = append(kinds, wideRangeKinds...)
	}
	return kinds
}

func sequenceOf(steps ...command.Update) operation {
	return operation{update: command.Sequence{Updates: steps}}
}

// large writes a value of up to several pages.
func (d *draw) large() operation {
	size := [...]int{100, 600, 2000, 4096, 9000, 20_000}[d.below(6)]
	return operation{update: command.Set{Key: d.key(), Value: append(bytes.Repeat([]byte{'#'}, size), d.value()...)}}
}

// empty writes a value of no bytes, which is not the same as none.
func (d *draw) empty() operation {
	return operation{update: command.Set{Key: d.key(), Value: []byte{}}}
}

func (d *draw) multiGetAll() operation {
	return operation{query: command.MultiGet{Keys: []string{d.key(), d.key()}}}
}

func (d *draw) assertExists() operation { return operation{query: command.AssertExists{Key: d.key()}} }

// assertAlone is an assertion as an update.
func (d *draw) assertAlone() operation {
	key := d.key()
	return operation{update: command.Assert{Key: key, Value: d.guess(key)}}
}

// failLate writes, deletes, and then deletes what is gone: nothing of it may be seen.
func (d *draw) failLate() operation {
	key := d.key()
	return sequenceOf(command.Set{Key: key, Value: d.value()}, command.Delete{Key: key}, command.Delete{Key: key})
}

// undo leaves nothing behind, and succeeds.
func (d *draw) undo() operation {
	key := d.key()
	return sequenceOf(command.Set{Key: key, Value: d.value()}, command.AssertExists{Key: key}, command.Replace{Key: key})
}

// deeper is a sequence in a sequence in a sequence, of which the inmost may fail.
func (d *draw) deeper() operation {
	key := d.key()
	inner := command.Sequence{Updates: []command.Update{command.Nop{}, command.Assert{Key: key, Value: d.guess(key)}}}
	middle := command.Sequence{Updates: []command.Update{command.Confirm{Key: d.key(), Value: d.value()}, inner}}
	return sequenceOf(middle, command.Set{Key: key, Value: d.value()}, command.Sequence{})
}

func (d *draw) setIfAbsent() operation {
	return operation{update: command.TestAndSet{Key: d.key(), Expected: command.None, Wanted: command.Some(d.value())}}
}

// confirmAgain confirms what may be there already.
func (d *draw) confirmAgain() operation {
	key := d.key()
	if known := d.guess(key); known.Some {
		return operation{update: command.Confirm{Key: key, Value: known.Bytes}}
	}
	return operation{update: command.Confirm{Key: key, Value: d.value()}}
}

// bound draws an end of a range.
func (d *draw) bound() command.Bound {
	switch d.below(4) {
	case 0:
		return command.Including(d.key())
	case 1:
		return command.Excluding(d.key())
	case 2:
		return command.Open()
	default:
		return command.Bound{}
	}
}

func (d *draw) limit() int32 { return int32(d.below(5)) - 1 }

func (d *draw) keysBetween() operation {
	return operation{query: command.Range{First: d.bound(), Last: d.bound(), Max: d.limit()}}
}

func (d *draw) entriesBetween() operation {
	return operation{query: command.RangeEntries{First: d.bound(), Last: d.bound(), Max: d.limit()}}
}

func (d *draw) reverseBetween() operation {
	return operation{query: command.RevRangeEntries{High: d.bound(), Low: d.bound(), Max: d.limit()}}
}

func (d *draw) firstWithPrefix() operation {
	return operation{query: command.PrefixKeys{Prefix: d.key()[:d.below(3)], Max: d.limit()}}
}

// assertRange wants that hardly anything is there, and writes then.
func (d *draw) assertRange() operation {
	key := d.key()
	return sequenceOf(command.AssertRange{Prefix: key, Keys: [][]string{nil, {key}}[d.below(2)]}, command.Set{Key: d.key(), Value: d.value()})
}

// moveAll deletes everything and writes one key, in one step.
func (d *draw) moveAll() operation {
	return sequenceOf(command.DeletePrefix{Prefix: ""}, command.Set{Key: d.key(), Value: d.value()})
}

// deleteThenSet sets, deletes the prefix, and sets again: the first stays.
func (d *draw) deleteThenSet() operation {
	key := d.key()
	return sequenceOf(command.Set{Key: key, Value: d.value()}, command.DeletePrefix{Prefix: "k"}, command.Set{Key: d.key(), Value: d.value()})
}

// call calls the user function; without an argument, or on an absent key, it fails
// half way.
func (d *draw) call() operation {
	arg := command.Some([]byte(d.key() + " " + d.key()))
	if d.below(6) == 1 {
		arg = command.None
	}
	return operation{update: command.UserFunction{Name: "move", Arg: arg}}
}

// callUnknown calls what no node has, behind a write that may not be seen. Alone, the
// call would not enter the log.
func (d *draw) callUnknown() operation {
	return sequenceOf(command.Set{Key: d.key(), Value: d.value()}, command.UserFunction{Name: "nobody registered it", Arg: command.None})
}

// functions are the user functions of every node.
func functions() command.Functions { return command.Functions{"move": move} }

// move takes "from to" and moves a value, which it returns, with a mark of how many
// keys there are. If there is nothing to move it has written and fails.
func move(tx command.Tx, arg command.Option) (command.Option, error) {
	source, target, ok := strings.Cut(string(arg.Bytes), " ")
	if !ok {
		panic("an argument is wanted") // functions may, and nothing happens
	}
	all := tx.Range(command.Open(), command.Open(), 100)
	tx.Set(target, fmt.Appendf(nil, "%d keys", len(all)))
	value := tx.Get(source)
	if !value.Some {
		return command.None, command.Errorf(command.CodeNotFound, "%s", source)
	}
	tx.Delete(source)
	tx.Set(target, append([]byte("m"), value.Bytes...))
	return value, nil
}
