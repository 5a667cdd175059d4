package kvstore

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Options are fixed for the life of a Store. Functions must be the same on all
// nodes of a cluster.
type Options struct {
	Limits    command.Limits // zero: command.DefaultLimits
	Functions command.Functions
}

// RegisterFunction adds a user function. A name that is taken panics.
func (o *Options) RegisterFunction(name string, fn command.Function) {
	if o.Functions == nil {
		o.Functions = command.Functions{}
	}
	o.Functions.Register(name, fn)
}

// Store is the state machine of one node. One goroutine at a time uses it,
// except for Admit. It implements core/replica's StateMachine.
type Store struct {
	limits    command.Limits
	functions command.Functions
	applied   core.Instance
	chain     chain
	txn       txn
	view      *View // of the present state, if somebody asked for it
}

// New returns an empty store, before the first instance.
func New(opts Options) *Store {
	if opts.Limits == (command.Limits{}) {
		opts.Limits = command.DefaultLimits()
	}
	s := &Store{limits: opts.Limits, functions: opts.Functions, chain: newChain()}
	s.txn.table = newTable()
	s.txn.functions = opts.Functions
	return s
}

// Admit says whether an update may enter the log, by the update alone: it can be
// decoded, keeps the limits, and the user function it calls exists. The error is
// a *command.Error, as the client gets it. Many goroutines may call it at once.
func (s *Store) Admit(update []byte) error {
	u, err := command.Decode(update)
	if err != nil {
		return command.Errorf(command.CodeUnknownFailure, "%v", err)
	}
	if err := s.functions.Check(u); err != nil {
		return err
	}
	return s.limits.Check(u)
}

// ok is boxed once, since most updates give it.
var ok any = command.Result{}

// Apply executes instance i, the one after Applied, and returns one
// command.Result per update. A control entry has no updates.
func (s *Store) Apply(i core.Instance, updates [][]byte) []any {
	if i != s.applied+1 {
		panic(fmt.Sprintf("kvstore: instance %d applied after %d", i, s.applied))
	}
	s.view = nil
	s.applied = i
	s.chain.begin(i, len(updates))
	results := make([]any, len(updates))
	for n, encoded := range updates {
		result := s.apply(encoded)
		s.chain.add(encoded, result)
		if results[n] = ok; !isPlain(result) {
			results[n] = result
		}
	}
	s.chain.end()
	return results
}

func (s *Store) apply(encoded []byte) command.Result {
	u, err := command.Decode(encoded)
	if err != nil {
		// Its text may differ between versions of the decoder, so it is not part of
		// the result.
		return command.Failed(command.CodeUnknownFailure, command.UnknownFailureText)
	}
	return s.txn.run(u)
}

// isPlain reports whether r is the empty success.
func isPlain(r command.Result) bool {
	return r.Code == command.CodeOK && !r.Option.Some && r.Count == 0 && r.Message == ""
}

// Applied returns the last instance that was applied.
func (s *Store) Applied() core.Instance { return s.applied }

// View returns the state after the last Apply, a *View. Asking again before the
// next Apply gives the same one.
func (s *Store) View() any {
	if s.view == nil {
		t := s.txn.table
		s.view = &View{tree: t.share(), applied: s.applied, chain: s.chain.value, content: t.content}
	}
	return s.view
}
