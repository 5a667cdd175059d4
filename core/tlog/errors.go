package tlog

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
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
	// ErrCollapsed: the log begins above the instance. What was there was removed,
	// or a snapshot took its place.
	ErrCollapsed = errors.New("tlog: the log begins above the instance")
	// ErrNoSpace: the disk is full. Nothing is lost and nothing is decided: what
	// waited still waits, in order, and may be tried again.
	ErrNoSpace = errors.New("tlog: no space for the log")
)

func foreignf(format string, args ...any) error { return wrap(ErrForeign, "T101", format, args) }
func newerf(format string, args ...any) error   { return wrap(ErrNewer, "T102", format, args) }
func missingf(format string, args ...any) error { return wrap(ErrMissing, "T103", format, args) }
func damagedf(format string, args ...any) error { return wrap(ErrDamaged, "T104", format, args) }

// explained says what to do about a drive that can't read what is needed.
func explained(err error) error {
	if !errors.Is(err, disk.ErrIO) || errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w (T104): the drive can't read it (%w); replace the drive, or wipe the directory and let the node join again as a new one",
		ErrDamaged, err)
}

func wrap(sentinel error, number, format string, args []any) error {
	return fmt.Errorf("%w (%s): %s", sentinel, number, fmt.Sprintf(format, args...))
}

// syncError is what a failed sync gave. Nothing is known about what it covered, so
// it is final, whatever the reason was.
type syncError struct{ error }

func (e syncError) Unwrap() error { return e.error }

func failedSync(err error) error {
	if err == nil {
		return nil
	}
	return syncError{err}
}

// noSpace reports whether err says that there was no room for something, and that
// nothing has happened.
func noSpace(err error) bool {
	var failed syncError
	return errors.Is(err, disk.ErrFull) && !errors.As(err, &failed)
}

// assertf stops on broken state of our own.
func assertf(format string, args ...any) {
	panic("tlog: " + fmt.Sprintf(format, args...))
}
