package realnet

import (
	"errors"
	"sync"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// errStopped is given to whoever comes after the server has stopped.
var errStopped = errors.New("the server has stopped")

// inputs is what one drain of the mailbox takes out.
type inputs struct {
	finished []*replica.Job
	peers    []core.Envelope
	admin    []func(*replica.Replica, core.Instant)
	calls    []*call
	stop     bool
}

// reset empties the slices for reuse and forgets what they pointed at.
func (in *inputs) reset() {
	clear(in.finished)
	clear(in.peers)
	clear(in.admin)
	clear(in.calls)
	*in = inputs{finished: in.finished[:0], peers: in.peers[:0], admin: in.admin[:0], calls: in.calls[:0]}
}

// mailbox is where inputs wait for the loop: two sets of slices that change
// places, and one wake-up for all that came since the last drain. A channel per
// input would cost a wake-up each, which is what throughput here is made of.
type mailbox struct {
	maxCalls, maxBytes int

	mu        sync.Mutex
	in        inputs
	callBytes int
	peerBytes int
	room      *sync.Cond // peers' readers wait here while peerBytes is at its bound
	closed    bool
	signalled bool

	wake chan struct{} // capacity 1: "something is in"
}

func newMailbox(l Limits) *mailbox {
	m := &mailbox{maxCalls: l.MailboxCalls, maxBytes: l.MailboxBytes, wake: make(chan struct{}, 1)}
	m.room = sync.NewCond(&m.mu)
	return m
}

// signal wakes the loop unless that was done already since the last drain. The
// caller holds mu.
func (m *mailbox) signal() {
	if !m.signalled {
		m.signalled = true
		m.wake <- struct{}{}
	}
}

// putCalls takes all of a connection's calls or none of them.
func (m *mailbox) putCalls(calls []*call) error {
	size := 0
	for _, c := range calls {
		size += len(c.update)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errStopped
	}
	if len(m.in.calls)+len(calls) > m.maxCalls || m.callBytes+size > m.maxBytes {
		return replica.ErrBusy
	}
	m.in.calls = append(m.in.calls, calls...)
	m.callBytes += size
	m.signal()
	return nil
}

// putPeers takes messages of size bytes from a peer, and waits while too many
// are there. False: the mailbox is closed.
func (m *mailbox) putPeers(envs []core.Envelope, size int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.peerBytes > 0 && m.peerBytes+size > m.maxBytes && !m.closed {
		m.room.Wait()
	}
	if m.closed {
		return false
	}
	m.in.peers = append(m.in.peers, envs...)
	m.peerBytes += size
	m.signal()
	return true
}

// putFinished takes a job that has run, also after the end: the Replica wants all
// of them back. It has no bound: the Replica knows how many jobs it gave out.
func (m *mailbox) putFinished(j *replica.Job) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.in.finished = append(m.in.finished, j)
	m.signal()
}

// putAdmin takes something to do on the loop's goroutine.
func (m *mailbox) putAdmin(f func(*replica.Replica, core.Instant)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errStopped
	}
	if len(m.in.admin) >= m.maxCalls {
		return replica.ErrBusy
	}
	m.in.admin = append(m.in.admin, f)
	m.signal()
	return nil
}

// stop asks the loop to end; what comes later is refused.
func (m *mailbox) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.in.stop = true
	m.signal()
	m.room.Broadcast()
}

// take swaps what is there into in, which must be empty.
func (m *mailbox) take(in *inputs) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stop := m.in.stop
	*in, m.in = m.in, *in
	m.in.stop = stop // stopped for good
	m.callBytes, m.peerBytes = 0, 0
	if m.signalled {
		m.signalled = false
		select {
		case <-m.wake:
		default: // the loop took it when it woke up
		}
	}
	m.room.Broadcast()
}
