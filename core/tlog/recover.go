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
	setting     []byte
	index       *index    // nil while the newest segment is visited: it is replaced
	segments    []segment // visited so far
	base        core.Instance
	first, last core.Instance // of the entries that aren't void
	reach       core.Instance // highest instance ever accepted, damaged or not
	at          place         // behind the last batch that was kept
	name        string
	report      []string
}

func (a *account) say(format string, args ...any) {
	a.report = append(a.report, a.name+": "+fmt.Sprintf(format, args...))
}

// header takes in a segment's header, which counts as an intact batch.
func (a *account) header(s *openSegment) {
	h := s.head
	a.name = segmentName(h.number)
	a.segments = append(a.segments, segment{number: h.number, salt: h.salt, begin: h.batches, end: s.size,
		bytes: s.file, tlx: s.tlx})
	for _, d := range h.damage {
		a.say("damaged: %s", d)
	}
	a.at = place{h.number, h.batches}
	a.intact(h.state)
	a.adopted |= h.adopted
	if len(h.genesis) > 0 {
		a.genesis = h.genesis
	}
	if len(h.setting) > 0 {
		a.setting = h.setting
	}
}

// whole takes in a segment that isn't read: the header of its follower says what
// it holds, and repeats what else counts.
func (a *account) whole(s *openSegment, follower *segmentHeader) {
	here := &a.segments[len(a.segments)-1]
	here.content = follower.holds
	if here.max == 0 {
		return
	}
	a.held(here.min, here.max)
	a.index.addWhole(mark{segment: here.number, salt: here.salt, off: here.begin, end: here.end,
		min: here.min, max: here.max, follower: follower})
}

// held takes in that entries of the instances from..through are held.
func (a *account) held(from, through core.Instance) {
	a.reach = max(a.reach, through)
	if through < a.base {
		return
	}
	a.last = max(a.last, through)
	if from = max(from, a.base); a.first == 0 || from < a.first {
		a.first = from
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
		a.segments[len(a.segments)-1].record(&e)
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
	a.held(e.instance, e.instance)
}

// other takes in an intact record that is no entry.
func (a *account) other(s *scanner, f found, i int) error {
	e := f.head.table[i]
	if e.kind == recordUnknown || e.kind == recordLost {
		a.missing(e, f.head.state.Commit)
		return nil
	}
	b, err := s.body(f, i)
	if err != nil {
		return err
	}
	switch e.kind {
	case core.RecordGenesis:
		a.genesis = b
	case core.RecordSetting:
		a.setting = b
	default:
		a.adopted |= core.SeatSet(le.Uint64(b))
	}
	return nil
}

// missing takes in that a record is gone, or an old notice that one was.
func (a *account) missing(e tableEntry, commit core.Instance) {
	switch e.kind {
	case core.RecordAccepted, recordUnknown:
		a.segments[len(a.segments)-1].include(e.instance)
		a.reach = max(a.reach, e.instance)
		a.damage.miss(e.instance, e.ballot, commit)
	case recordLost:
		a.damage.lose(e.instance, a.at)
	case core.RecordGenesis:
		a.genesisGone = true
	case core.RecordAdopted: // a smaller set is safe: the voters say it again
	case core.RecordSetting: // the entry that brought it is in the log as well, or in the checkpoint
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

// meet holds the log against the state machine's checkpoint, and makes void what
// must not count beside it. It reports whether the checkpoint has instances that
// the log never held, though no snapshot brought them; then it changes nothing, so
// that the next start finds the same. A batch of which nothing is known may have
// held anything.
func (a *account) meet(checkpoint core.Instance, installed bool) (ahead bool) {
	reach := max(a.reach, a.base-1)
	switch {
	case checkpoint > reach && !installed && !a.damage.lost:
		a.say("the checkpoint is of instance %d, but the log never went beyond %d: it is not the log of that checkpoint", checkpoint, reach)
		return true
	case !installed || checkpoint <= max(a.damage.commit(a.state.Commit), a.base-1):
		return false
	}
	a.say("a snapshot of instance %d took the place of what is below", checkpoint)
	a.base = checkpoint + 1
	if a.last < a.base {
		a.first, a.last = 0, 0
	} else {
		a.first = max(a.first, a.base)
	}
	return false
}

// finish returns what the node gets, without the entries. What is at or below the
// checkpoint is chosen and applied, whatever the log still says about it.
func (a *account) finish(checkpoint core.Instance) (core.Restored, error) {
	a.state.Commit = max(a.damage.commit(a.state.Commit), a.base-1, checkpoint)
	r := core.Restored{HardState: a.state, Adopted: a.adopted, Setting: a.setting,
		Unknown: a.damage.list(max(a.base-1, checkpoint))}
	if len(a.genesis) == 0 {
		if a.genesisGone || a.damage.lost {
			return r, damagedf("%s: the genesis of the cluster is gone; wipe the directory and let the node join again as a new one", a.name)
		}
		return r, nil
	}
	g, err := core.DecodeGenesis(a.genesis)
	if err != nil {
		return r, damagedf("%s: the genesis in the log: %v; wipe the directory and let the node join again as a new one", a.name, err)
	}
	r.Genesis = g
	return r, nil
}
