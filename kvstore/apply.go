package kvstore

import (
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// ok is boxed once, since most updates give it.
var ok any = command.Result{}

// Apply implements core.StateMachine: one command.Result per update of a batch,
// none for control entries. A value that can't be decoded changes nothing. After
// an error the store is of no more use.
func (s *Store) Apply(i core.Instance, v core.Value) ([]any, error) {
	if i != s.applied+1 {
		panic(fmt.Sprintf("kvstore: instance %d applied after %d", i, s.applied))
	}
	if s.broken != nil {
		return nil, s.broken
	}
	table := &s.txn.table
	table.base = s.base.acquire()
	table.entries, table.bytes = 0, 0
	results := s.execute(i, v)
	table.base.release()
	table.base = nil
	if table.err != nil {
		s.failedReads.Add(1)
		s.broken = s.explained(fmt.Errorf("kvstore: %s: instance %d can't be applied: %w", s.opts.Path, i, table.err))
		return nil, s.broken
	}
	s.applied = i
	s.count(v, len(results))
	if s.isPoint(v) {
		s.freezePoint()
	} else if i%chainMarkEvery == 0 {
		s.addMark()
	}
	return results, nil
}

// execute carries out a value and adds it to the apply chain.
func (s *Store) execute(i core.Instance, v core.Value) []any {
	updates, err := v.Updates()
	if v.Kind() != core.KindBatch || err != nil {
		s.chain.begin(i, 0)
		s.chain.bytes(v)
		s.chain.end()
		if v.Kind() == core.KindLocality && err == nil {
			setting := slices.Clone(core.NewestSetting(s.Setting(), v.Setting()))
			s.setting.Store(&setting)
		}
		return nil
	}
	s.chain.begin(i, len(updates))
	results := make([]any, len(updates))
	for n, encoded := range updates {
		result := s.update(encoded)
		s.chain.add(encoded, result)
		if results[n] = ok; !isPlain(result) {
			results[n] = result
		}
	}
	s.chain.end()
	return results
}

func (s *Store) update(encoded []byte) command.Result {
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

// count adds an instance to the counters. An update counts as one entry even if
// it wrote nothing, and a value as long as it is: the log grows by it.
func (s *Store) count(v core.Value, updates int) {
	if updates == 0 {
		return
	}
	entries, bytes := uint64(max(updates, s.txn.table.entries)), uint64(max(len(v), s.txn.table.bytes))
	c := &s.counters
	c.entries, c.bytes = c.entries+entries, c.bytes+bytes
	c.held, c.heldSize = c.held+entries, c.heldSize+bytes
}

// chainMarkEvery is how many instances lie between two marks of the apply chain,
// if no freeze point comes first.
const chainMarkEvery = 1024

// maxMarks bounds the marks that wait to be asked for; the newest are kept.
const maxMarks = 64

func (s *Store) addMark() {
	if len(s.marks) >= maxMarks {
		s.marks = append(s.marks[:0], s.marks[1:]...)
	}
	s.marks = append(s.marks, s.chain.value.mark(s.applied))
}

// isPoint reports whether the instance just applied is a freeze point.
func (s *Store) isPoint(v core.Value) bool {
	if v.Kind() == core.KindCheckpoint {
		_, err := v.Updates()
		return err == nil
	}
	return s.counters.entries >= s.opts.FreezeEntries || s.counters.bytes >= s.opts.FreezeBytes
}

// freezePoint ends a stretch of the history, which is the same on every node. A
// node that still writes the frozen table skips the point, and lets the active one
// grow.
func (s *Store) freezePoint() {
	s.counters.entries, s.counters.bytes = 0, 0
	s.addMark()
	if b := s.base.p.Load(); b.root != nil && b.frozen == nil {
		s.freeze(true)
	}
}

// freeze makes the active table the frozen one. The owner may put another tree
// into the base meanwhile, with the same content; nobody else freezes.
func (s *Store) freeze(point bool) {
	f := &frozen{layer: s.txn.table.layer, applied: s.applied, held: s.counters.held, heldSize: s.counters.heldSize,
		meta: meta{point: point, chain: s.chain.value, entries: s.counters.entries, bytes: s.counters.bytes, setting: s.Setting()}}
	s.txn.table.renew()
	s.counters.held, s.counters.heldSize = 0, 0
	for {
		b := s.base.p.Load()
		if s.base.p.CompareAndSwap(b, &base{frozen: f, root: b.root, file: b.file}) {
			return
		}
	}
}

// Applied implements core.StateMachine.
func (s *Store) Applied() core.Instance { return s.applied }

// Chain returns the apply chain after the last Apply. Not during Apply.
func (s *Store) Chain() Chain { return s.chain.value }

// Setting implements core.StateMachine.
func (s *Store) Setting() []byte {
	if p := s.setting.Load(); p != nil {
		return *p
	}
	return nil
}

// View implements core.StateMachine; it is a *View.
func (s *Store) View() core.View {
	v := &View{table: s.txn.table.publish(), base: s.base.acquire(), applied: s.applied, chain: s.chain.value, failed: &s.failedReads}
	v.count.Store(1)
	return v
}
