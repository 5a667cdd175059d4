package sim

import (
	"github.com/openvstorage/arakoon-go/core"
)

// ledger is what one TLog directory would give back after a power loss now that
// keeps nothing pending. It is read from the durable bytes, batch by batch, and
// lives as long as the directory: restarts don't touch it.
type ledger struct {
	seat        core.Seat
	incarnation core.Incarnation
	hard        core.HardState
	genesis     *core.Genesis
	founded     bool // by the newest sync: what waited for it may still say "blank"
	adopted     core.SeatSet
	// accepted lists, per instance, the ballots in which the entry was ever
	// durable here, and the digest of its value.
	accepted [][]held
	last     core.Instance
	hurt     bool                      // durable bytes were damaged
	forgot   bool                      // and with them a promise, or the length of a grant
	places   map[uint64]*segmentPlaces // where it all stands, by segment
}

// Kinds of records by which a log notes its damage (core/tlog, batch.go).
const (
	recordUnknown core.RecordKind = 128
	recordLost    core.RecordKind = 129
)

type held struct {
	ballot   core.Ballot
	digest   uint64
	caughtUp bool // stored as chosen, below a promise of the same batch or earlier: perhaps no vote
}

func newLedger(seat core.Seat) *ledger { return &ledger{seat: seat} }

// batch is what one write made durable: a batch, or the header of a segment.
type batch struct {
	hard    core.HardState
	records []core.Record
	segment uint64
	off     int64 // in the segment
	size    int64
	number  uint64 // 0: a header
	// Of a header:
	header      bool
	carried     uint64 // batches through this one were written by the open
	incarnation core.Incarnation
	adopted     core.SeatSet
}

// add takes a batch in that has become durable, and lets K2, K7 and K10 judge it.
func (l *ledger) add(b *batch, g *ghost) (found *violation) {
	l.place(b)
	if b.header {
		if !l.incarnation.IsZero() && l.incarnation != b.incarnation {
			found = violated("K10", "n%d's log directory was %v and now says %v", l.seat, l.incarnation, b.incarnation)
		}
		l.incarnation = b.incarnation
		l.adopted |= b.adopted
	}
	if l.hurt {
		b.hard = l.remember(b.hard)
	}
	found = earlier(found, l.keeps(&b.hard))
	promised := l.hard.Promised
	if carried := l.places[b.segment].carried; !b.header && carried > 0 && b.number <= carried {
		promised = core.Ballot{} // accepted before the open, whose header has the promise that came after
	}
	for i := range b.records {
		found = earlier(found, l.addRecord(&b.records[i], promised, b.hard.Promised, g))
	}
	l.hard = b.hard
	if b.hard.Commit > g.prefix {
		found = earlier(found, violated("K7", "n%d logged commit index %d, but only %d is chosen", l.seat, b.hard.Commit, g.prefix))
	}
	return found
}

// remember keeps what was promised when a damaged log begins to say less: its node
// must not vote from then on (K3).
func (l *ledger) remember(s core.HardState) core.HardState {
	if s.Promised.Less(l.hard.Promised) || s.LongestLease < l.hard.LongestLease {
		l.forgot = true
	}
	if s.Promised.Less(l.hard.Promised) {
		s.Promised = l.hard.Promised
	}
	s.LongestLease = max(s.LongestLease, l.hard.LongestLease)
	return s
}

func (l *ledger) addRecord(r *core.Record, before, after core.Ballot, g *ghost) *violation {
	switch r.Kind {
	case core.RecordGenesis:
		genesis, err := core.DecodeGenesis(r.Bytes)
		if err != nil {
			return violated("K10", "n%d logged a genesis that does not decode: %v", l.seat, err)
		}
		l.founded = l.founded || l.genesis == nil
		l.genesis = genesis
	case core.RecordAdopted:
		if len(r.Bytes) != 8 {
			return violated("K10", "n%d logged an adoption of %d bytes", l.seat, len(r.Bytes))
		}
		l.adopted |= core.SeatSet(le.Uint64(r.Bytes))
	case core.RecordAccepted:
		digest := digestOf(r.Bytes)
		g.note(r.Instance, digest, core.Value(r.Bytes))
		return l.addEntry(r.Instance, r.Ballot, digest, before, after, g)
	case core.RecordSetting:
		if _, err := core.DecodeSetting(r.Bytes); err != nil {
			return violated("K10", "n%d logged a setting that does not decode: %v", l.seat, err)
		}
	case recordUnknown, recordLost:
		if !l.hurt {
			return violated("K10", "n%d notes damage in its log, and there is none", l.seat)
		}
	default:
		return violated("K10", "n%d logged a record of kind %d", l.seat, r.Kind)
	}
	return nil
}

// addEntry takes one entry in; before and after are the durable promises before its
// batch and with it.
func (l *ledger) addEntry(i core.Instance, b core.Ballot, digest uint64, before, after core.Ballot, g *ghost) (found *violation) {
	for core.Instance(len(l.accepted)) <= i {
		l.accepted = append(l.accepted, nil)
	}
	l.last = max(l.last, i)
	for _, h := range l.accepted[i] {
		if h.ballot == b && h.digest == digest {
			return nil // an open writes again what it found
		}
	}
	chosen, ok := g.chosen(i)
	known := ok && chosen == digest
	if !known {
		found = l.above(before, i, b)
	}
	l.accepted[i] = append(l.accepted[i], held{b, digest, known && b.Less(after)})
	if !l.votes() {
		return found
	}
	return earlier(found, g.record(l.seat, i, b, digest))
}

// votes reports whether this directory is a first voter's: whatever its node
// says, only such a one's entries count.
func (l *ledger) votes() bool {
	return l.genesis != nil && l.memberOf(l.genesis)
}

func (l *ledger) memberOf(g *core.Genesis) bool {
	for _, v := range g.Voters {
		if v.Seat == l.seat {
			return v.Incarnation == l.incarnation
		}
	}
	return false
}

// holds reports whether instance i is durable in ballot b.
func (l *ledger) holds(i core.Instance, b core.Ballot) bool {
	if i >= core.Instance(len(l.accepted)) {
		return false
	}
	for _, h := range l.accepted[i] {
		if h.ballot == b {
			return true
		}
	}
	return false
}

// voted returns this acceptor's vote at i of the highest ballot below b.
func (l *ledger) voted(i core.Instance, b core.Ballot) (top held, ok bool) {
	if i >= core.Instance(len(l.accepted)) {
		return held{}, false
	}
	for _, h := range l.accepted[i] {
		if h.ballot.Less(b) && !h.caughtUp && (!ok || top.ballot.Less(h.ballot)) {
			top, ok = h, true
		}
	}
	return top, ok
}
