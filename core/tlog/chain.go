package tlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// segmentChain is the segments that make up a log, oldest first: the newest, as
// ID names it, the one it follows, the one that follows, and so on.
type segmentChain struct {
	d        disk.Disk
	dir      string
	id       *idFile
	mark     *baseMark // what was removed; nil: nobody says that anything was
	segments []*openSegment
	// follower is the header of a segment that follows the newest but doesn't
	// count yet: a roll was about to end. It shows that the newest was synced.
	follower *segmentHeader
	front    []byte // for reading the first pages of one after the other
}

// openSegment is one segment that is being read.
type openSegment struct {
	*pager
	head *headFound
	tlx  bool
	file int64 // bytes on the disk
}

func (c *segmentChain) close() {
	for _, s := range c.segments {
		closeQuietly(s.f)
	}
}

// newest returns the newest segment; nil: there is none yet.
func (c *segmentChain) newest() *openSegment {
	if len(c.segments) == 0 {
		return nil
	}
	return c.segments[len(c.segments)-1]
}

// oldest returns the number of the segment at which the chain ends, as far as
// what has been read says so. Older ones were removed, or are about to be.
func (c *segmentChain) oldest() (number uint64) {
	if c.mark != nil {
		number = c.mark.oldest
	}
	if len(c.segments) > 0 {
		number = max(number, c.segments[0].head.oldest)
	}
	return number
}

// base returns the lowest instance that isn't void.
func (c *segmentChain) base() core.Instance {
	base := core.Instance(1)
	if c.mark != nil {
		base = max(base, c.mark.base)
	}
	for _, s := range c.segments { // the newest says the highest
		base = max(base, s.head.base)
	}
	return base
}

// gather opens the segments. One that is missing, unreadable or not ours is
// refused.
func (c *segmentChain) gather(names []string) error {
	c.front = make([]byte, 2*pageBytes)
	for number := c.id.newest; number != 0 && number >= c.oldest(); {
		s, err := c.open(number)
		if errors.Is(err, disk.ErrNotExist) {
			return missingf("%s is missing; restore it, or wipe the directory and let the node join again as a new one",
				join(c.dir, segmentName(number)))
		}
		if err != nil {
			return err
		}
		c.segments = append(c.segments, s)
		number = s.head.prev
	}
	slices.Reverse(c.segments)
	if next := segmentName(c.id.newest + 1); c.id.newest != 0 && slices.Contains(names, next) {
		if s, err := c.open(c.id.newest + 1); err == nil {
			if s.head.prev == c.id.newest {
				c.follower = &s.head.segmentHeader
			}
			closeQuietly(s.f)
		}
	}
	return nil
}

func (c *segmentChain) open(number uint64) (*openSegment, error) {
	f, err := openSource(c.d, c.dir, number)
	if err != nil {
		return nil, err
	}
	path := join(c.dir, f.name)
	pg, err := newPager(f)
	var head *headFound
	if err == nil {
		head, err = readSegmentHeaderInto(c.front, f)
	}
	if err == nil {
		err = c.belongs(head, path, number)
	}
	switch {
	case errors.Is(err, errNewerSegment):
		err = newerf("%s: %v; use the newer software", path, err)
	case errors.Is(err, errSegment):
		err = damagedf("%s: %v, in both copies; wipe the directory and let the node join again as a new one", path, err)
	}
	if err != nil {
		closeQuietly(f)
		return nil, err
	}
	return &openSegment{pg, head, f.tlx, f.bytes}, nil
}

// belongs refuses a segment that is not where it was written.
func (c *segmentChain) belongs(h *headFound, path string, number uint64) error {
	if h.incarnation == c.id.incarnation && h.number == number && h.cluster == c.id.cluster && h.node == c.id.node {
		return nil
	}
	return foreignf("%s is segment %d of node %q of cluster %q, incarnation %v; here belongs segment %d of node %q of cluster %q, incarnation %v; restore the right file",
		path, h.number, h.node, h.cluster, h.incarnation, number, c.id.node, c.id.cluster, c.id.incarnation)
}

// visit shows all segments to an account, and all but the newest to the index.
// Those that hold nothing above checkpoint, as the header of the one behind says,
// are not read.
func (c *segmentChain) visit(a *account, x *index, checkpoint core.Instance) error {
	a.index = x
	for i, s := range c.segments {
		next := c.follower
		if i+1 < len(c.segments) {
			next = &c.segments[i+1].head.segmentHeader
		} else {
			a.index = nil
		}
		a.header(s)
		if i+1 < len(c.segments) && next.known && !next.holds.notices && next.holds.max <= checkpoint {
			a.whole(s, next)
			continue
		}
		if err := walk(s.pager, s.head, next, a); err != nil {
			return fmt.Errorf("%s: %w", segmentName(s.head.number), err)
		}
	}
	return nil
}

// removeStrays removes the segments that don't count: replaced by newest, or
// left by an open or a roll that didn't end. It is called when newest counts,
// so that whatever an older ID names is still there until then. A file that
// can't be removed is only reported: the next open tries again.
func (c *segmentChain) removeStrays(names []string, newest uint64) (report []string, err error) {
	for _, name := range names {
		number, tlx, ok := segmentNumber(name)
		isKept := func(s *openSegment) bool { return s.head.number == number && s.tlx == tlx }
		part := slices.Contains([]string{compressedTemp, reserveTemp, aheadTemp}, name)
		if !ok && !part || ok && number == newest && !tlx || slices.ContainsFunc(c.kept(), isKept) {
			continue
		}
		path := join(c.dir, name)
		ours, err := part, error(nil)
		if !part {
			ours, err = beginsLikeOurs(c.d, path)
		}
		switch {
		case err == nil && !ours:
			report = append(report, fmt.Sprintf("left %s alone: it is not of this software", path))
			continue
		case err == nil:
			err = c.d.Remove(path)
		}
		if errors.Is(err, disk.ErrCrashed) {
			return nil, err
		}
		if err != nil {
			report = append(report, fmt.Sprintf("could not remove %s: %v", path, err))
		}
	}
	return report, nil
}

// kept returns the segments that stay: all but the replaced one.
func (c *segmentChain) kept() []*openSegment { return c.segments[:max(len(c.segments)-1, 0)] }
