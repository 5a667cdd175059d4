package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// What a caller may branch on, with errors.Is. The error itself is an *Error.
var (
	// ErrNotFound: the key is absent.
	ErrNotFound = errors.New("not found")
	// ErrAssertionFailed: an assertion did not hold; nothing was changed.
	ErrAssertionFailed = errors.New("assertion failed")
	// ErrNoMaster: no node that is the master could be reached in time; nothing
	// was changed.
	ErrNoMaster = errors.New("no master in reach")
	// ErrOutcomeUnknown: the update was sent, and nobody can say whether it was or
	// will be executed. It is never repeated by the Client itself.
	ErrOutcomeUnknown = errors.New("the outcome of the update is unknown")
	// ErrUnavailable: no node answered the read in time.
	ErrUnavailable = errors.New("no node answered")
	// ErrLimit: too large for the cluster's limits; nothing was changed.
	ErrLimit = errors.New("a limit is exceeded")
	// ErrStale: no node has reached the stamp that AtLeast asks for.
	ErrStale = errors.New("no node is fresh enough")
	// ErrUserFunction: the user function failed, or does not exist; nothing was
	// changed.
	ErrUserFunction = errors.New("the user function failed")
	// ErrRefused: a server refused the request for another reason: Error.Code and
	// Error.Message say which.
	ErrRefused = errors.New("refused")
	// ErrClosed: the Client was closed.
	ErrClosed = errors.New("the client is closed")
	// ErrUnknownNode: no such node is in Config.Nodes.
	ErrUnknownNode = errors.New("no such node is configured")
)

// Error is every error of a call. Err is one of the above.
type Error struct {
	Op       string       // the command, as Arakoon names it
	Key      string       // what it was about, if one key
	Code     command.Code // the server's code; CodeOK if no server answered
	Message  string       // the server's words
	Endpoint string       // node and address that gave the last word
	Attempts int          // requests sent
	Failures []Failure    // the last failure of each endpoint that had one
	Err      error        // one of the package's errors
	Cause    error        // what ended it: the context's error, a broken connection; may be nil
}

// Failure is what an endpoint did last.
type Failure struct {
	Endpoint string
	Err      error
}

// Error tells the whole story in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "arakoon: %s", e.Op)
	if e.Key != "" {
		fmt.Fprintf(&b, " %q", shorten(e.Key))
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if e.Code != command.CodeOK {
		fmt.Fprintf(&b, ": %s said %v", e.Endpoint, &command.Error{Code: e.Code, Message: e.Message})
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " after %d attempts", e.Attempts)
	}
	for i, f := range e.Failures {
		sep := "; "
		if i == 0 {
			sep = " (last failures: "
		}
		fmt.Fprintf(&b, "%s%s: %v", sep, f.Endpoint, f.Err)
	}
	if len(e.Failures) > 0 {
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap lets errors.Is and errors.As see both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

func shorten(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}

// Retryable reports whether err leaves no doubt that nothing was executed and
// that the same call may succeed later.
func Retryable(err error) bool {
	return errors.Is(err, ErrNoMaster) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrStale)
}

// kind is the package's error for a code that a server gave.
func kind(code command.Code, op string) error {
	switch code {
	case command.CodeNotFound:
		return ErrNotFound
	case command.CodeAssertionFailed:
		return ErrAssertionFailed
	case command.CodeNoLongerMaster, command.CodeGoingDown: // of a read they are repeated
		return ErrOutcomeUnknown
	case command.CodeInconsistentRead:
		return ErrStale
	case command.CodeUserFunctionFailure:
		return ErrUserFunction
	case command.CodeBadInput:
		if op == "USER_FUNCTION" {
			return ErrUserFunction
		}
		return ErrLimit
	default:
		return ErrRefused
	}
}

// story is what happened to a call so far.
type story struct {
	op, key  string
	attempts int
	failures []Failure
}

// note keeps the last failure of each endpoint.
func (s *story) note(endpoint string, err error) {
	i := slices.IndexFunc(s.failures, func(f Failure) bool { return f.Endpoint == endpoint })
	if i < 0 {
		s.failures = append(s.failures, Failure{})
		i = len(s.failures) - 1
	}
	s.failures[i] = Failure{endpoint, err}
}

// fail ends the story without a server's word.
func (s *story) fail(err, cause error) error {
	return &Error{Op: s.op, Key: s.key, Attempts: s.attempts, Failures: s.failures, Err: err, Cause: cause}
}

// refused ends the story with a server's word.
func (s *story) refused(endpoint string, e *command.Error) error {
	return &Error{Op: s.op, Key: s.key, Attempts: s.attempts, Endpoint: endpoint,
		Code: e.Code, Message: e.Message, Err: kind(e.Code, s.op)}
}
