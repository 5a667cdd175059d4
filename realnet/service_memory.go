package realnet

import (
	"errors"
	"sync"
	"time"
)

// Requests beyond smallRequest bytes are read only as far as largeRequests bytes
// of them, in all connections together, have room: a thousand clients that each
// announce a large one cost no more than that.
const (
	smallRequest  = 128 << 10
	largeRequests = 256 << 20
	// memoryWait is how long a request waits for room before it is refused.
	memoryWait = 10 * time.Second
)

var errNoMemory = errors.New("too many large requests at once")

// memory is the room for large requests.
type memory struct {
	mu     sync.Mutex
	left   int
	closed bool
	given  chan struct{} // closed and replaced when room is given back
}

func newMemory() *memory { return &memory{left: largeRequests, given: make(chan struct{})} }

// take waits for n bytes.
func (m *memory) take(n int) error {
	t := time.NewTimer(memoryWait)
	defer t.Stop()
	for {
		m.mu.Lock()
		if m.closed {
			m.mu.Unlock()
			return errStopped
		}
		if m.left >= n {
			m.left -= n
			m.mu.Unlock()
			return nil
		}
		given := m.given
		m.mu.Unlock()
		select {
		case <-given:
		case <-t.C:
			return errNoMemory
		}
	}
}

// give gives n bytes back.
func (m *memory) give(n int) {
	if n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left += n
	close(m.given)
	m.given = make(chan struct{})
}

func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	close(m.given)
	m.given = make(chan struct{})
}
