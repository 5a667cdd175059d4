package tlog

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// SyncJob makes one batch durable. It is the Log's again after FinishSync.
type SyncJob struct {
	w     *writer
	recs  []core.Record
	state core.HardState
	whole core.Position // newest append that is durable with this batch; 0: no news
	taken taken
	seal  bool

	reserve bool // there is a reserve to give up
	gaveUp  bool

	at  placed
	err error
	ran bool
}

// Run writes and syncs, on any goroutine. It rolls to a new segment first when
// the newest one is full, and gives up the reserve when the disk is.
func (j *SyncJob) Run() {
	j.ran = true
	j.at, j.err = j.w.commit(j.recs, j.state)
	if !noSpace(j.err) || !j.reserve {
		return
	}
	j.gaveUp = true
	if j.err = j.w.giveUpReserve(); j.err == nil {
		j.at, j.err = j.w.commit(j.recs, j.state)
	}
}

// giveUpReserve makes room on a full disk.
func (w *writer) giveUpReserve() error {
	err := w.d.Remove(join(w.opts.Dir, reserveName))
	if errors.Is(err, disk.ErrNotExist) {
		return nil
	}
	return err
}

// NextSync makes a batch of what was appended (of at most 128 records; the rest
// waits for the next) and hands out the job that makes it durable. It returns
// nil when nothing waits, when a job is out, or after a failure.
func (l *Log) NextSync() *SyncJob {
	if l.out || l.failed || l.queue.empty() {
		return nil
	}
	recs, state, whole, taken := l.queue.peek(l.job.recs[:0], l.w.state.Commit)
	l.handOut(SyncJob{recs: recs, state: state, whole: whole, taken: taken})
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
	l.handOut(SyncJob{recs: l.job.recs[:0], state: l.w.state, seal: true})
	return &l.job
}

func (l *Log) handOut(j SyncJob) {
	l.lendWriter()
	j.w, j.reserve = l.w, l.space.reserve
	l.job = j
}

// lendWriter gives the writer to a job, with what the next segment has to say.
func (l *Log) lendWriter() {
	l.out = true
	l.w.base, l.w.oldest, l.w.ahead = l.base, l.oldest(), l.space.ahead
}

// FinishSync takes the job back, and returns the position through which all
// appends are durable. ErrNoSpace: the disk is full, and nothing has happened;
// what was appended waits, in order, and NextSync gives it again: the caller asks
// after a while (250 ms), or at once if its own state needs it. After any other
// error it stops for good: nothing is known about what the failed sync covered,
// and it isn't tried again.
func (l *Log) FinishSync(j *SyncJob) (durable core.Position, err error) {
	if !l.out || j != &l.job || !j.ran {
		assertf("a sync job came back that isn't out, or didn't run")
	}
	l.takeWriter()
	if j.gaveUp {
		l.space.reserve = false
	}
	clear(j.recs) // lets go of the bytes: those that are needed are in the queue
	if noSpace(j.err) {
		l.space.ranOut()
		return l.durable, fmt.Errorf("%w: %w", ErrNoSpace, j.err)
	}
	if j.err != nil {
		l.failed = true
		return l.durable, j.err
	}
	l.space.foundRoom(j.gaveUp, l.opts.Reserve)
	if j.whole != 0 {
		l.durable = j.whole
	}
	l.queue.drop(j.taken)
	l.sealed = j.seal
	l.batches++
	l.placedBatch(j.at)
	l.cache.trim(l.opts.CacheBytes, l.durable)
	return l.durable, nil
}

// takeWriter takes the writer back from a job.
func (l *Log) takeWriter() {
	l.out = false
	if l.w.used {
		l.space.ahead, l.w.used = false, false
	}
}
