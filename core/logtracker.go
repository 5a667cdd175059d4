package core

import "time"

// logTracker knows which appends are durable, and what hard state they carried.
type logTracker struct {
	position Position // of the newest append asked for
	reached  Position // durable up to here
	durable  hardMark // what a power loss now would leave
	pending  []hardMark
}

// hardMark is the hard state that append number position carried.
type hardMark struct {
	position Position
	promised Ballot
	longest  time.Duration
}

func (l *logTracker) restore(r Restored) {
	l.durable = hardMark{promised: r.Promised, longest: r.LongestLease}
}

func (l *logTracker) appended(promised Ballot, longest time.Duration) {
	l.position++
	last := l.durable
	if k := len(l.pending); k > 0 {
		last = l.pending[k-1]
	}
	if last.promised != promised || last.longest != longest {
		l.pending = append(l.pending, hardMark{l.position, promised, longest})
	}
}

func (l *logTracker) durableThrough(p Position) {
	if p <= l.reached {
		return
	}
	l.reached = p
	k := 0
	for k < len(l.pending) && l.pending[k].position <= p {
		l.durable = l.pending[k]
		k++
	}
	l.pending = append(l.pending[:0], l.pending[k:]...)
}

// has reports whether the append at p would survive power loss.
func (l *logTracker) has(p Position) bool {
	return p <= l.reached
}
