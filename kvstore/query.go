package kvstore

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Query evaluates a query. Lists come in reading order (package command). What
// can't be read for a damaged page is refused as a whole.
func (v *View) Query(q command.Query) command.Answer {
	a, err := v.query(q)
	if err != nil {
		return command.Refused(command.CodeUnknownFailure, "this node can't read its store: "+err.Error())
	}
	return a
}

func (v *View) query(q command.Query) (command.Answer, error) {
	switch q := q.(type) {
	case command.Get:
		value, found, err := v.Get(q.Key)
		if !found {
			return command.Refused(command.CodeNotFound, command.NotFoundText), err
		}
		return command.Answer{Value: value}, err
	case command.Exists:
		found, err := v.Exists(q.Key)
		return command.Answer{Found: found}, err
	case command.Assert:
		actual, err := v.option(q.Key)
		return assertion(actual.Equal(q.Value), q.Key), err
	case command.AssertExists:
		found, err := v.Exists(q.Key)
		return assertion(found, q.Key), err
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
		return command.Answer{Count: int64(v.KeyCount())}, nil
	default:
		panic(fmt.Sprintf("kvstore: unknown query %T", q))
	}
}

func assertion(holds bool, key string) command.Answer {
	if !holds {
		return command.Refused(command.CodeAssertionFailed, key)
	}
	return command.Answer{}
}

func (v *View) option(key string) (command.Option, error) {
	value, found, err := v.Get(key)
	if !found {
		return command.None, err
	}
	return command.Some(value), err
}

// multiGet names the last absent key, if there is one.
func (v *View) multiGet(keys []string) (command.Answer, error) {
	values := make([][]byte, len(keys))
	missing := -1
	for i, key := range keys {
		value, found, err := v.Get(key)
		if err != nil {
			return command.Answer{}, err
		}
		if values[i] = value; !found {
			missing = i
		}
	}
	if missing >= 0 {
		return command.Refused(command.CodeNotFound, keys[missing]), nil
	}
	return command.Answer{Values: values}, nil
}

func (v *View) multiGetOption(keys []string) (command.Answer, error) {
	options := make([]command.Option, len(keys))
	for i, key := range keys {
		option, err := v.option(key)
		if err != nil {
			return command.Answer{}, err
		}
		options[i] = option
	}
	return command.Answer{Options: options}, nil
}

func (v *View) keys(first, last command.Bound, limit int32) (command.Answer, error) {
	var keys []string
	err := v.note(ascendKeys(v.table, v.base, first, last, int(limit), func(key string) { keys = append(keys, key) }))
	return command.Answer{Keys: keys}, err
}

// walk is Ascend or Descend.
type walk func(from, to command.Bound, limit int, fn func(string, []byte)) error

func (v *View) entries(w walk, from, to command.Bound, limit int32) (command.Answer, error) {
	var entries []command.Entry
	err := w(from, to, int(limit), func(key string, value []byte) {
		entries = append(entries, command.Entry{Key: key, Value: value})
	})
	return command.Answer{Entries: entries}, err
}
