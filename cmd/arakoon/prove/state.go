package prove

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// State is the state of the store after an instance.
type State struct {
	Instance core.Instance
	Keys     uint64
	Content  kvstore.Digest // of all entries
	Chain    kvstore.Chain  // of all values and results so far
	view     *kvstore.View
}

func (s *State) release() {
	if s.view != nil {
		s.view.Release()
		s.view = nil
	}
}

// Entries calls fn with every entry, ascending, until it fails.
func (s *State) Entries(fn func(key string, value []byte) error) error {
	var failed error
	err := s.view.Ascend(command.Bound{}, command.Bound{}, -1, func(key string, value []byte) {
		if failed == nil {
			failed = fn(key, value)
		}
	})
	return errors.Join(failed, err)
}

// replayBytes bounds how much of a log is in memory at a time.
const replayBytes = 4 << 20

// replay makes the states after Base and Through: from a store whose successors
// the logs have.
func (p *Proof) replay(above map[core.Instance]core.Entry) error {
	// The log that goes farthest first: its own store fits to it.
	order := slices.Clone(p.holders)
	slices.SortStableFunc(order, func(a, b *holder) int {
		return int(min(max(int64(b.opened.Restored.Commit)-int64(a.opened.Restored.Commit), -1), 1))
	})
	var errs []error
	for _, h := range order {
		err := p.run(h.store, order, above)
		if err == nil {
			return nil
		}
		p.AtBase.release()
		errs = append(errs, fmt.Errorf("from the store of %s: %w", h.name, err))
	}
	return fmt.Errorf("the state can't be rebuilt: %w", errors.Join(errs...))
}

// run replays from what a store has.
func (p *Proof) run(store *kvstore.Store, order []*holder, above map[core.Instance]core.Entry) error {
	for next := store.Applied() + 1; next <= p.Base; next = store.Applied() + 1 {
		entries, err := chosen(order, next, p.Base)
		if err != nil {
			return err
		}
		for k := range entries {
			if _, err := store.Apply(entries[k].Instance, entries[k].Value); err != nil {
				return err
			}
		}
	}
	var err error
	if p.AtBase, err = stateOf(store); err != nil {
		return err
	}
	for i := p.Base + 1; i <= p.Through; i++ {
		if _, err := store.Apply(i, above[i].Value); err != nil {
			return err
		}
	}
	p.AtThrough, err = stateOf(store)
	return err
}

// stateOf reads all of a store.
func stateOf(store *kvstore.Store) (State, error) {
	v := store.View().(*kvstore.View)
	keys, content, err := v.Scan()
	if err != nil {
		v.Release()
		return State{}, err
	}
	return State{Instance: v.Applied(), Keys: keys, Content: content, Chain: v.Chain(), view: v}, nil
}

// chosen reads the next chosen entries from the first log that has them: what lies
// at or below a log's commit index is held there in a ballot that counts.
func chosen(order []*holder, from, through core.Instance) ([]core.Entry, error) {
	var errs []error
	for _, h := range order {
		if h.opened.Restored.Commit < from {
			continue
		}
		j := h.log.NextRead(from, min(through, h.opened.Restored.Commit), replayBytes)
		j.Run()
		entries, err := h.log.FinishRead(j)
		if err == nil && len(entries) > 0 {
			return entries, nil
		}
		if err == nil {
			err = tlog.ErrNotHeld
		}
		errs = append(errs, fmt.Errorf("log of %s: %w", h.name, err))
	}
	return nil, fmt.Errorf("chosen instance %d is in no log at hand: %w", from, errors.Join(errs...))
}
