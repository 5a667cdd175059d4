package command

import (
	"bytes"
	"fmt"
	"slices"
)

// Option is a value or none. The zero Option is None.
type Option struct {
	Bytes []byte
	Some  bool
}

// None is no value.
var None = Option{}

// Some returns the option that holds b.
func Some(b []byte) Option { return Option{Bytes: b, Some: true} }

// Equal reports whether both are none, or both hold the same bytes.
func (o Option) Equal(p Option) bool {
	return o.Some == p.Some && bytes.Equal(o.Bytes, p.Bytes)
}

// String shows the option to people.
func (o Option) String() string {
	if !o.Some {
		return "none"
	}
	return fmt.Sprintf("%q", o.Bytes)
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	Value []byte
}

// Code is a return code of the Arakoon protocol.
type Code uint32

// The return codes that a server sends.
const (
	CodeOK                  Code = 0x00
	CodeNoMagic             Code = 0x01 // the only one without a message
	CodeNotMaster           Code = 0x04 // message: the master's name, or None
	CodeNotFound            Code = 0x05 // message: the key, or NotFoundText
	CodeWrongCluster        Code = 0x06 // defined, never sent
	CodeAssertionFailed     Code = 0x07 // message: the key, or both lists of a range
	CodeReadOnly            Code = 0x08
	CodeOutsideInterval     Code = 0x09
	CodeGoingDown           Code = 0x10
	CodeNotSupported        Code = 0x20
	CodeNoLongerMaster      Code = 0x21 // the outcome is unknown
	CodeBadInput            Code = 0x26 // too large, or an unknown user function
	CodeInconsistentRead    Code = 0x80
	CodeUserFunctionFailure Code = 0x81
	CodeUserHookNotFound    Code = 0x82
	CodeMaxConnections      Code = 0xfe
	CodeUnknownFailure      Code = 0xff
)

// Texts that the protocol fixes.
const (
	NotFoundText       = "Not_found"       // CodeNotFound of Get
	UnknownFailureText = "unknown failure" // CodeUnknownFailure, by default
)

// String names the code as the protocol's reference does.
func (c Code) String() string {
	switch c {
	case CodeOK:
		return "ok"
	case CodeNoMagic:
		return "no magic"
	case CodeNotMaster:
		return "not master"
	case CodeNotFound:
		return "not found"
	case CodeWrongCluster:
		return "wrong cluster"
	case CodeAssertionFailed:
		return "assertion failed"
	case CodeReadOnly:
		return "read only"
	case CodeOutsideInterval:
		return "outside interval"
	case CodeGoingDown:
		return "going down"
	case CodeNotSupported:
		return "not supported"
	case CodeNoLongerMaster:
		return "no longer master"
	case CodeBadInput:
		return "bad input"
	case CodeInconsistentRead:
		return "inconsistent read"
	case CodeUserFunctionFailure:
		return "user function failure"
	case CodeUserHookNotFound:
		return "user hook not found"
	case CodeMaxConnections:
		return "too many connections"
	case CodeUnknownFailure:
		return "unknown failure"
	default:
		return fmt.Sprintf("code %#02x", uint32(c))
	}
}

// Error is a failure as the protocol sends it. The store gives it where an error
// is called for (Admit, user functions); compare Code after errors.As.
type Error struct {
	Code    Code
	Message string
}

// Error gives the code's name and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code.String()
	}
	return e.Code.String() + ": " + e.Message
}

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Result is what an update gave. Which of the fields means something depends on
// the update; the others are zero.
type Result struct {
	Code    Code
	Message string // of a failure, byte for byte as the protocol wants it
	Option  Option // TestAndSet, Replace: the value before; UserFunction: its result
	Count   int    // DeletePrefix: keys deleted
}

// Failed makes the Result of a failure.
func Failed(code Code, message string) Result { return Result{Code: code, Message: message} }

// Err returns the failure as an *Error, or nil.
func (r Result) Err() error {
	if r.Code == CodeOK {
		return nil
	}
	return &Error{Code: r.Code, Message: r.Message}
}

// Equal reports whether both results look the same to a client.
func (r Result) Equal(s Result) bool {
	return r.Code == s.Code && r.Message == s.Message && r.Option.Equal(s.Option) && r.Count == s.Count
}

// String shows the result to people.
func (r Result) String() string {
	switch {
	case r.Code != CodeOK:
		return fmt.Sprintf("%v %q", r.Code, r.Message)
	case r.Option.Some:
		return "ok " + r.Option.String()
	case r.Count != 0:
		return fmt.Sprintf("ok %d", r.Count)
	default:
		return "ok"
	}
}

// Answer is what a query gave. Which of the fields means something depends on
// the query; the others are zero. Nobody may change what it points at.
type Answer struct {
	Code    Code
	Message string   // of a failure, byte for byte as the protocol wants it
	Found   bool     // Exists
	Count   int64    // KeyCount
	Value   []byte   // Get
	Values  [][]byte // MultiGet
	Options []Option // MultiGetOption
	Keys    []string // Range, PrefixKeys
	Entries []Entry  // RangeEntries, RevRangeEntries
}

// Refused makes the Answer of a failure.
func Refused(code Code, message string) Answer { return Answer{Code: code, Message: message} }

// Err returns the failure as an *Error, or nil.
func (a Answer) Err() error {
	if a.Code == CodeOK {
		return nil
	}
	return &Error{Code: a.Code, Message: a.Message}
}

// Equal reports whether both answers look the same to a client: an empty list is
// an empty list, nil or not.
func (a Answer) Equal(b Answer) bool {
	return a.Code == b.Code && a.Message == b.Message && a.Found == b.Found && a.Count == b.Count &&
		bytes.Equal(a.Value, b.Value) &&
		slices.EqualFunc(a.Values, b.Values, bytes.Equal) &&
		slices.EqualFunc(a.Options, b.Options, Option.Equal) &&
		slices.Equal(a.Keys, b.Keys) &&
		slices.EqualFunc(a.Entries, b.Entries, func(x, y Entry) bool {
			return x.Key == y.Key && bytes.Equal(x.Value, y.Value)
		})
}

// String shows the answer to people.
func (a Answer) String() string {
	switch {
	case a.Code != CodeOK:
		return fmt.Sprintf("%v %q", a.Code, a.Message)
	case a.Value != nil:
		return fmt.Sprintf("ok %q", a.Value)
	case a.Values != nil:
		return fmt.Sprintf("ok %q", a.Values)
	case a.Options != nil:
		return fmt.Sprintf("ok %v", a.Options)
	case a.Keys != nil:
		return fmt.Sprintf("ok %q", a.Keys)
	case a.Entries != nil:
		return fmt.Sprintf("ok %q", a.Entries)
	default:
		return fmt.Sprintf("ok found=%v count=%d", a.Found, a.Count)
	}
}
