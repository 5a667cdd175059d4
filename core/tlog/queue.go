package tlog

import (
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// maxBatchBytes bounds the bodies of one batch, unless it is one large record.
const maxBatchBytes = 8 << 20

// queue holds what was appended and is not durable yet. What a job writes stays in
// it until that is done: where the disk was full it is tried again.
type queue struct {
	recs    []core.Record
	appends []appended
	last    core.Position // of the newest append ever added
}

// appended is one append: its last count records are in the queue.
type appended struct {
	pos   core.Position
	state core.HardState
	count int
}

// taken says how much of the queue a batch holds.
type taken struct {
	records int
	appends int // whole ones
	part    int // records of the append behind those
}

func (q *queue) add(recs []core.Record, state core.HardState, pos core.Position) {
	q.recs = append(q.recs, recs...)
	q.appends = append(q.appends, appended{pos, state, len(recs)})
	q.last = pos
}

func (q *queue) empty() bool { return len(q.appends) == 0 }

// peek copies what fits into one batch to recs. It returns the state for the
// batch's header and the newest append that is whole in this batch or earlier
// ones (0: none became whole).
//
// The state is that of the newest append of which anything is in the batch. If
// a part of that one has to wait, its commit index may rest on what waits: it is
// lowered to below that, but not below written, the one in the batch before.
func (q *queue) peek(recs []core.Record, written core.Instance) ([]core.Record, core.HardState, core.Position, taken) {
	n, bytes := 0, 0
	for n < len(q.recs) && n < maxRecords && (n == 0 || bytes+len(q.recs[n].Bytes) <= maxBatchBytes) {
		bytes += len(q.recs[n].Bytes)
		n++
	}
	recs = append(recs, q.recs[:n]...)

	var state core.HardState
	var whole core.Position
	t := taken{records: n, part: n}
	for t.appends < len(q.appends) && q.appends[t.appends].count <= t.part {
		a := &q.appends[t.appends]
		t.part -= a.count
		state, whole = a.state, a.pos
		t.appends++
	}
	if t.part > 0 {
		a := &q.appends[t.appends]
		state = a.state
		for i := range q.recs[n : n+a.count-t.part] {
			if r := &q.recs[n+i]; r.Kind == core.RecordAccepted {
				state.Commit = min(state.Commit, r.Instance-1)
			}
		}
		state.Commit = max(state.Commit, min(written, a.state.Commit))
	}
	return recs, state, whole, t
}

// drop takes out of the queue what is durable now.
func (q *queue) drop(t taken) {
	q.recs = slices.Delete(q.recs, 0, t.records)
	q.appends = slices.Delete(q.appends, 0, t.appends)
	if t.part > 0 {
		q.appends[0].count -= t.part
	}
}
