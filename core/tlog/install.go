package tlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// InstallJob makes the log go on from a snapshot. It is the Log's again after
// FinishInstall.
type InstallJob struct {
	w        *writer
	snapshot core.Instance
	state    core.HardState
	source   *ReadJob // knows where the entries are
	last     core.Instance

	reserve bool
	gaveUp  bool

	index  index
	damage *damage
	err    error
	ran    bool
}

// NextInstall hands out the job that tells the log of a snapshot of instance s,
// which is durably in place as the state machine's: a new segment that *replaces*
// all there is, with the promise and all own entries above s. What is at or below s
// is void from now on, whatever becomes of the job. st is the state as of now. No sync
// is out; what was appended and isn't durable goes behind it, and with it a promise
// that is younger than that: what was accepted under an older one would else stand
// behind the younger.
func (l *Log) NextInstall(s core.Instance, st core.HardState) *InstallJob {
	if l.out || l.failed {
		assertf("a snapshot is installed beside a sync, or after one that failed")
	}
	st.Commit = max(st.Commit, s)
	if st.Promised.Less(l.w.state.Promised) || !l.queue.empty() {
		st.Promised = l.w.state.Promised
	}
	st.LongestLease = max(st.LongestLease, l.w.state.LongestLease)
	read := &ReadJob{d: l.d, dir: l.opts.Dir, damage: l.damage, from: max(s+1, l.base)}
	read.marks, read.open = l.index.snapshot()
	l.raiseBase(s + 1)
	l.lendWriter()
	l.w.oldest = l.w.id.newest + 1
	l.installing = &InstallJob{w: l.w, snapshot: s, state: st, source: read, last: l.last, reserve: l.space.reserve}
	return l.installing
}

// Run writes and syncs, on any goroutine.
func (j *InstallJob) Run() {
	j.ran = true
	j.err = j.install()
	if !noSpace(j.err) || !j.reserve {
		return
	}
	j.gaveUp = true
	if j.err = j.w.giveUpReserve(); j.err == nil {
		j.err = j.install()
	}
}

// install writes the segment; where the disk has no room for it nothing has
// happened.
func (j *InstallJob) install() error {
	w := j.w
	h := segmentHeader{replaced: w.head.number, first: w.number, state: j.state, before: slices.Clone(w.table)}
	j.index, j.damage = index{}, newDamage()
	return w.goOver(h, func() error {
		var err error
		err = j.carry()
		if err == nil {
			_, err = w.put(nil, j.state) // a seal
		}
		return err
	})
}

// carry writes the own entries above the snapshot, in their highest ballot, and
// what is known of damage there.
func (j *InstallJob) carry() error {
	d := j.source.damage
	if err := j.notices(d); err != nil {
		return err
	}
	files := openFiles{d: j.source.d, dir: j.source.dir}
	defer files.close()
	for from := j.source.from; from <= j.last; from += maxReadEntries {
		r := *j.source
		r.from, r.through, r.maxBytes = from, j.last, carryAll
		err := r.locate(&files)
		if errors.Is(err, ErrNotHeld) {
			continue
		}
		if err != nil {
			return err
		}
		if err := j.entries(&r, &files); err != nil {
			return err
		}
	}
	return nil
}

// carryAll lets a read look at everything in its range.
const carryAll = int(^uint(0) >> 1)

// entries writes what a read has located, in batches.
func (j *InstallJob) entries(r *ReadJob, files *openFiles) error {
	var recs []core.Record
	bytes := 0
	for k, at := range r.best {
		if r.damage.serves(r.from+core.Instance(k), at) != nil {
			continue // not held, or noted as gone
		}
		b, err := readBodyAt(files, at)
		if errors.Is(err, ErrDamaged) {
			if err := j.notice(core.Record{Kind: recordUnknown, Instance: at.entry.instance, Ballot: at.entry.ballot}); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if len(recs) > 0 && (bytes+len(b) > carryBytes || len(recs) == maxRecords) {
			if err := j.put(recs); err != nil {
				return err
			}
			recs, bytes = recs[:0], 0
		}
		recs = append(recs, core.Record{Kind: core.RecordAccepted, Instance: at.entry.instance, Ballot: at.entry.ballot, Bytes: b})
		bytes += len(b)
	}
	if len(recs) == 0 {
		return nil
	}
	return j.put(recs)
}

func (j *InstallJob) put(recs []core.Record) error {
	p, err := j.w.put(recs, j.state)
	if err != nil {
		return err
	}
	j.index.add(p)
	for i := range recs {
		j.damage.hold(recs[i].Instance, recs[i].Ballot)
	}
	return nil
}

// notices writes down which damage still matters.
func (j *InstallJob) notices(d *damage) error {
	if d.lost {
		r := core.Record{Kind: recordLost, Instance: max(d.above, j.snapshot)}
		if err := j.notice(r); err != nil {
			return err
		}
	}
	for _, u := range d.known() {
		if u.Instance > j.snapshot {
			r := core.Record{Kind: recordUnknown, Instance: u.Instance, Ballot: u.Ballot}
			if err := j.notice(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *InstallJob) notice(r core.Record) error {
	if _, err := j.w.put([]core.Record{r}, j.state); err != nil {
		return err
	}
	if r.Kind == recordLost {
		j.damage.lose(r.Instance, place{j.w.head.number, j.w.end})
	} else {
		j.damage.miss(r.Instance, r.Ballot, j.state.Commit)
	}
	return nil
}

// FinishInstall takes the job back. ErrNoSpace: the disk is full, nothing has happened, and it may be tried
// again. After any other error the caller stops for good.
func (l *Log) FinishInstall(j *InstallJob) error {
	if j != l.installing || !j.ran {
		assertf("an install job came back that isn't out, or didn't run")
	}
	l.installing = nil
	l.takeWriter()
	if j.gaveUp {
		l.space.reserve = false
	}
	if noSpace(j.err) {
		l.space.ranOut()
		return fmt.Errorf("%w: %w", ErrNoSpace, j.err)
	}
	if j.err != nil {
		l.failed = true
		return j.err
	}
	l.space.foundRoom(j.gaveUp, l.opts.Reserve)
	for i := range l.segments {
		l.segments[i].dead = true
	}
	l.segments = append(l.segments, segment{number: l.w.head.number, salt: l.w.head.salt, begin: l.w.start,
		end: l.w.end, bytes: max(l.w.end, l.w.allocated), content: l.w.holds})
	l.index, l.damage, l.sealed = j.index, j.damage, true
	l.findFirst()
	return nil
}
