package kvstore

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// execute executes an update, or a step of a sequence. What fails may have
// written: run undoes it.
func (t *txn) execute(u command.Update) command.Result {
	switch u := u.(type) {
	case command.Set:
		t.set(u.Key, u.Value)
	case command.Delete:
		if !t.remove(u.Key) {
			return command.Failed(command.CodeNotFound, u.Key)
		}
	case command.DeletePrefix:
		count := t.deletePrefix(u.Prefix)
		return command.Result{Count: count}
	case command.Confirm:
		if !t.holds(u.Key, command.Some(u.Value)) {
			t.set(u.Key, u.Value)
		}
	case command.TestAndSet:
		return t.testAndSet(u)
	case command.Replace:
		return command.Result{Option: t.replace(u.Key, u.Wanted)}
	case command.Assert:
		if !t.holds(u.Key, u.Value) {
			return command.Failed(command.CodeAssertionFailed, u.Key)
		}
	case command.AssertExists:
		if !t.table.has(u.Key) {
			return command.Failed(command.CodeAssertionFailed, u.Key)
		}
	case command.AssertRange:
		if actual := t.baseKeys(u.Prefix); !slices.Equal(actual, u.Keys) {
			return command.Failed(command.CodeAssertionFailed, command.RangeMismatch(u.Keys, actual))
		}
	case command.Sequence:
		return t.sequence(u)
	case command.UserFunction:
		return t.call(u)
	case command.Nop:
	default:
		panic(fmt.Sprintf("kvstore: unknown update %T", u))
	}
	return command.Result{}
}

func (t *txn) sequence(s command.Sequence) command.Result {
	for _, step := range s.Updates {
		if result := t.execute(step); result.Code != command.CodeOK {
			return result
		}
	}
	return command.Result{}
}

func (t *txn) testAndSet(u command.TestAndSet) command.Result {
	before := t.option(u.Key)
	if before.Equal(u.Expected) {
		t.store(u.Key, u.Wanted)
	}
	return command.Result{Option: before}
}

// replace stores or removes, and returns the value before.
func (t *txn) replace(key string, wanted command.Option) command.Option {
	before := t.option(key)
	t.store(key, wanted)
	return before
}

// store stores the value, or removes the key for none.
func (t *txn) store(key string, wanted command.Option) {
	if wanted.Some {
		t.set(key, wanted.Bytes)
	} else {
		t.remove(key)
	}
}

// holds reports whether the key's value is want.
func (t *txn) holds(key string, want command.Option) bool { return t.option(key).Equal(want) }

// option is the key's value, none if it is absent.
func (t *txn) option(key string) command.Option {
	value, found := t.table.get(key)
	if !found {
		return command.None
	}
	return command.Some(value)
}

// call runs a user function. It is the one place below the hosts that recovers:
// the function is not ours, and a chosen update must not stop a node.
func (t *txn) call(u command.UserFunction) (result command.Result) {
	fn := t.functions[u.Name]
	if fn == nil {
		return command.Failed(command.CodeBadInput, command.FunctionNotFound(u.Name))
	}
	tx := &functionTx{txn: t}
	defer func() {
		tx.txn = nil
		if p := recover(); p != nil {
			result = command.Failed(command.CodeUserFunctionFailure, panicText(p))
		}
	}()
	answer, err := fn(tx, u.Arg)
	if err != nil {
		return failedCall(err)
	}
	if answer.Some {
		answer.Bytes = append(make([]byte, 0, len(answer.Bytes)), answer.Bytes...)
	}
	return command.Result{Option: answer}
}

func failedCall(err error) command.Result {
	var failure *command.Error
	if errors.As(err, &failure) && failure.Code != command.CodeOK {
		return command.Failed(failure.Code, failure.Message)
	}
	return command.Failed(command.CodeUserFunctionFailure, err.Error())
}

// panicText is the same on every node: no addresses.
func panicText(p any) string {
	switch p := p.(type) {
	case error:
		return p.Error()
	case string:
		return p
	default:
		return fmt.Sprintf("panic of type %T", p)
	}
}

// functionTx is what a user function gets, until it returns.
type functionTx struct{ txn *txn }

// Get implements command.Tx.
func (f *functionTx) Get(key string) command.Option { return f.txn.option(key) }

// Set implements command.Tx.
func (f *functionTx) Set(key string, value []byte) { f.txn.set(key, value) }

// Delete implements command.Tx.
func (f *functionTx) Delete(key string) bool { return f.txn.remove(key) }

// Range implements command.Tx.
func (f *functionTx) Range(first, last command.Bound, limit int) []command.Entry {
	var entries []command.Entry
	table := &f.txn.table
	err := ascend(&table.layer, table.base, first, last, limit, func(key string, value []byte) {
		entries = append(entries, command.Entry{Key: strings.Clone(key), Value: bytes.Clone(value)})
	})
	if err != nil {
		table.fail(err)
	}
	return entries
}
