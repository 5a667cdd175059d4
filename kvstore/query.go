package kvstore

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Query evaluates a query. Lists come in reading order (package command).
func (v *View) Query(q command.Query) command.Answer {
	switch q := q.(type) {
	case command.Get:
		value, found := v.Get(q.Key)
		if !found {
			return command.Refused(command.CodeNotFound, command.NotFoundText)
		}
		return command.Answer{Value: value}
	case command.Exists:
		return command.Answer{Found: v.Exists(q.Key)}
	case command.Assert:
		if !v.option(q.Key).Equal(q.Value) {
			return command.Refused(command.CodeAssertionFailed, q.Key)
		}
		return command.Answer{}
	case command.AssertExists:
		if !v.Exists(q.Key) {
			return command.Refused(command.CodeAssertionFailed, q.Key)
		}
		return command.Answer{}
	case command.MultiGet:
		return v.multiGet(q.Keys)
	case command.MultiGetOption:
		return v.multiGetOption(q.Keys)
	case command.Range:
		return v.keys(q.First, q.Last, q.Max)
	case command.RangeEntries:
		return v.entries(v.Ascend, q.First, q.Last, q.Max)
	case command.RevRangeEntries:
		return v.entries(v.Descend, q.High, q.Low, q.Max)
	case command.PrefixKeys:
		first, last := command.PrefixBounds(q.Prefix)
		return v.keys(first, last, q.Max)
	case command.KeyCount:
		return command.Answer{Count: int64(v.KeyCount())}
	default:
		panic(fmt.Sprintf("kvstore: unknown query %T", q))
	}
}

func (v *View) option(key string) command.Option {
	c, _ := v.tree.Get(key)
	return option(c)
}

// multiGet names the last absent key, if there is one.
func (v *View) multiGet(keys []string) command.Answer {
	values := make([][]byte, len(keys))
	missing := -1
	for i, key := range keys {
		value, found := v.Get(key)
		if values[i] = value; !found {
			missing = i
		}
	}
	if missing >= 0 {
		return command.Refused(command.CodeNotFound, keys[missing])
	}
	return command.Answer{Values: values}
}

func (v *View) multiGetOption(keys []string) command.Answer {
	options := make([]command.Option, len(keys))
	for i, key := range keys {
		options[i] = v.option(key)
	}
	return command.Answer{Options: options}
}

func (v *View) keys(first, last command.Bound, limit int32) command.Answer {
	var keys []string
	v.Ascend(first, last, int(limit), func(key string, _ []byte) { keys = append(keys, key) })
	return command.Answer{Keys: keys}
}

// walk is Ascend or Descend.
type walk func(from, to command.Bound, limit int, fn func(string, []byte))

func (v *View) entries(w walk, from, to command.Bound, limit int32) command.Answer {
	var entries []command.Entry
	w(from, to, int(limit), func(key string, value []byte) {
		entries = append(entries, command.Entry{Key: key, Value: value})
	})
	return command.Answer{Entries: entries}
}
