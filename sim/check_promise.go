package sim

import "github.com/openvstorage/arakoon-go/core"

// Check K2: over the whole life of a log directory its durable promise and longest
// lease never decrease, and no entry is accepted below the durable promise, except one
// that is chosen (caught up). The commit index may: an open writes the batches that it
// found anew, each with its own; K10 looks at what they give back.

// keeps judges what the head of a newer batch says.
func (l *ledger) keeps(next *core.HardState) *violation {
	switch last := &l.hard; {
	case next.Promised.Less(last.Promised):
		return violated("K2", "n%d's durable promise went from %v back to %v", l.seat, last.Promised, next.Promised)
	case next.LongestLease < last.LongestLease:
		return violated("K2", "n%d's durable longest lease went from %v back to %v", l.seat, last.LongestLease, next.LongestLease)
	default:
		return nil
	}
}

// above judges an entry that isn't known to be chosen, by the durable promise before
// its batch.
func (l *ledger) above(promised core.Ballot, i core.Instance, b core.Ballot) *violation {
	if b.Less(promised) {
		return violated("K2", "n%d accepted instance %d in ballot %v below its durable promise %v", l.seat, i, b, promised)
	}
	return nil
}
