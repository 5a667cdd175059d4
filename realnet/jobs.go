package realnet

import (
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/core/replica"
)

// workers run a Replica's jobs, each kind on its own goroutine and in order.
type workers struct {
	queues  [replica.JobKinds]*jobQueue
	watches [replica.JobKinds]stopwatch // how long they take
	wg      sync.WaitGroup
}

// startWorkers starts them; done gets every job that has run.
func startWorkers(done func(*replica.Job)) *workers {
	w := &workers{}
	for k := range w.queues {
		q := &jobQueue{}
		q.cond = sync.NewCond(&q.mu)
		w.queues[k] = q
		w.wg.Go(func() {
			for j := q.next(); j != nil; j = q.next() {
				began := time.Now()
				j.Run()
				now := time.Now()
				w.watches[k].note(now, now.Sub(began))
				done(j)
			}
		})
	}
	return w
}

// run queues a job; it never blocks.
func (w *workers) run(j *replica.Job) { w.queues[j.Kind].put(j) }

// stop ends the workers after the jobs that were queued: the Replica may be closed
// only when it has all of them back.
func (w *workers) stop() {
	for _, q := range w.queues {
		q.close()
	}
	w.wg.Wait()
}

// jobQueue is the queue of one worker. The Replica bounds it: one job of a kind
// at a time, and a few reads per peer.
type jobQueue struct {
	mu     sync.Mutex
	cond   *sync.Cond
	jobs   []*replica.Job
	closed bool
}

func (q *jobQueue) put(j *replica.Job) {
	q.mu.Lock()
	q.jobs = append(q.jobs, j)
	q.mu.Unlock()
	q.cond.Signal()
}

// next waits for a job; nil means that there will be none.
func (q *jobQueue) next() *replica.Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.jobs) == 0 {
		if q.closed {
			return nil
		}
		q.cond.Wait()
	}
	j := q.jobs[0]
	q.jobs[0] = nil
	q.jobs = q.jobs[1:]
	return j
}

func (q *jobQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.cond.Broadcast()
}
