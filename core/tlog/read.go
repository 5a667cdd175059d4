package tlog

import (
	"errors"
	"fmt"
	"sort"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// maxReadEntries bounds the entries of one ReadJob.
const maxReadEntries = 4096

// ReadJob reads entries from the durable part of the log.
type ReadJob struct {
	d             disk.Disk
	dir           string
	marks         []mark
	open          mark
	damage        *damage
	from, through core.Instance
	maxBytes      int
	waiting       []core.Entry // appended and not yet durable

	looked  []look     // segments that nobody had looked into before
	best    []location // of the instances from, from+1, …
	entries []core.Entry
	err     error
}

// location says where the entry of the highest ballot of an instance is.
type location struct {
	segment uint64
	salt    uint64
	off     int64
	entry   tableEntry // kind 0: none found
}

// NextRead hands out a job that reads consecutive entries from, from+1, … through
// at most through, of at most about maxBytes together but at least one, each in
// its highest ballot. It may run beside appends and syncs, and sees what was
// durable when it was made.
func (l *Log) NextRead(from, through core.Instance, maxBytes int) *ReadJob {
	j := &ReadJob{d: l.d, dir: l.opts.Dir, damage: l.damage, from: from, through: through, maxBytes: maxBytes}
	if from != 0 && from < l.base {
		j.err = l.collapsed(from)
		return j
	}
	j.marks, j.open = l.index.snapshot()
	l.overlay(j, l.queue.recs)
	return j
}

// overlay gives a job everything in its range that waits for its sync, whether or
// not it is in the cache: a run that begins on disk may go on into instances that
// were replaced in memory meanwhile, and must not serve what they replace.
func (l *Log) overlay(j *ReadJob, recs []core.Record) {
	for i := range recs {
		r := &recs[i]
		if r.Kind == core.RecordAccepted && r.Instance >= j.from && r.Instance <= j.through {
			j.waiting = append(j.waiting, core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes})
		}
	}
}

// FinishRead returns what a job has read: at least one entry, or an error.
// ErrCollapsed: the log begins above the first instance. ErrNotHeld: it has no
// durable entry for it. ErrDamaged: it had, but can't be trusted to read it any
// more.
func (l *Log) FinishRead(j *ReadJob) ([]core.Entry, error) {
	if len(j.entries) == 0 && j.err == nil {
		assertf("a read job came back that didn't run")
	}
	for i := range j.looked {
		l.learn(&j.looked[i])
	}
	if j.from != 0 && j.from < l.base {
		return nil, l.collapsed(j.from) // it was removed, or void, meanwhile
	}
	var gone goneError
	if errors.As(j.err, &gone) && l.segmentAt(uint64(gone)) >= 0 && !l.removing(uint64(gone)) {
		return nil, missingf("%s was removed under a running node", segmentName(uint64(gone)))
	}
	return j.entries, explained(j.err)
}

func (l *Log) collapsed(i core.Instance) error {
	return fmt.Errorf("%w: instance %d, it begins at %d", ErrCollapsed, i, l.base)
}

// goneError says that a segment's file isn't there any more.
type goneError uint64

func (e goneError) Error() string { return segmentName(uint64(e)) + " was removed" }

// Is makes it ErrCollapsed: who removes segments is the log itself.
func (e goneError) Is(target error) bool { return target == ErrCollapsed }

// Run reads, on any goroutine.
func (j *ReadJob) Run() {
	if j.err != nil {
		return
	}
	files := openFiles{d: j.d, dir: j.dir}
	defer files.close()
	j.err = j.read(&files)
	if len(j.entries) > 0 {
		j.err = nil // what is wrong further on is for the read that begins there
	}
}

func (j *ReadJob) read(files *openFiles) error {
	if err := j.locate(files); err != nil {
		return err
	}
	bytes := 0
	for k, at := range j.best {
		i := j.from + core.Instance(k)
		if err := j.damage.serves(i, at); err != nil {
			return err
		}
		bytes += int(at.entry.length)
		if k > 0 && bytes > j.maxBytes {
			return nil
		}
		if e := j.newer(i, at); e != nil {
			j.entries = append(j.entries, *e)
			continue
		}
		b, err := readBodyAt(files, at)
		if err != nil {
			return err
		}
		j.entries = append(j.entries, core.Entry{Instance: i, Ballot: at.entry.ballot, Value: b})
	}
	return nil
}

func readBodyAt(files *openFiles, at location) ([]byte, error) {
	f, err := files.open(at.segment)
	if err != nil {
		return nil, err
	}
	b, err := readBody(f.f, at.salt, at.off, at.entry)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", segmentName(at.segment), err)
	}
	return b, nil
}

// newer returns the waiting entry that replaces what is on disk, if there is one.
func (j *ReadJob) newer(i core.Instance, at location) (newest *core.Entry) {
	highest := at.entry.ballot
	for k := range j.waiting {
		if e := &j.waiting[k]; e.Instance == i && !e.Ballot.Less(highest) {
			newest, highest = e, e.Ballot
		}
	}
	return newest
}

// locate finds the highest ballots of a run of instances that begins at from.
func (j *ReadJob) locate(files *openFiles) error {
	marks := j.marks
	if j.open.end != 0 {
		marks = append(marks, j.open) // copies: the capacity is the length
	}
	first := sort.Search(len(marks), func(k int) bool { return marks[k].reach >= j.from })
	through, span := core.Instance(0), int64(0)
	var here []mark
	for _, m := range marks[first:] {
		if m.max < j.from || m.min > j.from+maxReadEntries || through != 0 && span >= int64(j.maxBytes) && m.min > through {
			continue
		}
		list := []mark{m}
		if m.follower != nil {
			var err error
			if list, err = j.look(files, m); err != nil {
				return err
			}
		}
		for _, m := range list {
			here = append(here, m)
			if m.max >= j.from && m.min <= j.from+maxReadEntries && (through == 0 || span < int64(j.maxBytes)) {
				through = max(through, m.max)
				span += m.end - m.off
			}
		}
	}
	through = min(through, j.through, j.from+maxReadEntries-1)
	if j.from == 0 || through < j.from {
		return fmt.Errorf("%w: %d", ErrNotHeld, j.from)
	}
	j.best = make([]location, through-j.from+1)
	for _, m := range here {
		if m.min <= through && m.max >= j.from {
			if err := j.search(files, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// search looks through the record tables that a mark covers.
func (j *ReadJob) search(files *openFiles, m mark) error {
	pg, err := files.open(m.segment)
	if err != nil {
		return err
	}
	s := scanner{pg: pg, segment: m.segment, salt: m.salt, off: m.off, end: min(m.end, pg.size)}
	for {
		f, ok, err := s.next()
		if err != nil || !ok {
			return err
		}
		if f.head == nil {
			continue // recovery has noted what is damaged here
		}
		off := f.off + f.head.length
		for _, e := range f.head.table {
			j.offer(location{m.segment, m.salt, off, e})
			off += int64(e.length)
		}
	}
}

func (j *ReadJob) offer(at location) {
	i := at.entry.instance
	if at.entry.kind != core.RecordAccepted || i < j.from || i-j.from >= core.Instance(len(j.best)) {
		return
	}
	best := &j.best[i-j.from]
	if best.entry.kind == 0 || !at.entry.ballot.Less(best.entry.ballot) {
		*best = at
	}
}

// openFiles keeps the segments of one job open.
type openFiles struct {
	d    disk.Disk
	dir  string
	list []*openFile
}

type openFile struct {
	segment uint64
	*pager
}

func (o *openFiles) open(segment uint64) (*pager, error) {
	for _, f := range o.list {
		if f.segment == segment {
			return f.pager, nil
		}
	}
	f, err := openSource(o.d, o.dir, segment)
	if errors.Is(err, disk.ErrNotExist) {
		return nil, goneError(segment)
	}
	if err != nil {
		return nil, err
	}
	pg, err := newPager(f)
	o.list = append(o.list, &openFile{segment, pg})
	return pg, err
}

func (o *openFiles) close() {
	for _, f := range o.list {
		closeQuietly(f.f)
	}
}
