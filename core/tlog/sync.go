package tlog

import "github.com/openvstorage/arakoon-go/core"

// SyncJob makes one batch durable. It is the Log's again after FinishSync.
type SyncJob struct {
	w     *writer
	recs  []core.Record
	state core.HardState
	whole core.Position // newest append that is durable with this batch; 0: no news
	seal  bool

	at  placed
	err error
	ran bool
}

// Run writes and syncs, on any goroutine. It rolls to a new segment first when
// the newest one is full.
func (j *SyncJob) Run() {
	j.at, j.err = j.w.commit(j.recs, j.state)
	j.ran = true
}

// NextSync makes a batch of what was appended (of at most 128 records; the rest
// waits for the next) and hands out the job that makes it durable. It returns
// nil when nothing waits, when a job is out, or after a failure.
func (l *Log) NextSync() *SyncJob {
	if l.out || l.failed || l.queue.empty() {
		return nil
	}
	recs, state, whole := l.queue.take(l.job.recs[:0], l.w.state.Commit)
	l.job = SyncJob{w: l.w, recs: recs, state: state, whole: whole}
	l.out = true
	return &l.job
}

// NextSeal hands out the job that writes an empty batch behind the newest one,
// which shows later that this one was synced. It returns nil if the newest batch
// is a seal, if anything waits or is out, or after a failure. The caller asks
// when nothing was appended for a while (1 s, DESIGN 5).
func (l *Log) NextSeal() *SyncJob {
	if l.out || l.failed || l.sealed || !l.queue.empty() {
		return nil
	}
	l.job = SyncJob{w: l.w, recs: l.job.recs[:0], state: l.w.state, seal: true}
	l.out = true
	return &l.job
}

// FinishSync takes the job back, and returns the position through which all
// appends are durable. After an error the caller stops for good: nothing is
// known about what the failed sync covered, and it isn't tried again.
func (l *Log) FinishSync(j *SyncJob) (durable core.Position, err error) {
	if !l.out || j != &l.job || !j.ran {
		assertf("a sync job came back that isn't out, or didn't run")
	}
	l.out = false
	if j.err != nil {
		l.failed = true
		return l.durable, j.err
	}
	if j.whole != 0 {
		l.durable = j.whole
	}
	l.sealed = j.seal
	l.index.add(j.at)
	clear(j.recs) // lets go of the bytes
	l.cache.trim(l.opts.CacheBytes, l.durable)
	return l.durable, nil
}
