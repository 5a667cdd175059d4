package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// apply executes a top-level update and returns the next state, which is s if
// the update failed.
func apply(s state, functions command.Functions, u command.Update) (state, command.Result) {
	t := &transaction{base: s, writes: map[string]command.Option{}, functions: functions}
	r := t.execute(u)
	if r.Code != command.CodeOK {
		return s, r
	}
	return t.content(), r
}

// transaction is one top-level update under way, in two layers: the base, from
// which DeletePrefix removes at once, and the writes of single keys (none:
// deleted) above it, which come into the base at the end. DeletePrefix and
// AssertRange look at the base only.
type transaction struct {
	base      state
	writes    map[string]command.Option
	functions command.Functions
}

func (t *transaction) content() state {
	s := t.base
	for _, key := range slices.Sorted(maps.Keys(t.writes)) {
		s = s.with(key, t.writes[key])
	}
	return s
}

func (t *transaction) get(key string) command.Option {
	if value, written := t.writes[key]; written {
		return value
	}
	return t.base.get(key)
}

func (t *transaction) execute(u command.Update) command.Result {
	switch u := u.(type) {
	case command.Set:
		t.writes[u.Key] = command.Some(u.Value)
	case command.Confirm: // an equal value is not written, so DeletePrefix finds it
		if wanted := command.Some(u.Value); !t.get(u.Key).Equal(wanted) {
			t.writes[u.Key] = wanted
		}
	case command.Delete:
		if !t.get(u.Key).Some {
			return command.Failed(command.CodeNotFound, u.Key)
		}
		t.writes[u.Key] = command.None
	case command.DeletePrefix:
		return t.deletePrefix(u.Prefix)
	case command.TestAndSet:
		before := t.get(u.Key)
		if before.Equal(u.Expected) {
			t.writes[u.Key] = u.Wanted
		}
		return command.Result{Option: before}
	case command.Replace:
		before := t.get(u.Key)
		t.writes[u.Key] = u.Wanted
		return command.Result{Option: before}
	case command.Assert:
		return assertion(t.get(u.Key).Equal(u.Value), u.Key)
	case command.AssertExists:
		return assertion(t.get(u.Key).Some, u.Key)
	case command.AssertRange:
		actual := t.base.only(func(key string) bool { return strings.HasPrefix(key, u.Prefix) }).keys()
		return assertion(slices.Equal(actual, u.Keys), command.RangeMismatch(u.Keys, actual))
	case command.Sequence:
		for _, step := range u.Updates {
			if r := t.execute(step); r.Code != command.CodeOK {
				return r
			}
		}
	case command.UserFunction:
		return t.call(u)
	case command.Nop:
	default:
		panic(fmt.Sprintf("model: unknown update %T", u))
	}
	return command.Result{}
}

func assertion(holds bool, message string) command.Result {
	if holds {
		return command.Result{}
	}
	return command.Failed(command.CodeAssertionFailed, message)
}

func (t *transaction) deletePrefix(prefix string) command.Result {
	rest := t.base.only(func(key string) bool { return !strings.HasPrefix(key, prefix) })
	count := len(t.base) - len(rest)
	t.base = rest
	return command.Result{Count: count}
}

func (t *transaction) call(u command.UserFunction) (r command.Result) {
	fn := t.functions[u.Name]
	if fn == nil {
		return command.Failed(command.CodeBadInput, command.FunctionNotFound(u.Name))
	}
	defer func() {
		if p := recover(); p != nil {
			r = command.Failed(command.CodeUserFunctionFailure, panicText(p))
		}
	}()
	value, err := fn(functionTx{t}, u.Arg)
	var failure *command.Error
	switch {
	case errors.As(err, &failure) && failure.Code != command.CodeOK:
		return command.Failed(failure.Code, failure.Message)
	case err != nil:
		return command.Failed(command.CodeUserFunctionFailure, err.Error())
	}
	return command.Result{Option: value}
}

// panicText is an error's or a string's text, else the type of what was thrown.
func panicText(p any) string {
	if err, ok := p.(error); ok {
		return err.Error()
	}
	if text, ok := p.(string); ok {
		return text
	}
	return fmt.Sprintf("panic of type %T", p)
}

// functionTx implements command.Tx.
type functionTx struct{ t *transaction }

func (f functionTx) Get(key string) command.Option { return f.t.get(key) }

func (f functionTx) Set(key string, value []byte) { f.t.writes[key] = command.Some(value) }

func (f functionTx) Delete(key string) bool {
	before := f.t.get(key)
	f.t.writes[key] = command.None
	return before.Some
}

func (f functionTx) Range(first, last command.Bound, limit int) []command.Entry {
	return entries(lowest(between(f.t.content(), first, last), limit))
}
