package sim

import (
	"fmt"
	"maps"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// The spec hands batches to the disk, one at a time, and says at a restart what
// survived. The core tells positions only, so this finds where in the order of
// events each batch was closed, and whether the one in flight at a crash survived.

// specImage is what a node's disk would give back.
type specImage struct {
	promised core.Ballot
	granted  bool
	base     core.Instance // a snapshot, or what an earlier restart found, holds all through here
	log      map[core.Instance]specVote
}

type specVote struct {
	ballot core.Ballot
	digest uint64
}

// take adds what an action wrote.
func (m *specImage) take(e *core.Event) {
	m.promised = e.Promised
	switch e.Action {
	case core.ActAccept, core.ActPropose, core.ActHeld:
		m.log[e.Instance] = specVote{e.Ballot, e.Digest}
	case core.ActTake:
		if old, ok := m.log[e.Instance]; !ok || old.ballot.Less(e.Ballot) {
			m.log[e.Instance] = specVote{e.Ballot, e.Digest}
		}
	case core.ActLeaseReq, core.ActGrant:
		m.granted = true
	default: // the others write nothing, or no more than the promise
	}
}

// is reports whether a restart found this image: above its commit index, entry by
// entry; below it, what the node knew to be chosen, which memory holds. A seat that
// doesn't vote has promised nothing.
func (m *specImage) is(found, memory *specImage, commit core.Instance, votes bool) bool {
	if votes && m.promised != found.promised || m.granted != found.granted {
		return false
	}
	for i := m.base + 1; i <= commit; i++ {
		if v, ok := m.log[i]; !ok || v.digest != memory.log[i].digest {
			return false
		}
	}
	n := 0
	for i, v := range m.log { // any order: it counts, and all must agree
		if i > commit {
			n++
			if found.log[i] != v {
				return false
			}
		}
	}
	return n == len(found.log)
}

// after returns the image with what the given events wrote.
func (t *SpecTrace) after(m specImage, events []int) specImage {
	m.log = maps.Clone(m.log)
	for _, i := range events {
		m.take(&t.Events[i].Event)
	}
	return m
}

// specDisk follows the batches of one node.
type specDisk struct {
	events  []int     // of this life, by index, that no durable batch covers
	synced  int       // index of the newest Sync
	image   specImage // of that batch
	reached core.Position
}

// specPlan says which lines of the disk come before and behind which event.
type specPlan struct {
	before, behind map[int][]string
}

func newSpecPlan() specPlan {
	return specPlan{before: map[int][]string{}, behind: map[int][]string{}}
}

// plan finds the batches of all nodes.
func (t *SpecTrace) plan() (specPlan, error) {
	p := newSpecPlan()
	disks := make([]specDisk, t.Nodes())
	for k := range disks {
		disks[k] = specDisk{synced: -1, image: specImage{log: map[core.Instance]specVote{}}}
	}
	for i := range t.Events {
		ev := &t.Events[i]
		if ev.Sort != SpecAction {
			continue
		}
		d := &disks[ev.Seat]
		switch ev.Event.Action {
		case core.ActRestart:
			if err := t.restarts(&p, d, i); err != nil {
				return p, err
			}
		case core.ActSync:
			t.syncs(&p, d, i)
		case core.ActInstall: // durable before it is told
			d.image.base = max(d.image.base, ev.Event.Instance)
		case core.ActHeld, core.ActGenesis, core.ActAdopt, core.ActSetting: // told elsewhere, or by no spec of this protocol
		default:
			d.events = append(d.events, i)
		}
	}
	return p, nil
}

// syncs closes the batch that has become durable: behind the last event that it
// covers, but not before the batch before it was durable.
func (t *SpecTrace) syncs(p *specPlan, d *specDisk, at int) {
	durable := t.Events[at].Event.Durable
	k := 0
	for k < len(d.events) && t.Events[d.events[k]].Event.Position <= durable {
		k++
	}
	if k == 0 || durable == d.reached {
		return // it holds nothing that the spec knows of
	}
	for _, i := range d.events[:k] {
		d.image.take(&t.Events[i].Event)
	}
	d.close(p, max(d.events[k-1], d.synced), at)
	d.events, d.reached = d.events[k:], durable
}

func (d *specDisk) close(p *specPlan, behind, at int) {
	p.behind[behind] = append(p.behind[behind], "Hand")
	p.before[at] = append(p.before[at], "Sync")
	d.synced = at
}

// restarts finds what survived: the last batch known to be durable or one after it.
func (t *SpecTrace) restarts(p *specPlan, d *specDisk, at int) error {
	ev := &t.Events[at]
	found := specImage{promised: ev.Event.Promised, granted: ev.Event.Round != 0, log: map[core.Instance]specVote{}}
	for i := at + 1; i < len(t.Events) && t.Events[i].Seat == ev.Seat && t.Events[i].Event.Action == core.ActHeld; i++ {
		found.take(&t.Events[i].Event)
	}
	votes := t.Voters().Has(ev.Seat)
	memory := t.after(d.image, d.events)
	survived := d.image.is(&found, &memory, ev.Event.Commit, votes)
	// The batch in flight was closed when the one before it was durable, or later.
	old := slices.IndexFunc(d.events, func(i int) bool { return i > d.synced })
	if old < 0 {
		old = len(d.events)
	}
	for k := 0; k <= len(d.events) && !survived; k++ {
		last := d.synced
		if k > 0 {
			last = max(last, d.events[k-1])
		}
		image := t.after(d.image, d.events[:k])
		ends := k == len(d.events) || k == 0 || t.Events[d.events[k]].Event.Position != t.Events[d.events[k-1]].Event.Position
		if survived = k >= old && ends && image.is(&found, &memory, ev.Event.Commit, votes); survived {
			d.close(p, last, at)
		}
	}
	if !survived {
		return fmt.Errorf("sim: n%d finds at its start at %s what no batch of its log left: %+v, and behind it %+v", ev.Seat, stamp(ev.At), d.image, found)
	}
	found.base = ev.Event.Commit
	*d = specDisk{synced: at, image: found}
	return nil
}
