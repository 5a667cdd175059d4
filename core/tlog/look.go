package tlog

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// A start doesn't read the segments that hold nothing above the checkpoint. The
// first read that needs one looks through the headers of its batches, and what it
// finds is kept: where the instances are, and which batches can't be read.

// look is what a read found in a segment that nobody had looked into.
type look struct {
	segment uint64
	salt    uint64
	head    *headFound
	through core.Instance // highest instance in it
	marks   index
	commit  core.Instance
	at      place
	unknown []tableEntry
	holes   []hole
}

// look looks through a segment.
func (j *ReadJob) look(files *openFiles, m mark) ([]mark, error) {
	pg, err := files.open(m.segment)
	if err != nil {
		return nil, err
	}
	head, err := readSegmentHeader(pg.f)
	if err == nil && (head.number != m.segment || head.salt != m.salt) {
		err = fmt.Errorf("%w: it is of segment %d", errSegment, head.number)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, segmentName(m.segment), err)
	}
	l := look{segment: m.segment, salt: m.salt, head: head, through: m.max, commit: head.state.Commit,
		at: place{m.segment, head.batches}}
	if err := walkOver(pg, head, m.follower, &l, false); err != nil {
		return nil, err
	}
	l.marks.close()
	j.looked = append(j.looked, l)
	if l.damaged() {
		j.damage = l.addTo(j.damage)
	}
	return l.marks.marks, nil
}

// learn takes over what a read found, unless another one did before.
func (l *Log) learn(k *look) {
	if !l.index.isWhole(k.segment) {
		return
	}
	l.index.replace(k.segment, k.marks.marks)
	if k.damaged() {
		l.damage = k.addTo(l.damage)
		l.found = append(l.found, fmt.Sprintf("%s: damaged: %d batches can't be read, nor what they held; %d records are known from the next header",
			segmentName(k.segment), len(k.holes), len(k.unknown)))
	}
}

func (l *look) damaged() bool { return len(l.unknown)+len(l.holes) > 0 }

// addTo returns the damage known so far with what was found here.
func (l *look) addTo(d *damage) *damage {
	d = d.clone()
	for _, e := range l.unknown {
		d.miss(e.instance, e.ballot, 0)
	}
	d.holes = append(d.holes, l.holes...)
	return d
}

// kept implements visitor.
func (l *look) kept(_ *scanner, f found, _ []int, _ bool) error {
	p := placed{segment: l.segment, salt: l.salt, off: f.off, end: f.end}
	for _, e := range f.head.table {
		if e.kind == core.RecordAccepted {
			p.include(e.instance)
		}
	}
	l.marks.add(p)
	l.commit, l.at = f.head.state.Commit, place{l.segment, f.end}
	return nil
}

// gone implements visitor.
func (l *look) gone(_ uint64, table []tableEntry) error {
	for _, e := range table {
		if e.kind == core.RecordAccepted {
			l.unknown = append(l.unknown, e)
		}
	}
	return nil
}

// vanished implements visitor.
func (l *look) vanished(uint64) error {
	l.holes = append(l.holes, hole{above: l.commit, through: l.through, after: l.at})
	return nil
}

// torn implements visitor: behind a segment that was followed nothing is in doubt.
func (l *look) torn(uint64, int64) error { return nil }
