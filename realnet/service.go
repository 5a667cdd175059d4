package realnet

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// backend is what the client service asks of the node; Server is the real one.
type backend interface {
	submit(calls []*call) error
	reads() *replica.ReadView
	clock() core.Instant
	status() replica.Status
	// What follows calls done on the loop's goroutine, which must not block.
	dropMaster(done func(error))
	checkpoint(done func(error))
	// collapse tells its steps in the same way, first how many there are.
	collapse(keep int, step func(replica.Progress), done func(error))
	// backup makes a copy of the newest checkpoint, unless over is closed before.
	backup(over <-chan struct{}) (size int64, from io.ReadCloser, err error)
}

// service speaks the Arakoon client protocol (realnet/wire): a session per
// connection, each with a goroutine that reads and, once it has an update, one
// that writes the answers to updates.
//
// What Arakoon promises about one connection is kept with pipelining as well:
// requests are answered in order, and a read sees exactly the updates before it.
// Updates that follow each other are submitted together and are under way
// together; a read waits until the updates before it are answered, and the
// updates behind it wait until it is served. After an answer that closes the
// connection nothing behind it is executed: a client may repeat it elsewhere.
type service struct {
	backend   backend
	cluster   string
	node      string
	singleton bool // the only voter: no other node can be the master
	readonly  bool // updates are refused, reads need no master
	witness   bool // there is no data to read
	functions command.Functions
	limits    Limits
	log       *slog.Logger
	memory    *memory
	started   time.Time

	mu       sync.Mutex
	sessions map[*session]struct{}
	refusing int
	closed   bool
	past     tally // of the sessions that have ended

	listeners []net.Listener
	wg        sync.WaitGroup
}

// acceptPause is how long to wait when a connection can't be accepted: mostly
// there are no file descriptors left, and some will come back.
const acceptPause = 10 * time.Millisecond

// What ending a connection may cost.
const (
	lingerTime  = time.Second // to let the client take the last answer
	lingerBytes = 64 << 20    // of its that are read and dropped meanwhile
	maxRefusing = 64          // connections beyond the limit that are told so at a time
)

func startService(s *Server, ls []net.Listener) *service {
	v := &service{backend: s, cluster: s.cfg.ClusterID, node: s.cfg.Name, functions: command.Functions(s.cfg.Functions),
		readonly: s.cfg.ReadOnly, witness: s.cfg.Nodes[s.cfg.self()].Witness, limits: s.cfg.Limits, log: s.cfg.Log, listeners: ls}
	voters := 0
	for _, n := range s.cfg.Nodes {
		if !n.Learner {
			voters++
		}
	}
	v.singleton = voters == 1
	v.start()
	return v
}

func (v *service) start() {
	v.started = time.Now()
	v.sessions = map[*session]struct{}{}
	v.memory = newMemory()
	for _, l := range v.listeners {
		v.wg.Go(func() { v.accept(l) })
	}
}

// close ends all connections and waits for their goroutines. It comes after the
// loop has ended, so nobody waits for an answer that could still come.
func (v *service) close() {
	for _, l := range v.listeners {
		_ = l.Close() // makes accept return
	}
	v.mu.Lock()
	v.closed = true
	for s := range v.sessions { // any order: all of them end
		s.kill()
	}
	v.mu.Unlock()
	v.memory.close()
	v.wg.Wait()
}

func (v *service) accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			v.log.Warn("client connection not accepted", "reason", err)
			time.Sleep(acceptPause)
			continue
		}
		v.admit(nc)
	}
}

// admit makes a session of a connection, or refuses it.
func (v *service) admit(nc net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
		_ = nc.Close()
	case len(v.sessions) >= v.limits.Connections:
		v.refuse(nc)
	default:
		s := newSession(v, nc)
		v.sessions[s] = struct{}{}
		v.wg.Go(s.read)
	}
}

// refuse tells a client that there are too many, as long as not too many are
// being told so. The caller holds mu.
func (v *service) refuse(nc net.Conn) {
	if v.refusing >= maxRefusing {
		_ = nc.Close()
		return
	}
	v.refusing++
	v.wg.Go(func() {
		_ = nc.SetDeadline(time.Now().Add(lingerTime)) // an error shows at the write
		_, _ = nc.Write(wire.AppendError(nil, command.CodeMaxConnections, wire.MsgTooMany))
		linger(nc)
		v.mu.Lock()
		v.refusing--
		v.mu.Unlock()
	})
}

func (v *service) forget(s *session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.sessions, s)
	v.past.add(&s.tally)
}

// linger ends a connection so that the client gets what was said last: a close
// with unread input would make the kernel throw it away.
func linger(nc net.Conn) {
	if h, ok := nc.(interface{ CloseWrite() error }); ok && h.CloseWrite() == nil {
		_ = nc.SetReadDeadline(time.Now().Add(lingerTime)) // an error shows at the read
		_, _ = io.CopyN(io.Discard, nc, lingerBytes)
	}
	_ = nc.Close() // nothing is left to be said
}
