package client

import "github.com/openvstorage/arakoon-go/kvstore/command"

// Sequence is a list of steps that Apply executes all or nothing. The first step
// that fails decides the error. Steps see what the steps before them did, except
// that DeletePrefix and AssertRange look at the keys as they were before the
// sequence: put them first.
//
//	s := client.NewSequence().Assert(k, client.Some(old)).Set(k, new).DeletePrefix("tmp/")
//	err := c.Apply(ctx, s)
type Sequence struct{ steps []command.Update }

// NewSequence returns a sequence without steps.
func NewSequence() *Sequence { return &Sequence{} }

func (s *Sequence) add(u command.Update) *Sequence {
	s.steps = append(s.steps, u)
	return s
}

func (s *Sequence) update() command.Update { return command.Sequence{Updates: s.steps} }

// Len returns the number of steps.
func (s *Sequence) Len() int { return len(s.steps) }

// Set stores a value.
func (s *Sequence) Set(key string, value []byte) *Sequence {
	return s.add(command.Set{Key: key, Value: value})
}

// Delete removes key; the sequence fails with ErrNotFound if it is absent.
func (s *Sequence) Delete(key string) *Sequence { return s.add(command.Delete{Key: key}) }

// DeletePrefix removes all keys with the prefix that existed before the sequence.
func (s *Sequence) DeletePrefix(prefix string) *Sequence {
	return s.add(command.DeletePrefix{Prefix: prefix})
}

// TestAndSet stores wanted if the value is expected. A failed test does not fail
// the sequence: that is what Assert is for.
func (s *Sequence) TestAndSet(key string, expected, wanted Option) *Sequence {
	return s.add(command.TestAndSet{Key: key, Expected: expected, Wanted: wanted})
}

// Replace stores wanted; None deletes.
func (s *Sequence) Replace(key string, wanted Option) *Sequence {
	return s.add(command.Replace{Key: key, Wanted: wanted})
}

// Assert fails the sequence unless key's value is value (None: absent).
func (s *Sequence) Assert(key string, value Option) *Sequence {
	return s.add(command.Assert{Key: key, Value: value})
}

// AssertExists fails the sequence unless key is there.
func (s *Sequence) AssertExists(key string) *Sequence {
	return s.add(command.AssertExists{Key: key})
}

// AssertRange fails the sequence unless the keys with the prefix were exactly
// keys, in ascending order, before the sequence.
func (s *Sequence) AssertRange(prefix string, keys ...string) *Sequence {
	return s.add(command.AssertRange{Prefix: prefix, Keys: keys})
}

// UserFunction calls a function of the servers; its result is lost.
func (s *Sequence) UserFunction(name string, arg Option) *Sequence {
	return s.add(command.UserFunction{Name: name, Arg: arg})
}

// Then adds the steps of another sequence.
func (s *Sequence) Then(t *Sequence) *Sequence { return s.add(t.update()) }
