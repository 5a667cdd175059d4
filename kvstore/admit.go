package kvstore

import (
	"slices"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Admit implements core.StateMachine: the update can be decoded, keeps the limits,
// and the user function it calls exists. The error is a *command.Error, as the
// client gets it.
func (s *Store) Admit(update []byte) error {
	u, err := command.Decode(update)
	if err != nil {
		return command.Errorf(command.CodeUnknownFailure, "%v", err)
	}
	if err := s.opts.Functions.Check(u); err != nil {
		return err
	}
	return s.opts.Limits.Check(u)
}

// Grows implements core.StateMachine. What can't be decoded is Admit's to refuse.
func (s *Store) Grows(update []byte) bool {
	u, err := command.Decode(update)
	return err == nil && grows(u)
}

// grows reports whether an update may store something.
func grows(u command.Update) bool {
	switch u := u.(type) {
	case command.Set, command.Confirm, command.UserFunction:
		return true
	case command.TestAndSet:
		return u.Wanted.Some
	case command.Replace:
		return u.Wanted.Some
	case command.Sequence:
		return slices.ContainsFunc(u.Updates, grows)
	default:
		return false
	}
}
