package tlog

// Recovery judges every batch that was written, or should have been, by four
// questions. A sync is known to have covered a batch when anything intact stands
// behind it: a later batch in its segment, a segment that follows, or the header
// of its own segment if an open wrote the batch there anew.
//
//	head    its header is intact
//	bodies  all bodies and the padding are intact (asked only if head)
//	synced  a sync is known to have covered it
//	named   the next header, which has a copy of its record table, is intact
//
//	head bodies synced named | verdict
//	-----------------------------------------------------------------------
//	yes  yes    any    any   | keep
//	yes  no     no     no    | cut      never acknowledged: the one in doubt
//	yes  no     yes    any   | damaged  its own record table says what is gone
//	no   -      no     no    | cut      nothing of it arrived, or too little
//	no   -      yes    yes   | damaged  the copy says what is gone
//	no   -      yes    no    | lost     nobody knows what is gone
//	any  any    no     yes   | impossible: what names it shows that it was synced
//
// A damaged batch is used as far as its records are intact, when it has its own
// header. A lost one takes, as far as this node knows, everything above the
// commit index before it that no later batch holds.
type verdict uint8

const (
	impossible verdict = iota
	keep
	cut
	damaged
	lost
)

var verdictNames = [...]string{"impossible", "keep", "cut", "damaged", "lost"}

func (v verdict) String() string { return verdictNames[v] }

// evidence answers the four questions about a batch.
type evidence struct {
	head, bodies, synced, named bool
}

// verdicts is the table above; what isn't in it is impossible.
var verdicts = map[evidence]verdict{
	{head: true, bodies: true}:                            keep,
	{head: true, bodies: true, synced: true}:              keep,
	{head: true, bodies: true, synced: true, named: true}: keep,

	{head: true}:                            cut,
	{head: true, synced: true}:              damaged,
	{head: true, synced: true, named: true}: damaged,

	{}:                          cut,
	{synced: true, named: true}: damaged,
	{synced: true}:              lost,
}

func judge(e evidence) verdict { return verdicts[e] }

// visitor is told what becomes of the batches of a segment, in order.
type visitor interface {
	// kept is told of a batch whose header is intact; bad are the indexes of its
	// damaged records (verdict damaged), padding that the zeros behind have changed.
	kept(s *scanner, f found, bad []int, padding bool) error
	// gone is told that batch number can't be read, but what it held.
	gone(number uint64, table []tableEntry) error
	// vanished is told that nobody knows what batch number held.
	vanished(number uint64) error
	// torn is told that something in doubt at the end is cut.
	torn(number uint64, off int64) error
}

// walk judges the batches of one segment. next is the header of the segment that
// follows, nil for the newest.
func walk(pg *pager, head *headFound, next *segmentHeader, v visitor) error {
	return walkOver(pg, head, next, v, true)
}

// walkOver is walk; without bodies it reads only the headers of batches, and takes
// the rest for intact.
func walkOver(pg *pager, head *headFound, next *segmentHeader, v visitor, bodies bool) error {
	w := walker{v: v, bodies: bodies, expect: head.first, scan: scanner{pg: pg, segment: head.number, salt: head.salt,
		off: head.batches, end: pg.size}, chain: head.chain}
	must := head.carried // batches through must were synced
	if next != nil {
		must = max(must, next.prevLast)
	}
	for {
		f, ok, err := w.scan.next()
		if err != nil {
			return err
		}
		if !ok {
			return w.finish(must, next)
		}
		if err := w.meet(f); err != nil {
			return err
		}
	}
}

// walker holds back the newest batch with an intact header until it is known
// what stands behind it.
type walker struct {
	v      visitor
	bodies bool // are read
	scan   scanner
	expect uint64 // number of the next batch
	chain  uint32 // CRC of the header before
	held   found  // head nil: none
	waste  int64  // offset of bytes behind held that are neither batch nor zeros; 0: none
}

func (w *walker) meet(f found) error {
	switch {
	case f.head == nil:
		if !f.zero {
			w.waste = f.off
		}
		return nil
	case f.head.number < w.expect:
		w.waste = f.off // can't be: numbers never go back within a segment
		return nil
	}
	if err := w.settle(f.head); err != nil {
		return err
	}
	w.held, w.expect, w.chain, w.waste = f, f.head.number+1, f.head.crc, 0
	return nil
}

// settle judges the held batch, and those missing between it and the next header
// found, now that this one shows that all of them were synced.
func (w *walker) settle(next *batchHeader) error {
	missing := next.number - w.expect
	if missing == 0 && next.chain != w.chain && w.held.head != nil {
		// A well-formed batch that isn't the one the next was written behind.
		w.held.head = nil
		return w.unreadable(next.number-1, true, next.before)
	}
	if err := w.release(true, missing == 0); err != nil {
		return err
	}
	return w.missing(next.number-1, next.before, true)
}

// missing judges the batches expect..last, whose headers are bad. The copy of
// the record table of the last of them is intact if named says so. One word is
// enough for all that nobody knows anything about.
func (w *walker) missing(last uint64, table []tableEntry, named bool) error {
	if w.expect < last || w.expect == last && !named {
		if err := w.unreadable(w.expect, false, nil); err != nil {
			return err
		}
	}
	if w.expect <= last && named {
		return w.unreadable(last, true, table)
	}
	return nil
}

func (w *walker) unreadable(n uint64, named bool, table []tableEntry) error {
	switch v := judge(evidence{synced: true, named: named}); v {
	case damaged:
		return w.v.gone(n, table)
	case lost:
		return w.v.vanished(n)
	default:
		assertf("batch %d: %v", n, v)
		return nil
	}
}

// release judges the held batch.
func (w *walker) release(synced, named bool) error {
	if w.held.head == nil {
		return nil
	}
	var bad []int
	var padding bool
	if w.bodies {
		var err error
		if bad, padding, err = w.scan.inspect(w.held); err != nil {
			return err
		}
	}
	f := w.held
	w.held.head = nil
	switch v := judge(evidence{head: true, bodies: len(bad) == 0 && !padding, synced: synced, named: named}); v {
	case keep, damaged:
		return w.v.kept(&w.scan, f, bad, padding)
	case cut:
		return w.v.torn(f.head.number, f.off)
	default:
		assertf("batch %d: %v", f.head.number, v)
		return nil
	}
}

// finish judges what is left at the end of the segment: batches through must
// were synced; the header of the segment that follows names what must held.
func (w *walker) finish(must uint64, next *segmentHeader) error {
	last := w.expect - 1
	if err := w.release(must >= last, next != nil && must == last); err != nil {
		return err
	}
	if must >= w.expect {
		var table []tableEntry
		if next != nil {
			table = next.before
		}
		return w.missing(must, table, next != nil && must == next.prevLast)
	}
	if w.waste != 0 {
		return w.v.torn(w.expect, w.waste)
	}
	return nil
}
