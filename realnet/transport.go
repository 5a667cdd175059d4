package realnet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// Times of the peer transport.
const (
	dialTimeout       = 2 * time.Second       // for a connection to be made
	handshakeTimeout  = 5 * time.Second       // for hello and welcome
	reconnectFirst    = 20 * time.Millisecond // wait after the first failure; doubles
	reconnectCap      = time.Second           // and stays below this
	peerUserTimeout   = 10 * time.Second      // unacknowledged bytes mean a dead peer
	peerKeepIdle      = 5 * time.Second       // silence before the first probe
	peerKeepInterval  = 2 * time.Second
	peerKeepCount     = 3
	repeatWarning     = 10 * time.Second // one warning per reason and this time
	maxWarningReasons = 256
)

// transport carries envelopes between this node and its peers: per peer one
// connection dialled by us, to send, and one dialled by it, to receive.
type transport struct {
	cfg     *Config
	self    core.Seat
	deliver func(envs []core.Envelope, size int) bool // may block; false: stopped
	log     *slog.Logger
	warn    *warnings

	peers     []*peer // by seat; nil for the own seat
	ctx       context.Context
	cancel    context.CancelFunc
	listeners []net.Listener
	wg        sync.WaitGroup
	stats     transportStats

	mu       sync.Mutex
	incoming map[net.Conn]struct{} // all that are open
	current  []net.Conn            // by seat: the one that is read from
	closed   bool
}

// transportStats count since the start.
type transportStats struct {
	framesIn, framesOut, bytesIn, bytesOut atomic.Uint64
	messagesIn, messagesOut, dropped       atomic.Uint64
	badLength, badCRC, badVersion          atomic.Uint64
	badMessage, badAddress                 atomic.Uint64
	badHandshake, refused, foreign         atomic.Uint64
}

// snapshot names the counters for the status page.
func (s *transportStats) snapshot() map[string]uint64 {
	return map[string]uint64{
		"frames_in": s.framesIn.Load(), "frames_out": s.framesOut.Load(),
		"bytes_in": s.bytesIn.Load(), "bytes_out": s.bytesOut.Load(),
		"messages_in": s.messagesIn.Load(), "messages_out": s.messagesOut.Load(),
		"dropped": s.dropped.Load(), "bad_length": s.badLength.Load(), "bad_crc": s.badCRC.Load(),
		"bad_version": s.badVersion.Load(), "bad_message": s.badMessage.Load(),
		"bad_address": s.badAddress.Load(), "bad_handshake": s.badHandshake.Load(),
		"refused": s.refused.Load(), "foreign_protocol": s.foreign.Load(),
	}
}

// countFrameError counts what is wrong with a peer's bytes; false: it is not
// that, but an end of the connection.
func (s *transportStats) countFrameError(err error) bool {
	for _, c := range []struct {
		err   error
		count *atomic.Uint64
	}{
		{frame.ErrLength, &s.badLength}, {frame.ErrCRC, &s.badCRC}, {frame.ErrVersion, &s.badVersion},
		{frame.ErrMessage, &s.badMessage}, {core.ErrEnvelope, &s.badMessage}, {frame.ErrAddress, &s.badAddress},
	} {
		if errors.Is(err, c.err) {
			c.count.Add(1)
			return true
		}
	}
	return false
}

// startTransport listens, dials the peers and returns at once.
func startTransport(cfg *Config, listeners []net.Listener, deliver func([]core.Envelope, int) bool) *transport {
	t := &transport{cfg: cfg, self: core.Seat(cfg.self()), deliver: deliver, log: cfg.Log,
		warn: newWarnings(cfg.Log), listeners: listeners,
		peers: make([]*peer, len(cfg.Nodes)), current: make([]net.Conn, len(cfg.Nodes)),
		incoming: make(map[net.Conn]struct{})}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	for i := range cfg.Nodes {
		if core.Seat(i) == t.self {
			continue
		}
		n := &cfg.Nodes[i]
		t.peers[i] = newPeer(t, n)
		t.wg.Go(t.peers[i].run)
	}
	for _, l := range listeners {
		t.wg.Go(func() { t.accept(l) })
	}
	return t
}

// send queues messages for the peers that they are addressed to, those of one
// peer in one frame as far as it goes. It never blocks.
func (t *transport) send(envs []core.Envelope) {
	var touched core.SeatSet
	for i := range envs {
		e := &envs[i]
		if int(e.To) >= len(t.peers) || t.peers[e.To] == nil {
			panic(fmt.Sprintf("realnet: message to seat %d of %d", e.To, len(t.peers)))
		}
		t.peers[e.To].add(e)
		touched = touched.With(e.To)
	}
	for seat, p := range t.peers {
		if touched.Has(core.Seat(seat)) {
			p.flush()
		}
	}
}

// close ends every connection and waits for its goroutines.
func (t *transport) close() {
	t.cancel()
	for _, l := range t.listeners {
		_ = l.Close()
	}
	t.mu.Lock()
	t.closed = true
	for c := range t.incoming {
		_ = c.Close()
	}
	t.mu.Unlock()
	for _, p := range t.peers {
		if p != nil {
			p.close()
		}
	}
	t.wg.Wait()
}

// setSocketOptions makes a dead or stopped peer noticed. Go sets TCP_NODELAY.
func setSocketOptions(c net.Conn) {
	tc, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	_ = tc.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true,
		Idle: peerKeepIdle, Interval: peerKeepInterval, Count: peerKeepCount})
	if raw, err := tc.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(peerUserTimeout.Milliseconds()))
		})
	}
}

// warnings logs a reason once per repeatWarning, so that a stranger who comes
// back every second doesn't fill the log.
type warnings struct {
	log  *slog.Logger
	mu   sync.Mutex
	last map[string]time.Time
}

func newWarnings(log *slog.Logger) *warnings {
	return &warnings{log: log, last: make(map[string]time.Time)}
}

// warn logs msg unless the same key was logged a moment ago.
func (w *warnings) warn(key, msg string, args ...any) {
	w.mu.Lock()
	now := time.Now()
	seen, ok := w.last[key]
	if ok && now.Sub(seen) < repeatWarning {
		w.mu.Unlock()
		return
	}
	if len(w.last) >= maxWarningReasons {
		clear(w.last)
	}
	w.last[key] = now
	w.mu.Unlock()
	w.log.Warn(msg, args...)
}
