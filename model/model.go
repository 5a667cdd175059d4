package model

import (
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Model is the sequential store.
type Model struct {
	state     state
	functions command.Functions
}

// New returns an empty model with these user functions.
func New(functions command.Functions) *Model { return &Model{functions: functions} }

// Apply executes an update.
func (m *Model) Apply(u command.Update) command.Result {
	var r command.Result
	m.state, r = apply(m.state, m.functions, u)
	return r
}

// Query answers a query.
func (m *Model) Query(q command.Query) command.Answer { return query(m.state, q) }

// Entries returns the whole content, ascending.
func (m *Model) Entries() []command.Entry { return entries(m.state) }

// pair is a key with its value.
type pair struct{ key, value string }

// state is the content, ascending by key. It is never changed in place.
type state []pair

func (s state) find(key string) (int, bool) {
	return slices.BinarySearchFunc(s, key, func(p pair, key string) int { return strings.Compare(p.key, key) })
}

func (s state) get(key string) command.Option {
	if i, found := s.find(key); found {
		return command.Some([]byte(s[i].value))
	}
	return command.None
}

// with returns the content with key set to value, or without it.
func (s state) with(key string, value command.Option) state {
	i, found := s.find(key)
	next := append(state{}, s[:i]...)
	if value.Some {
		next = append(next, pair{key, string(value.Bytes)})
	}
	if found {
		i++
	}
	return append(next, s[i:]...)
}

// only returns the part of the content for whose keys keep is true.
func (s state) only(keep func(key string) bool) state {
	var part state
	for _, p := range s {
		if keep(p.key) {
			part = append(part, p)
		}
	}
	return part
}

func (s state) keys() []string {
	var keys []string
	for _, p := range s {
		keys = append(keys, p.key)
	}
	return keys
}

func entries(s state) []command.Entry {
	var all []command.Entry
	for _, p := range s {
		all = append(all, command.Entry{Key: p.key, Value: []byte(p.value)})
	}
	return all
}
