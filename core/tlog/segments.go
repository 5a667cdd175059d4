package tlog

import (
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// segment is what the owner of a log knows of one of its files.
type segment struct {
	number uint64
	salt   uint64
	begin  int64 // of the first batch, in the uncompressed file
	end    int64 // behind the last batch, maybe with zeros
	bytes  int64 // that the file takes on the disk, about
	content
	tlx bool // compressed
	// dead: a snapshot took its place, nobody needs it any more.
	dead bool
}

// newest returns the segment that is being written.
func (l *Log) newest() *segment { return &l.segments[len(l.segments)-1] }

// placedBatch takes in where a batch went: maybe into a segment of its own.
func (l *Log) placedBatch(p placed) {
	if l.newest().number != p.segment {
		l.segments = append(l.segments, segment{number: p.segment, salt: p.salt, begin: l.w.start})
	}
	s := l.newest()
	s.end, s.content, s.bytes = p.end, l.w.holds, max(p.end, l.w.allocated)
	l.index.add(p)
}

// segmentAt returns the place in the list of a segment; -1 if it isn't there.
func (l *Log) segmentAt(number uint64) int {
	return slices.IndexFunc(l.segments, func(s segment) bool { return s.number == number })
}

// oldest returns the number of the oldest segment that counts.
func (l *Log) oldest() uint64 {
	for i := range l.segments {
		if !l.segments[i].dead {
			return l.segments[i].number
		}
	}
	assertf("a log without a segment")
	return 0
}

// raiseBase makes everything below base void: it is served no more.
func (l *Log) raiseBase(base core.Instance) {
	if base <= l.base {
		return
	}
	l.base = base
	l.cache.dropBelow(base)
	l.findFirst()
}

// findFirst finds where the accepted entries begin and end that aren't void.
func (l *Log) findFirst() {
	base := l.base
	l.first = l.index.firstFrom(base)
	for i := range l.queue.recs {
		if r := &l.queue.recs[i]; r.Kind == core.RecordAccepted && r.Instance >= base && (l.first == 0 || r.Instance < l.first) {
			l.first = r.Instance
		}
	}
	if l.last < base {
		l.last = 0
	}
}
