package main

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// renameKey changes every byte of a key, so that another order results, but not
// which keys are equal or a prefix of one another.
func renameKey(key string) string {
	b := []byte(key)
	for i := range b {
		b[i] ^= 0x55
	}
	return string(b)
}

// renameValue changes every byte of a value.
func renameValue(value []byte) []byte {
	b := make([]byte, len(value))
	for i := range b {
		b[i] = value[i] + 101
	}
	return b
}

func renameOption(o command.Option) command.Option {
	if !o.Some {
		return o
	}
	return command.Some(renameValue(o.Bytes))
}

func renameKeys(keys []string) []string {
	renamed := make([]string, len(keys))
	for i, k := range keys {
		renamed[i] = renameKey(k)
	}
	return renamed
}

func renameBound(b command.Bound) command.Bound {
	b.Key = renameKey(b.Key)
	return b
}

func renameUpdate(u command.Update) command.Update {
	switch u := u.(type) {
	case command.Set:
		return command.Set{Key: renameKey(u.Key), Value: renameValue(u.Value)}
	case command.Confirm:
		return command.Confirm{Key: renameKey(u.Key), Value: renameValue(u.Value)}
	case command.Delete:
		return command.Delete{Key: renameKey(u.Key)}
	case command.DeletePrefix:
		return command.DeletePrefix{Prefix: renameKey(u.Prefix)}
	case command.TestAndSet:
		return command.TestAndSet{Key: renameKey(u.Key), Expected: renameOption(u.Expected), Wanted: renameOption(u.Wanted)}
	case command.Replace:
		return command.Replace{Key: renameKey(u.Key), Wanted: renameOption(u.Wanted)}
	case command.Assert:
		return command.Assert{Key: renameKey(u.Key), Value: renameOption(u.Value)}
	case command.AssertExists:
		return command.AssertExists{Key: renameKey(u.Key)}
	case command.AssertRange:
		return command.AssertRange{Prefix: renameKey(u.Prefix), Keys: renameKeys(u.Keys)}
	case command.Sequence:
		s := command.Sequence{Updates: make([]command.Update, len(u.Updates))}
		for i, step := range u.Updates {
			s.Updates[i] = renameUpdate(step)
		}
		return s
	case command.UserFunction, command.Nop:
		return u
	default:
		panic(fmt.Sprintf("unknown update %T", u))
	}
}

func renameQuery(q command.Query) command.Query {
	switch q := q.(type) {
	case command.Get:
		return command.Get{Key: renameKey(q.Key)}
	case command.Exists:
		return command.Exists{Key: renameKey(q.Key)}
	case command.Assert:
		return command.Assert{Key: renameKey(q.Key), Value: renameOption(q.Value)}
	case command.AssertExists:
		return command.AssertExists{Key: renameKey(q.Key)}
	case command.MultiGet:
		return command.MultiGet{Keys: renameKeys(q.Keys)}
	case command.MultiGetOption:
		return command.MultiGetOption{Keys: renameKeys(q.Keys)}
	case command.Range:
		return command.Range{First: renameBound(q.First), Last: renameBound(q.Last), Max: q.Max}
	case command.RangeEntries:
		return command.RangeEntries{First: renameBound(q.First), Last: renameBound(q.Last), Max: q.Max}
	case command.RevRangeEntries:
		return command.RevRangeEntries{High: renameBound(q.High), Low: renameBound(q.Low), Max: q.Max}
	case command.PrefixKeys:
		return command.PrefixKeys{Prefix: renameKey(q.Prefix), Max: q.Max}
	case command.KeyCount:
		return q
	default:
		panic(fmt.Sprintf("unknown query %T", q))
	}
}

// renamed is the row with other keys and values, to be judged by the model alone.
// Rows that the model can't judge stay as they are.
func renamed(r row) row {
	request := decode(r.request)
	if request == nil {
		return r
	}
	var b []byte
	if request.Update != nil {
		b = wire.AppendUpdate(nil, renameUpdate(request.Update))
	} else {
		b = wire.AppendQuery(nil, request.Consistency, renameQuery(request.Query))
	}
	if request.Op == wire.OpSyncedSequence {
		b[0] = byte(wire.OpSyncedSequence)
	}
	r.request, r.Response, r.response = b, nil, nil
	return r
}
