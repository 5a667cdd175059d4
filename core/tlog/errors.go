package tlog

import (
	"errors"
	"fmt"
)

// Why a log is refused; test with errors.Is. Each comes wrapped in a sentence
// that has a number, says what was found and what to do next.
var (
	// ErrForeign: the directory belongs to another node or cluster, or to the
	// OCaml Arakoon.
	ErrForeign = errors.New("tlog: not this node's log")
	// ErrNewer: written by a newer version of this software.
	ErrNewer = errors.New("tlog: format is newer than this software")
	// ErrMissing: a file that the log needs is not there.
	ErrMissing = errors.New("tlog: a file of the log is missing")
	// ErrDamaged: bytes that were durable have changed, and what they said is
	// needed and known nowhere else.
	ErrDamaged = errors.New("tlog: the log is damaged")
	// ErrNotHeld: the log holds no entry for the instance.
	ErrNotHeld = errors.New("tlog: no entry held for the instance")
)

func foreignf(format string, args ...any) error { return wrap(ErrForeign, "T101", format, args) }
func newerf(format string, args ...any) error   { return wrap(ErrNewer, "T102", format, args) }
func missingf(format string, args ...any) error { return wrap(ErrMissing, "T103", format, args) }
func damagedf(format string, args ...any) error { return wrap(ErrDamaged, "T104", format, args) }

func wrap(sentinel error, number, format string, args []any) error {
	return fmt.Errorf("%w (%s): %s", sentinel, number, fmt.Sprintf(format, args...))
}

// assertf stops on broken state of our own.
func assertf(format string, args ...any) {
	panic("tlog: " + fmt.Sprintf(format, args...))
}
