package tlog

import "github.com/openvstorage/arakoon-go/core"

// carryBytes is about how many bytes of bodies go into one batch that an open
// writes anew.
const carryBytes = 1 << 20

// carrier writes what a segment holds into the one that replaces it. It is a
// visitor, after account has been through all segments. Small batches become
// large ones, so an idle node's log shrinks with a restart. Notices of damage
// stay where the damage was.
type carrier struct {
	w      *writer
	index  *index
	damage *damage
	state  core.HardState // of the whole log: what each batch promises

	recs   []core.Record
	bytes  int
	commit core.Instance // of the last source batch in recs
}

// kept implements visitor.
func (c *carrier) kept(s *scanner, f found, bad []int, _ bool) error {
	if len(c.recs)+len(f.head.table) > maxRecords || c.bytes+int(f.head.bodies) > carryBytes {
		if err := c.flush(); err != nil {
			return err
		}
	}
	damaged := len(bad) > 0
	for i, e := range f.head.table {
		isBad := len(bad) > 0 && bad[0] == i
		if isBad {
			bad = bad[1:]
		}
		if isBad || e.kind == recordUnknown || e.kind == recordLost {
			if err := c.notice(e); err != nil {
				return err
			}
			continue
		}
		if e.kind != core.RecordAccepted || e.instance < c.w.base {
			continue // the header repeats it, or it is void
		}
		b, err := s.body(f, i)
		if err != nil {
			return err
		}
		c.recs = append(c.recs, core.Record{Kind: e.kind, Instance: e.instance, Ballot: e.ballot, Bytes: b})
		c.bytes += len(b)
	}
	if !damaged {
		c.commit = min(f.head.state.Commit, c.state.Commit)
	}
	return nil
}

// notice writes down that a record is gone, unless something behind it made it
// unimportant.
func (c *carrier) notice(e tableEntry) error {
	r := core.Record{Kind: recordLost, Instance: e.instance}
	switch e.kind {
	case core.RecordAccepted, recordUnknown:
		g, ok := c.damage.unknown[e.instance]
		if !ok || e.instance < c.w.base || g.ballot.Less(e.ballot) {
			return nil
		}
		r = core.Record{Kind: recordUnknown, Instance: e.instance, Ballot: e.ballot}
	case recordLost:
	default:
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	if _, err := c.w.put([]core.Record{r}, c.header()); err != nil {
		return err
	}
	if r.Kind == recordLost {
		c.damage.after = place{c.w.head.number, c.w.end}
	}
	return nil
}

func (c *carrier) header() core.HardState {
	s := c.state
	s.Commit = c.commit
	return s
}

// flush writes what has been gathered as one batch.
func (c *carrier) flush() error {
	if len(c.recs) == 0 {
		return nil
	}
	p, err := c.w.put(c.recs, c.header())
	c.index.add(p)
	c.recs, c.bytes = c.recs[:0], 0
	return err
}

// gone implements visitor.
func (c *carrier) gone(_ uint64, table []tableEntry) error {
	for _, e := range table {
		if err := c.notice(e); err != nil {
			return err
		}
	}
	return nil
}

// vanished implements visitor.
func (c *carrier) vanished(uint64) error {
	return c.notice(tableEntry{kind: recordLost, instance: c.commit})
}

// torn implements visitor: what was never acknowledged isn't carried.
func (c *carrier) torn(uint64, int64) error { return nil }
