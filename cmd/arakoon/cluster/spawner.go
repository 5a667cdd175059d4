package cluster

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
)

// spawner starts processes from one operating system thread that lives as long
// as the spawner. The kernel sends a child its death signal when the *thread*
// that started it ends, and Go ends threads as it likes.
type spawner struct {
	requests chan spawnRequest
	once     sync.Once
	done     chan struct{}
}

type spawnRequest struct {
	cmd    *exec.Cmd
	result chan error
}

func newSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *spawner) run() {
	// Not unlocked: a thread that returned to the pool could end with another
	// goroutine. So the thread ends here, when no child is left.
	runtime.LockOSThread()
	for {
		select {
		case r := <-s.requests:
			r.result <- r.cmd.Start()
		case <-s.done:
			return
		}
	}
}

func (s *spawner) start(cmd *exec.Cmd) error {
	r := spawnRequest{cmd, make(chan error, 1)}
	select {
	case s.requests <- r:
		return <-r.result
	case <-s.done:
		return errors.New("the cluster is closed")
	}
}

func (s *spawner) close() { s.once.Do(func() { close(s.done) }) }
