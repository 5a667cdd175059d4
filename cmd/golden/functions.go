package main

import (
	"errors"
	"strconv"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// functions are those of the recording's plugins, in Go.
func functions() command.Functions {
	return command.Functions{"update_max": updateMax, "boom": boom, "put_none": putNone}
}

// updateMax keeps the largest number that it was ever called with.
func updateMax(tx command.Tx, arg command.Option) (command.Option, error) {
	const key = "max"
	old := tx.Get(key)
	if !arg.Some {
		return old, nil
	}
	n, err := strconv.Atoi(string(arg.Bytes))
	if err != nil {
		return command.None, errors.New("update_max wants a number")
	}
	if have, err := strconv.Atoi(string(old.Bytes)); old.Some && err == nil && have >= n {
		return old, nil
	}
	tx.Set(key, arg.Bytes)
	return arg, nil
}

// boom fails.
func boom(command.Tx, command.Option) (command.Option, error) {
	return command.None, errors.New(`Failure("boom!")`)
}

// putNone removes the key that it is called with.
func putNone(tx command.Tx, key command.Option) (command.Option, error) {
	tx.Delete(string(key.Bytes))
	return command.None, nil
}
