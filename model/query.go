package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

func query(s state, q command.Query) command.Answer {
	switch q := q.(type) {
	case command.Get:
		value := s.get(q.Key)
		if !value.Some {
			return command.Refused(command.CodeNotFound, command.NotFoundText)
		}
		return command.Answer{Value: value.Bytes}
	case command.Exists:
		return command.Answer{Found: s.get(q.Key).Some}
	case command.Assert:
		return asserted(s.get(q.Key).Equal(q.Value), q.Key)
	case command.AssertExists:
		return asserted(s.get(q.Key).Some, q.Key)
	case command.MultiGet:
		return multiGet(s, q.Keys)
	case command.MultiGetOption:
		var a command.Answer
		for _, key := range q.Keys {
			a.Options = append(a.Options, s.get(key))
		}
		return a
	case command.Range:
		return command.Answer{Keys: lowest(between(s, q.First, q.Last), int(q.Max)).keys()}
	case command.RangeEntries:
		return command.Answer{Entries: entries(lowest(between(s, q.First, q.Last), int(q.Max)))}
	case command.RevRangeEntries:
		return command.Answer{Entries: entries(highest(between(s, q.Low, q.High), int(q.Max)))}
	case command.PrefixKeys:
		with := s.only(func(key string) bool { return strings.HasPrefix(key, q.Prefix) })
		return command.Answer{Keys: lowest(with, int(q.Max)).keys()}
	case command.KeyCount:
		return command.Answer{Count: int64(len(s))}
	default:
		panic(fmt.Sprintf("model: unknown query %T", q))
	}
}

func asserted(holds bool, key string) command.Answer {
	if holds {
		return command.Answer{}
	}
	return command.Refused(command.CodeAssertionFailed, key)
}

func multiGet(s state, keys []string) command.Answer {
	for _, key := range slices.Backward(keys) {
		if !s.get(key).Some {
			return command.Refused(command.CodeNotFound, key)
		}
	}
	var a command.Answer
	for _, key := range keys {
		a.Values = append(a.Values, s.get(key).Bytes)
	}
	return a
}

// between returns what lies within the bounds. An open lower bound without its
// flag leaves the empty key out; an open upper bound leaves nothing out.
func between(s state, first, last command.Bound) state {
	return s.only(func(key string) bool {
		switch {
		case !first.Some && !first.Inclusive && key == "":
			return false
		case first.Some && key < first.Key:
			return false
		case first.Some && !first.Inclusive && key == first.Key:
			return false
		case last.Some && key > last.Key:
			return false
		case last.Some && !last.Inclusive && key == last.Key:
			return false
		}
		return true
	})
}

// lowest returns the first limit pairs, all if limit < 0.
func lowest(s state, limit int) state {
	if limit >= 0 && limit < len(s) {
		return s[:limit]
	}
	return s
}

// highest returns the last limit pairs, all if limit < 0, from the last one on.
func highest(s state, limit int) state {
	down := slices.Clone(s)
	slices.Reverse(down)
	return lowest(down, limit)
}
