package tlog

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// account adds up what the segments of a log say, oldest first. It is a visitor.
type account struct {
	state       core.HardState
	genesis     []byte
	genesisGone bool // a record that held one is gone
	adopted     core.SeatSet
	damage      *damage
	index       *index // nil while the newest segment is visited: it is replaced
	first, last core.Instance
	at          place // behind the last batch that was kept
	name        string
	report      []string
}

func (a *account) say(format string, args ...any) {
	a.report = append(a.report, a.name+": "+fmt.Sprintf(format, args...))
}

// header takes in a segment's header, which counts as an intact batch.
func (a *account) header(h *headFound) {
	a.name = segmentName(h.number)
	for _, d := range h.damage {
		a.say("damaged: %s", d)
	}
	a.at = place{h.number, h.batches}
	a.intact(h.state)
	a.adopted |= h.adopted
	if len(h.genesis) > 0 {
		a.genesis = h.genesis
	}
}

// intact takes in the state of an intact header. A promise never goes back.
func (a *account) intact(s core.HardState) {
	if a.state.Promised.Less(s.Promised) {
		a.state.Promised = s.Promised
	}
	a.state.LongestLease = max(a.state.LongestLease, s.LongestLease)
	a.state.Commit = s.Commit
}

// kept implements visitor.
func (a *account) kept(s *scanner, f found, bad []int, padding bool) error {
	before := a.state.Commit
	a.intact(f.head.state)
	if len(bad) > 0 {
		a.state.Commit = before
		a.say("damaged: batch %d at offset %d lost %d of its %d records", f.head.number, f.off, len(bad), len(f.head.table))
	} else if padding {
		a.say("damaged: the padding of batch %d at offset %d; its records are intact", f.head.number, f.off)
	}
	p := placed{segment: s.segment, salt: s.salt, off: f.off, end: f.end}
	a.at = place{s.segment, f.end}
	for i, e := range f.head.table {
		if len(bad) > 0 && bad[0] == i {
			bad = bad[1:]
			a.missing(e, before)
			continue
		}
		if e.kind == core.RecordAccepted {
			p.include(e.instance)
			a.accepted(e)
			continue
		}
		if err := a.other(s, f, i); err != nil {
			return err
		}
	}
	if a.index != nil {
		a.index.add(p)
	}
	return nil
}

func (a *account) accepted(e tableEntry) {
	a.damage.hold(e.instance, e.ballot)
	a.last = max(a.last, e.instance)
	if a.first == 0 || e.instance < a.first {
		a.first = e.instance
	}
}

// other takes in an intact record that is no entry.
func (a *account) other(s *scanner, f found, i int) error {
	e := f.head.table[i]
	if e.length == 0 {
		a.missing(e, f.head.state.Commit)
		return nil
	}
	b, err := s.body(f, i)
	if err != nil {
		return err
	}
	if e.kind == core.RecordGenesis {
		a.genesis = b
	} else {
		a.adopted |= core.SeatSet(le.Uint64(b))
	}
	return nil
}

// missing takes in that a record is gone, or an old notice that one was.
func (a *account) missing(e tableEntry, commit core.Instance) {
	switch e.kind {
	case core.RecordAccepted, recordUnknown:
		a.damage.miss(e.instance, e.ballot, commit)
	case recordLost:
		a.damage.lose(e.instance, a.at)
	case core.RecordGenesis:
		a.genesisGone = true
	case core.RecordAdopted: // a smaller set is safe: the voters say it again
	}
}

// gone implements visitor.
func (a *account) gone(number uint64, table []tableEntry) error {
	a.say("damaged: batch %d can't be read; its %d records are known from the next header", number, len(table))
	for _, e := range table {
		a.missing(e, a.state.Commit)
	}
	return nil
}

// vanished implements visitor.
func (a *account) vanished(number uint64) error {
	a.say("damaged: batch %d can't be read, nor what it held: anything above instance %d may be gone", number, a.state.Commit)
	a.damage.lose(a.state.Commit, a.at)
	return nil
}

// torn implements visitor.
func (a *account) torn(number uint64, off int64) error {
	a.say("cut batch %d at offset %d: torn, never acknowledged", number, off)
	return nil
}

// finish returns what the node gets, without the entries.
func (a *account) finish() (core.Restored, error) {
	a.state.Commit = a.damage.commit(a.state.Commit)
	r := core.Restored{HardState: a.state, Adopted: a.adopted, Unknown: a.damage.list()}
	if len(a.genesis) == 0 {
		if a.genesisGone || a.damage.lost {
			return r, damagedf("the genesis of the cluster is gone; wipe the directory and let the node join again as a new one")
		}
		return r, nil
	}
	g, err := core.DecodeGenesis(a.genesis)
	if err != nil {
		return r, damagedf("the genesis in the log: %v", err)
	}
	r.Genesis = g
	return r, nil
}
