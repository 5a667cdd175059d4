package command

import "fmt"

// Function is a user function: Go code that runs inside the update, on every
// node, at the same place in the log. So it must depend on nothing but its
// argument and tx, and its errors' texts must be the same everywhere.
//
// An *Error is given to the client as it is; every other error, and a panic,
// becomes CodeUserFunctionFailure with its text. Whatever it did is undone then.
// What it keeps of arg, or gets from tx, it must not change.
type Function func(tx Tx, arg Option) (Option, error)

// Tx is what a Function may do. It sees its own writes, and those of earlier
// steps of the sequence that called it. It is void when the function returns.
type Tx interface {
	Get(key string) Option
	Set(key string, value []byte)
	// Delete removes key and reports whether it was there.
	Delete(key string) bool
	// Range returns the entries within the bounds, ascending, max at most (max <
	// 0: all of them).
	Range(first, last Bound, max int) []Entry
}

// Functions are the user functions of a node, by name. All nodes of a cluster
// must have the same.
type Functions map[string]Function

// Register adds a function at build time. A name that is taken panics.
func (f Functions) Register(name string, fn Function) {
	if _, taken := f[name]; taken {
		panic(fmt.Sprintf("command: user function %q registered twice", name))
	}
	f[name] = fn
}

// Check gives the refusal of a call to a function that there is not, which a
// server sends before it looks for the master: *Error or nil. Other updates pass.
func (f Functions) Check(u Update) error {
	if call, ok := u.(UserFunction); ok && f[call.Name] == nil {
		return &Error{Code: CodeBadInput, Message: FunctionNotFound(call.Name)}
	}
	return nil
}
