package model

import (
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Chosen is the order in which updates were executed, from a source that is not
// the history's: the values of the instances 1 to Last.
type Chosen struct {
	Last  core.Instance
	Value func(core.Instance) core.Value
}

// Follow judges a history by the instances that its operations name, in one pass
// and without a search: every update was executed in its instance with its result,
// every query saw the state after its instance, and the instances keep the order of
// real time. That is an order which explains the history, so what Follow accepts is
// linearizable; it also wants the instances to be true, which Check can't know.
//
// Weak queries are held to their state only. It returns nil, or the first
// contradiction.
func (c Checker) Follow(history []Op, order Chosen) error {
	return c.newFollower(history, order).follow()
}

// operation is one of a history with the instance that the pass found for it.
type operation struct {
	*Op
	encoded  string // of an update
	instance core.Instance
	step     int  // within the instance, from 1
	placed   bool // it has an instance: it named one, or was found
}

type follower struct {
	checker  Checker
	order    Chosen
	ops      []*operation
	at       map[core.Instance][]*operation // those that name an instance; never ranged over
	unknown  map[string][]*operation        // updates that name none, by encoding; never ranged over
	interest command.Footprint
	state    state
}

func (c Checker) newFollower(history []Op, order Chosen) *follower {
	f := &follower{checker: c, order: order, at: map[core.Instance][]*operation{}, interest: interestOf(history)}
	for i := range history {
		f.take(&history[i])
	}
	return f
}

func (f *follower) follow() error {
	if err := f.execute(); err != nil {
		return err
	}
	return inRealTime(f.ops)
}

func (f *follower) take(op *Op) {
	if op.Refused || op.Query != nil && op.Unknown {
		return
	}
	o := &operation{Op: op}
	if op.Update != nil {
		o.encoded = string(command.Encode(op.Update))
	}
	f.ops = append(f.ops, o)
	if !op.Unknown {
		o.instance, o.placed = op.Instance, true
		f.at[op.Instance] = append(f.at[op.Instance], o)
		return
	}
	if f.unknown == nil {
		f.unknown = map[string][]*operation{}
	}
	f.unknown[o.encoded] = append(f.unknown[o.encoded], o)
}

// execute goes through the instances, and lets every operation be judged at its own.
func (f *follower) execute() error {
	if err := f.judge(0, nil); err != nil {
		return err
	}
	for i := core.Instance(1); i <= f.order.Last; i++ {
		steps, err := f.steps(i)
		if err != nil {
			return err
		}
		if err := f.judge(i, steps); err != nil {
			return err
		}
	}
	for _, o := range f.ops {
		if o.placed && o.instance > f.order.Last {
			return fmt.Errorf("history: %v names instance %d, but only %d are chosen", o, o.instance, f.order.Last)
		}
	}
	return nil
}

// step is an update of a chosen value, and what it gave.
type step struct {
	encoded string
	result  command.Result
	taken   bool // by an operation
}

// steps executes the updates of one value. One that touches nothing any operation
// looks at is left out: the result is asked by nobody.
func (f *follower) steps(i core.Instance) ([]step, error) {
	updates, err := f.order.Value(i).Updates()
	if err != nil {
		return nil, fmt.Errorf("history: the value of instance %d does not decode: %w", i, err)
	}
	var steps []step
	for _, encoded := range updates {
		u, err := command.Decode(encoded)
		if err != nil {
			return nil, fmt.Errorf("history: an update of instance %d does not decode: %w", i, err)
		}
		if !meet(f.interest, command.Keys(u)) {
			continue
		}
		var r command.Result
		f.state, r = apply(f.state, f.checker.Functions, u)
		steps = append(steps, step{encoded: string(encoded), result: r})
	}
	return steps, nil
}

// judge holds the operations that name instance i against what happened in it.
func (f *follower) judge(i core.Instance, steps []step) error {
	for _, o := range f.at[i] {
		if o.Query != nil {
			if want := query(f.state, o.Query); !want.Equal(o.Answer) {
				return fmt.Errorf("history: %v is not the state after instance %d, which gives %v", o, i, want)
			}
			o.step = afterAll
			continue
		}
		k := slices.IndexFunc(steps, func(s step) bool { return !s.taken && s.encoded == o.encoded && s.result.Equal(o.Result) })
		if k < 0 {
			return fmt.Errorf("history: %v was not executed in instance %d with that result: %s", o, i, tell(steps, o.encoded))
		}
		steps[k].taken, o.step = true, k+1
	}
	for k := range steps {
		if found := f.unknown[steps[k].encoded]; !steps[k].taken && len(found) > 0 {
			o := likeliest(found)
			o.instance, o.step, o.placed = i, k+1, len(found) == 1
		}
	}
	return nil
}

// likeliest is the first called of equal updates that have no step yet: if any of them
// can be the one, it can. Where there are several it is a guess, for the search to try.
func likeliest(equal []*operation) *operation {
	first := equal[0]
	for _, o := range equal {
		if o.step == 0 && (first.step > 0 || o.Call < first.Call) {
			first = o
		}
	}
	return first
}

func tell(steps []step, encoded string) string {
	text := "it is not there"
	for _, s := range steps {
		if s.encoded == encoded {
			text = fmt.Sprintf("it gave %v", s.result)
		}
	}
	return text
}

// inRealTime judges that an operation which began after another had ended comes
// later: an update in a later instance, a query not in an earlier one.
func inRealTime(ops []*operation) error {
	var begun, ended []*operation
	for _, o := range ops {
		if o.placed && !o.Weak {
			begun = append(begun, o)
			if !o.Unknown {
				ended = append(ended, o)
			}
		}
	}
	slices.SortStableFunc(begun, func(a, b *operation) int { return int(min(max(a.Call-b.Call, -1), 1)) })
	slices.SortStableFunc(ended, func(a, b *operation) int { return int(min(max(a.Return-b.Return, -1), 1)) })
	var newest *operation
	for _, o := range begun {
		for len(ended) > 0 && ended[0].Return < o.Call {
			if newest == nil || ended[0].instance > newest.instance {
				newest = ended[0]
			}
			ended = ended[1:]
		}
		if newest != nil && (o.instance < newest.instance || o.instance == newest.instance && o.Update != nil) {
			return fmt.Errorf("history: %v, in instance %d, began after this had ended, in instance %d: %v", o, o.instance, newest.instance, newest)
		}
	}
	return nil
}

// interestOf is what the operations of a history look at or change.
func interestOf(history []Op) command.Footprint {
	var all command.Footprint
	for i := range history {
		f := footprint(history[i])
		all.Keys = append(all.Keys, f.Keys...)
		all.Ranges = append(all.Ranges, f.Ranges...)
		all.All = all.All || f.All
	}
	slices.Sort(all.Keys)
	all.Keys = slices.Compact(all.Keys)
	return all
}

// meet reports whether two footprints may have a key in common. An update without
// any key meets all: it is small, and somebody may have asked for it.
func meet(a, b command.Footprint) bool {
	if a.All || b.All || len(a.Ranges) > 0 || len(b.Keys)+len(b.Ranges) == 0 {
		return true
	}
	for _, key := range b.Keys {
		if _, found := slices.BinarySearch(a.Keys, key); found {
			return true
		}
	}
	for _, r := range b.Ranges {
		if slices.ContainsFunc(a.Keys, r.Covers) {
			return true
		}
	}
	return false
}
