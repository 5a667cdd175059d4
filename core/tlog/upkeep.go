package tlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Retention says how much log stays below what is needed, so that a peer which was
// away catches up by log. All of it holds.
type Retention struct {
	Bytes    int64  // in files
	Entries  uint64 // accepted
	Segments int    // files, all that there are
}

// DefaultRetention is what production keeps.
var DefaultRetention = Retention{Bytes: 1 << 30}

// UpkeepKind says what a piece of upkeep does.
type UpkeepKind uint8

// The kinds of upkeep.
const (
	UpkeepClear    UpkeepKind = 1 + iota // gives half-made files back to a full disk
	UpkeepRemove                         // removes the oldest segment
	UpkeepReserve                        // makes the reserve
	UpkeepAhead                          // writes the next segment's zeros
	UpkeepCompress                       // compresses a segment
)

var upkeepNames = [...]string{"", "clear", "remove", "reserve", "ahead", "compress"}

func (k UpkeepKind) String() string { return upkeepNames[k] }

// UpkeepReport says what a piece of upkeep did.
type UpkeepReport struct {
	Kind    UpkeepKind
	Segment uint64 // of UpkeepRemove and UpkeepCompress
	// Done of Total bytes of what is being made or compressed are through; the
	// whole is finished when they are equal.
	Done, Total int64
	Freed       int64 // bytes given back to the disk
}

func (r UpkeepReport) String() string {
	if r.Segment != 0 {
		return fmt.Sprintf("%v %03d: %d of %d bytes, freed %d", r.Kind, r.Segment, r.Done, r.Total, r.Freed)
	}
	return fmt.Sprintf("%v: %d of %d bytes, freed %d", r.Kind, r.Done, r.Total, r.Freed)
}

// UpkeepJob is one bounded piece of background work. Run it on any goroutine,
// beside appends, syncs, installs and reads.
type UpkeepJob struct {
	d    disk.Disk
	dir  string
	kind UpkeepKind

	mark     baseMark     // UpkeepRemove
	number   uint64       // UpkeepRemove
	compress *compression // UpkeepCompress
	zeros    *zeroFile    // UpkeepReserve, UpkeepAhead

	done bool // the whole is finished
	err  error
	ran  bool
}

// upkeep is what the owner knows of its background work.
type upkeep struct {
	job      *UpkeepJob // out; nil: none
	serial   uint64     // of BASE, as last written
	compress *compression
	zeros    *zeroFile
	clear    bool   // the disk is full: half-made files go
	broken   bool   // a sync or something as basic failed
	needFree uint64 // after a full disk: so much must be free before anything is made
	leave    []uint64
}

// NextUpkeep hands out the next piece of background work; nil: nothing to do now.
// One is out at a time. keep is the lowest instance that somebody needs: the older
// of the two checkpoints that a restart may find, a peer that is being fed. Only
// segments all of whose entries are below keep are removed, one at a time from the
// oldest and as far as retention allows, or compressed. Never the newest, and never
// one whose damage this node must not forget.
func (l *Log) NextUpkeep(keep core.Instance, retain Retention) *UpkeepJob {
	u := &l.upkeep
	if u.job != nil || u.broken || l.failed {
		return nil
	}
	j := &UpkeepJob{d: l.d, dir: l.opts.Dir}
	switch {
	case u.clear:
		j.kind = UpkeepClear
	case l.nextRemove(j, keep, retain):
	case l.nextZeros(j):
	case l.nextCompress(j, keep):
	default:
		return nil
	}
	u.job = j
	return j
}

// nextRemove plans the removal of the oldest segment.
func (l *Log) nextRemove(j *UpkeepJob, keep core.Instance, retain Retention) bool {
	if !l.segments[0].dead && !l.removable(keep, retain) {
		return false
	}
	s, base := &l.segments[0], l.base
	if !s.dead {
		base = max(base, s.max+1)
	}
	j.kind, j.number = UpkeepRemove, s.number
	j.mark = baseMark{incarnation: l.incarnation, serial: l.upkeep.serial + 1, oldest: l.segments[1].number, base: base}
	return true
}

// removable reports whether the oldest segment may go.
func (l *Log) removable(keep core.Instance, retain Retention) bool {
	if len(l.segments) < 2 || !l.spared(0, keep) || len(l.segments)-1 < retain.Segments {
		return false
	}
	bytes, entries := int64(0), uint64(0)
	for i := range l.segments[1:] {
		if s := &l.segments[1+i]; s.max < keep {
			bytes += min(s.end, s.bytes)
			entries += s.entries
		}
	}
	return bytes >= retain.Bytes && entries >= retain.Entries
}

// spared reports whether nobody needs what a segment holds, the newest excepted.
// What it repeats of genesis, promise and setting stands in the header of the
// newest. A batch of which nobody knows what it held keeps its segment, and all
// before: there may be another one.
func (l *Log) spared(i int, keep core.Instance) bool {
	s := &l.segments[i]
	return s.max < keep && (!l.damage.lost || s.number > l.damage.after.segment) && i+1 < len(l.segments)
}

// Collapsible returns how many of the oldest segments would go if at most leave
// files should stay.
func (l *Log) Collapsible(keep core.Instance, leave int) int {
	live := 0
	for i := range l.segments {
		if !l.segments[i].dead {
			live++
		}
	}
	n := 0
	for i := range l.segments {
		if l.segments[i].dead {
			continue
		}
		if live-n <= max(leave, 1) || !l.spared(i, keep) {
			break
		}
		n++
	}
	return n
}

// nextCompress plans the next slice of a compression.
func (l *Log) nextCompress(j *UpkeepJob, keep core.Instance) bool {
	u := &l.upkeep
	if !l.opts.Compress {
		return false
	}
	if u.compress == nil {
		for i := range l.segments {
			s := &l.segments[i]
			small := s.end <= maxFrames*frameBytes && s.begin <= maxOwnHeader
			if !s.tlx && !s.dead && small && l.spared(i, keep) && !slices.Contains(u.leave, s.number) && l.hasRoom(s.end) {
				u.compress = &compression{compressedHead: compressedHead{number: s.number, raw: s.end}, begin: s.begin}
				break
			}
		}
	}
	if u.compress == nil {
		return false
	}
	j.kind, j.compress = UpkeepCompress, u.compress
	return true
}

// hasRoom reports whether bytes may be written in the background and a segment is
// left all the same.
func (l *Log) hasRoom(bytes int64) bool {
	free, err := l.d.Free()
	return err == nil && free >= l.upkeep.needFree && free >= uint64(bytes+l.opts.SegmentBytes)
}

// Run does the work.
func (j *UpkeepJob) Run() {
	j.ran = true
	switch j.kind {
	case UpkeepClear:
		j.done = true
		j.err = removeAll(j.d, j.dir, compressedTemp, reserveTemp, aheadTemp)
	case UpkeepRemove:
		j.done = true
		if j.err = writeBaseMark(j.d, j.dir, &j.mark); j.err == nil {
			j.err = removeAll(j.d, j.dir, segmentName(j.number), compressedName(j.number))
		}
	case UpkeepReserve, UpkeepAhead:
		j.done, j.err = j.zeros.run(j.d, j.dir)
	case UpkeepCompress:
		j.done, j.err = j.compress.run(j.d, j.dir)
	default:
		assertf("upkeep of kind %d", j.kind)
	}
}

// removeAll removes files, as far as they are there.
func removeAll(d disk.Disk, dir string, names ...string) error {
	for _, name := range names {
		if err := d.Remove(join(dir, name)); err != nil && !errors.Is(err, disk.ErrNotExist) {
			return err
		}
	}
	return nil
}

// FinishUpkeep takes a job back and says what it did. An error is not fatal: what
// was half made is given up. After ErrNoSpace it is tried again when there is more
// room, after anything else not by this process.
func (l *Log) FinishUpkeep(j *UpkeepJob) (done UpkeepReport, err error) {
	u := &l.upkeep
	if u.job != j || !j.ran {
		assertf("an upkeep job came back that isn't out, or didn't run")
	}
	u.job = nil
	done = UpkeepReport{Kind: j.kind, Segment: j.number}
	switch {
	case j.err != nil:
		return done, l.upkeepFailed(j)
	case j.kind == UpkeepRemove:
		l.removed(&done, j)
	case j.kind == UpkeepCompress:
		l.compressed(&done, j)
	case j.kind == UpkeepClear:
		u.clear = false
	default:
		done.Done, done.Total = j.zeros.at, j.zeros.size
		if j.done {
			l.zerosMade(j.kind)
		}
	}
	return done, nil
}

// removing reports whether a job is out that removes a segment.
func (l *Log) removing(number uint64) bool {
	j := l.upkeep.job
	return j != nil && j.kind == UpkeepRemove && j.number == number
}

// removed takes in that the oldest segment is gone.
func (l *Log) removed(done *UpkeepReport, j *UpkeepJob) {
	s := l.segments[0]
	if s.number != j.number {
		assertf("segment %d was removed, the oldest is %d", j.number, s.number)
	}
	done.Freed = s.bytes
	l.upkeep.serial = j.mark.serial
	l.segments = slices.Clone(l.segments[1:])
	if !s.dead {
		l.index.replace(s.number, nil)
	}
	l.raiseBase(j.mark.base)
}

// compressed takes in that a slice of a segment was compressed.
func (l *Log) compressed(done *UpkeepReport, j *UpkeepJob) {
	c := j.compress
	done.Segment, done.Total = c.number, c.raw
	done.Done = min(c.raw, int64(len(c.own))+int64(len(c.frames))*frameBytes)
	if !j.done {
		return
	}
	l.upkeep.compress = nil
	if i := l.segmentAt(c.number); i >= 0 {
		s := &l.segments[i]
		done.Freed = s.bytes - c.at
		s.tlx, s.bytes = true, c.at
	}
}

// upkeepFailed decides what an error means for later.
func (l *Log) upkeepFailed(j *UpkeepJob) error {
	u := &l.upkeep
	u.compress, u.zeros = nil, nil
	switch {
	case noSpace(j.err):
		free, _ := l.d.Free() // where the disk doesn't tell, nothing more is made
		u.clear = j.kind != UpkeepClear
		u.needFree = free + uint64(l.opts.SegmentBytes)
		return fmt.Errorf("%w: upkeep (%v): %w", ErrNoSpace, j.kind, j.err)
	case j.kind == UpkeepCompress && !errors.As(j.err, new(syncError)):
		u.leave, u.clear = append(u.leave, j.compress.number), true
	default:
		u.broken = true
	}
	return fmt.Errorf("tlog: upkeep (%v): %w", j.kind, j.err)
}
