package main

import (
	"context"
	"errors"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// Exit codes of every verb. Those of a server that refuses to start are
// Arakoon's (40 to 50, 66; see refuse.go).
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitAssertion   = 4
	exitUnavailable = 5
	exitUnknown     = 6 // timed out, or the outcome is unknown
	exitLimit       = 8
	exitIntegrity   = 9 // damage was found
	exitInterrupted = 130
)

// usageError is a mistake in the arguments.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// errIntegrity is damage that a tool has found and told.
var errIntegrity = errors.New("damage was found")

// exitCode says with which code an error ends the process.
func exitCode(err error) int {
	var usage *usageError
	var refusal *refusal
	var config *ini.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage), errors.Is(err, adminport.ErrNone):
		return exitUsage
	case errors.As(err, &refusal):
		return refusal.code
	case errors.As(err, &config):
		return config.Code
	case errors.Is(err, errIntegrity):
		return exitIntegrity
	case errors.Is(err, client.ErrNotFound):
		return exitNotFound
	case errors.Is(err, client.ErrAssertionFailed):
		return exitAssertion
	case errors.Is(err, client.ErrLimit):
		return exitLimit
	case errors.Is(err, client.ErrOutcomeUnknown):
		return exitUnknown
	case errors.Is(err, client.ErrNoMaster), errors.Is(err, client.ErrUnavailable), errors.Is(err, client.ErrStale):
		return exitUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return exitUnknown
	}
	return exitFailure
}

// nextStep says what to do about an error of the client; "" if it says so itself.
func nextStep(err error) string {
	switch {
	case errors.Is(err, client.ErrOutcomeUnknown):
		return "read the key to see whether the update happened before you repeat it"
	case errors.Is(err, client.ErrNoMaster):
		return "look with: arakoon status"
	case errors.Is(err, client.ErrUnavailable):
		return "check that a node runs and that the configuration names the right addresses"
	case errors.Is(err, client.ErrStale):
		return "wait until the node has caught up, or read without a stamp"
	case errors.Is(err, client.ErrLimit):
		return "send less at once"
	}
	return ""
}
