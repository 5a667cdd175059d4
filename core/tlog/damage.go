package tlog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// damage is what a log once held and can't be trusted to tell any more.
type damage struct {
	// unknown are entries that are gone: nothing intact of their ballot or a
	// higher one stands behind them.
	unknown map[core.Instance]gone
	// lost: a batch is gone and nobody knows what it held. What is above above
	// counts only where it stands at after or behind it.
	lost  bool
	above core.Instance
	after place
	// needed is the lowest instance above above that isn't held behind after;
	// held are instances behind it that are.
	needed core.Instance
	held   map[core.Instance]bool
	// holes are what reads found later in segments that the start didn't read.
	holes []hole
}

// hole is a batch of a segment that can't be read, nor what it held: instances
// from above+1 to through count only where they stand at after or behind it.
type hole struct {
	above, through core.Instance
	after          place
}

// gone is an entry that can't be read any more.
type gone struct {
	ballot core.Ballot
	commit core.Instance // commit index of the last intact batch before
}

// place is a place in the log.
type place struct {
	segment uint64
	off     int64
}

func (p place) before(q place) bool {
	return p.segment < q.segment || p.segment == q.segment && p.off < q.off
}

func newDamage() *damage {
	return &damage{unknown: map[core.Instance]gone{}, held: map[core.Instance]bool{}}
}

func (d *damage) none() bool { return len(d.unknown) == 0 && !d.lost }

// miss notes that an entry is gone.
func (d *damage) miss(i core.Instance, b core.Ballot, commit core.Instance) {
	if g, ok := d.unknown[i]; ok {
		commit = min(commit, g.commit)
		if b.Less(g.ballot) {
			b = g.ballot
		}
	}
	d.unknown[i] = gone{b, commit}
}

// lose notes that anything above commit may be gone, of what stands before after.
func (d *damage) lose(commit core.Instance, after place) {
	if d.lost {
		commit = min(commit, d.above)
	}
	d.lost, d.above, d.after, d.needed = true, commit, after, commit+1
	clear(d.held)
}

// maxHeld bounds the memory of held; beyond it needed stays lower than it could.
const maxHeld = 1 << 16

// hold notes an intact entry.
func (d *damage) hold(i core.Instance, b core.Ballot) {
	if g, ok := d.unknown[i]; ok && !b.Less(g.ballot) {
		delete(d.unknown, i)
	}
	if !d.lost || i < d.needed {
		return
	}
	if len(d.held) < maxHeld {
		d.held[i] = true
	}
	for d.held[d.needed] {
		delete(d.held, d.needed)
		d.needed++
	}
}

// commit returns the commit index to restart with: that of the last intact batch
// before the first damage, and nothing that damage may have taken.
func (d *damage) commit(last core.Instance) core.Instance {
	for i, g := range d.unknown { // a minimum: the order can't matter
		last = min(last, g.commit, i-1)
	}
	if d.lost {
		last = min(last, d.above)
	}
	return last
}

// maxBallot stands for "any ballot".
var maxBallot = core.Ballot{Round: 1<<64 - 1, Member: 1<<32 - 1}

// list returns it for the node, ascending, as far as it is above floor. A lost
// batch shows as the lowest instance there that it may have held, in any ballot.
func (d *damage) list(floor core.Instance) []core.Unknown {
	list := slices.DeleteFunc(d.known(), func(u core.Unknown) bool { return u.Instance <= floor })
	if !d.lost {
		return list
	}
	needed := d.needed
	if needed <= floor {
		for needed = floor + 1; d.held[needed]; needed++ {
		}
	}
	list = append(list, core.Unknown{Instance: needed, Ballot: maxBallot})
	slices.SortStableFunc(list, func(a, b core.Unknown) int { return cmp.Compare(a.Instance, b.Instance) })
	return list
}

// known returns the entries that are known to be gone, ascending.
func (d *damage) known() (list []core.Unknown) {
	for _, i := range slices.Sorted(maps.Keys(d.unknown)) {
		list = append(list, core.Unknown{Instance: i, Ballot: d.unknown[i].ballot})
	}
	return list
}

// clone returns a copy that may be changed while jobs read the original.
func (d *damage) clone() *damage {
	c := *d
	c.unknown, c.held, c.holes = maps.Clone(d.unknown), maps.Clone(d.held), slices.Clone(d.holes)
	return &c
}

// serves says why the entry of instance i found at a place must not be read.
func (d *damage) serves(i core.Instance, at location) error {
	g, unknown := d.unknown[i]
	held := at.entry.kind != 0
	switch {
	case unknown && (!held || at.entry.ballot.Less(g.ballot)):
		return fmt.Errorf("%w: instance %d in ballot %v is gone", ErrDamaged, i, g.ballot)
	case d.lost && i > d.above && (!held || place{at.segment, at.off}.before(d.after)):
		return fmt.Errorf("%w: instance %d may have been in a batch that is gone", ErrDamaged, i)
	}
	for _, h := range d.holes {
		if i > h.above && i <= h.through && (!held || place{at.segment, at.off}.before(h.after)) {
			return fmt.Errorf("%w: instance %d may have been in a batch that is gone", ErrDamaged, i)
		}
	}
	if !held {
		return fmt.Errorf("%w: %d", ErrNotHeld, i)
	}
	return nil
}
