package realnet

import (
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Server is one running node.
type Server struct {
	cfg     Config
	replica *replica.Replica
	store   *kvstore.Store
	loop    *loop
	mail    *mailbox
	workers *workers
	peers   *transport
	service *service
	admin   *admin

	storeDisk disk.Disk
	storeLock disk.Unlocker // nil: the log's is enough
	backups   atomic.Uint64 // numbers the copies

	clientAddrs, peerAddrs []net.Addr

	stopOnce sync.Once
	done     chan struct{} // closed when everything has stopped
	err      error         // why; set before done is closed
}

// Start recovers the node's log, listens, and returns a running Server. It fails
// if the configuration is wrong, the log is refused or in use by another process,
// or an address is taken.
func Start(cfg Config) (*Server, error) {
	if err := cfg.prepare(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, done: make(chan struct{}), mail: newMailbox(cfg.Limits)}
	ls, err := s.listen()
	if err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		ls.close()
		return nil, err
	}
	s.start(ls)
	return s, nil
}

// open recovers the log and the state machine.
func (s *Server) open() (err error) {
	log, err := s.cfg.logDisk()
	if err != nil {
		return err
	}
	if s.storeDisk, s.storeLock, err = s.cfg.openStoreDisk(); err != nil {
		return err
	}
	if s.store, err = s.openStore(); err == nil {
		s.replica, err = s.openReplica(log)
	}
	if err != nil {
		s.unlock()
		return err
	}
	for _, line := range s.replica.Recovery() {
		s.cfg.Log.Info("log opened", "node", s.cfg.Name, "found", line)
	}
	return nil
}

// unlock gives the directory of the store up.
func (s *Server) unlock() {
	if s.storeLock != nil {
		_ = s.storeLock.Unlock() // nothing was written through it
	}
}

// openStore opens the store at its newest checkpoint.
func (s *Server) openStore() (*kvstore.Store, error) {
	if err := removeCopies(s.storeDisk, s.cfg.StoreFile); err != nil {
		return nil, err
	}
	store, err := kvstore.Open(kvstore.Options{Disk: s.storeDisk, Path: s.cfg.StoreFile, Cache: tree.NewCache(s.cfg.CacheBytes),
		Functions: s.cfg.Functions, FreezeEntries: uint64(s.cfg.CheckpointEntries), FreezeBytes: uint64(s.cfg.CheckpointBytes)})
	if err != nil {
		return nil, fmt.Errorf("realnet: store %s: %w", s.cfg.StoreFile, err)
	}
	return store, nil
}

func (s *Server) openReplica(log disk.Disk) (*replica.Replica, error) {
	var seed [8]byte
	random(seed[:])
	segment := s.cfg.SegmentBytes
	orDefault64(&segment, replica.DefaultSegmentBytes)
	r, err := replica.Open(replica.Config{
		Core: s.cfg.coreConfig(binary.LittleEndian.Uint64(seed[:])), Dir: ".",
		SegmentBytes: segment, MaxEntries: s.cfg.SegmentEntries, Preallocate: preallocate,
		Compress: !s.cfg.NoCompression, Reserve: reserveSegments * segment,
		Retention:        tlog.Retention{Bytes: s.cfg.RetentionBytes, Entries: s.cfg.RetentionEntries},
		CheckpointPeriod: s.cfg.CheckpointPeriod, ReadOnly: s.cfg.ReadOnly, Rand: random,
	}, log, s.store, bootClock())
	if err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	return r, nil
}

// preallocate is how far ahead of use segments are filled with zeros, in bytes: a
// sync that need not extend the file is a third faster.
const preallocate = 4 << 20

// reserveSegments is how many segments' worth of disk the log keeps in reserve.
const reserveSegments = 2

// random fills b from the system's generator, which can't fail on Linux.
func random(b []byte) { _, _ = crand.Read(b) }

// start sets everything going.
func (s *Server) start(ls *listeners) {
	s.clientAddrs, s.peerAddrs = addrsOf(ls.client), addrsOf(ls.peer)
	s.workers = startWorkers(s.mail.putFinished)
	s.loop = newLoop(s.replica, s.mail, s.workers, bootClock, s.cfg.Log)
	s.peers = startTransport(&s.cfg, ls.peer, s.mail.putPeers)
	s.loop.store = s.store
	s.loop.send = s.peers.send
	s.loop.answer = deliverAnswers
	s.service = startService(s, ls.client)
	if len(ls.admin) > 0 {
		s.admin = startAdmin(s, ls.admin[0])
	}
	s.cfg.Log.Info("node started", "node", s.cfg.Name, "cluster", s.cfg.ClusterID,
		"clients", fmt.Sprint(s.clientAddrs), "peers", fmt.Sprint(s.peerAddrs), "lease", s.cfg.LeasePeriod)
	go func() {
		s.finish(s.loop.run())
	}()
}

// finish stops everything once the loop has ended, with the reason of that.
func (s *Server) finish(cause error) {
	s.mail.stop()
	if cause != nil {
		s.cfg.Log.Error("node stops: it can no longer keep its promises", "node", s.cfg.Name, "reason", cause)
	}
	s.peers.close() // nothing may be said any more
	s.service.close()
	if s.admin != nil {
		s.admin.close()
	}
	s.workers.stop()
	s.loop.takeBack()
	s.err = errors.Join(cause, s.replica.Close())
	s.unlock()
	s.cfg.Log.Info("node stopped", "node", s.cfg.Name)
	close(s.done)
}

// Close stops the node cleanly and waits until nothing of it runs: a job on the
// disk ends first; whoever waits for an answer loses the connection. It returns
// what Err returns.
func (s *Server) Close() error {
	s.stopOnce.Do(s.mail.stop)
	<-s.done
	return s.err
}

// Done is closed when the node has stopped, by Close or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says, once Done is closed, why the node stopped by itself: a failed sync,
// or a state that must not be. nil after a Close.
func (s *Server) Err() error { return s.err }

// ClientAddrs are the addresses on which clients are served.
func (s *Server) ClientAddrs() []net.Addr { return s.clientAddrs }

// PeerAddrs are the addresses on which peers are listened to.
func (s *Server) PeerAddrs() []net.Addr { return s.peerAddrs }

// AdminAddr is the address of the admin listener, nil without one.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.addr
}

// What the client service asks of the loop.

// submit hands over a connection's calls, all or none of them: ErrBusy when too
// many wait.
func (s *Server) submit(calls []*call) error { return s.mail.putCalls(calls) }

// reads is the published pair for readers on any goroutine.
func (s *Server) reads() *replica.ReadView { return s.replica.Reads() }

// clock is the node's clock, as the core's lease ends mean it.
func (s *Server) clock() core.Instant { return bootClock() }

// status is the newest published status, at most statusEvery old in a busy node.
func (s *Server) status() replica.Status { return *s.loop.published.Load() }
