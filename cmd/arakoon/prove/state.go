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
	setting  []byte         // the newest locality setting below
	view     *kvstore.View
}

// Entries calls fn with every entry, ascending.
func (s *State) Entries(fn func(key string, value []byte) error) error {
	var failed error
	s.view.Ascend(command.Bound{}, command.Bound{}, -1, func(key string, value []byte) {
		if failed == nil {
			failed = fn(key, value)
		}
	})
	return failed
}

// replayBytes bounds how much of a log is in memory at a time.
const replayBytes = 4 << 20

// replay makes the states after Base and Through: from the newest checkpoint whose
// successors the logs have.
func (p *Proof) replay(o *Options, holders []*holder, above map[core.Instance]core.Entry) error {
	// The log that goes farthest first: its own store fits to it.
	order := slices.Clone(holders)
	slices.SortStableFunc(order, func(a, b *holder) int {
		return int(min(max(int64(b.opened.Restored.Commit)-int64(a.opened.Restored.Commit), -1), 1))
	})
	var errs []error
	for _, h := range order {
		store := kvstore.New(kvstore.Options{Functions: o.Functions})
		err := p.run(store, order, above)
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("from the store of %s: %w", h.name, err))
	}
	return fmt.Errorf("the state can't be rebuilt: %w", errors.Join(errs...))
}

// run replays from what a store has.
func (p *Proof) run(store *kvstore.Store, holders []*holder, above map[core.Instance]core.Entry) error {
	var setting []byte
	apply := func(e *core.Entry) error {
		if e.Value.Kind() == core.KindLocality {
			setting = e.Value.Setting()
		}
		_, err := store.Apply(e.Instance, e.Value)
		return err
	}
	for next := store.Applied() + 1; next <= p.Base; next = store.Applied() + 1 {
		entries, err := chosen(holders, next, p.Base)
		if err != nil {
			return err
		}
		for k := range entries {
			if err := apply(&entries[k]); err != nil {
				return err
			}
		}
	}
	p.AtBase = stateOf(store, setting)
	for i := p.Base + 1; i <= p.Through; i++ {
		e := above[i]
		if err := apply(&e); err != nil {
			return err
		}
	}
	p.AtThrough = stateOf(store, setting)
	return nil
}

func stateOf(store *kvstore.Store, setting []byte) State {
	v := store.View().(*kvstore.View)
	return State{Instance: v.Applied(), Keys: uint64(v.KeyCount()), Content: v.Content(), Chain: v.Chain(), setting: setting, view: v}
}

// chosen reads the next chosen entries from the first log that has them: what lies
// at or below a log's commit index is held there in a ballot that counts.
func chosen(holders []*holder, from, through core.Instance) ([]core.Entry, error) {
	var errs []error
	for _, h := range holders {
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
