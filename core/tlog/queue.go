package tlog

import (
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// maxBatchBytes bounds the bodies of one batch, unless it is one large record.
const maxBatchBytes = 8 << 20

// queue holds what was appended and is not in a batch yet.
type queue struct {
	recs    []core.Record
	appends []appended
	last    core.Position // of the newest append ever added
}

// appended is one append: its last count records of the queue that aren't taken.
type appended struct {
	pos   core.Position
	state core.HardState
	count int
}

func (q *queue) add(recs []core.Record, state core.HardState, pos core.Position) {
	q.recs = append(q.recs, recs...)
	q.appends = append(q.appends, appended{pos, state, len(recs)})
	q.last = pos
}

func (q *queue) empty() bool { return len(q.appends) == 0 }

// take moves what fits into one batch to recs. It returns the state for the
// batch's header and the newest append that is whole in this batch or earlier
// ones (0: none became whole).
//
// The state is that of the newest append of which anything is in the batch. If
// a part of that one has to wait, its commit index may rest on what waits: it is
// lowered to below that, but not below written, the one in the batch before.
func (q *queue) take(recs []core.Record, written core.Instance) ([]core.Record, core.HardState, core.Position) {
	n, bytes := 0, 0
	for n < len(q.recs) && n < maxRecords && (n == 0 || bytes+len(q.recs[n].Bytes) <= maxBatchBytes) {
		bytes += len(q.recs[n].Bytes)
		n++
	}
	recs = append(recs, q.recs[:n]...)
	q.recs = slices.Delete(q.recs, 0, n)

	var state core.HardState
	var whole core.Position
	done := 0
	for done < len(q.appends) && q.appends[done].count <= n {
		n -= q.appends[done].count
		state, whole = q.appends[done].state, q.appends[done].pos
		done++
	}
	q.appends = slices.Delete(q.appends, 0, done)
	if n > 0 {
		part := &q.appends[0]
		part.count -= n
		state = part.state
		for i := range q.recs[:part.count] {
			if r := &q.recs[i]; r.Kind == core.RecordAccepted {
				state.Commit = min(state.Commit, r.Instance-1)
			}
		}
		state.Commit = max(state.Commit, min(written, part.state.Commit))
	}
	return recs, state, whole
}
