package realnet

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// peer is the way to one other node: a queue of encoded frames, and a goroutine
// that keeps a connection and writes them.
type peer struct {
	t     *transport
	name  string
	addrs []string // tried in turn

	mu        sync.Mutex
	conn      net.Conn        // nil while there is none: what is sent then is dropped
	raw       syscall.RawConn // of conn, for writes that must not wait; may be nil
	buf       []byte          // frames to be written
	frame     int             // start of the frame being built in buf; -1: none
	inFrame   int             // messages in it
	spare     []byte          // a written buffer, for reuse
	writing   bool            // the writer has taken frames and not yet written them
	signalled bool
	closed    bool

	wake chan struct{} // capacity 1: frames are there, or the connection broke
	kick chan struct{} // capacity 1: the peer is up, dial now
}

const keepPeerBuffer = 1 << 20 // bytes of a written buffer worth keeping

func newPeer(t *transport, n *Node) *peer {
	return &peer{t: t, name: n.Name, addrs: n.addresses(n.PeerPort), frame: -1,
		wake: make(chan struct{}, 1), kick: make(chan struct{}, 1)}
}

// add encodes a message into the frame being built. Without a connection, or
// with too much waiting, it is dropped: an old message helps nobody.
func (p *peer) add(e *core.Envelope) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil || len(p.buf) > p.t.cfg.Limits.PeerQueue {
		p.t.stats.dropped.Add(1)
		return
	}
	if p.frame < 0 {
		p.frame = len(p.buf)
		p.buf = frame.Begin(p.buf, frame.Version)
	}
	at := len(p.buf)
	p.buf = frame.AppendEnvelope(p.buf, e)
	p.inFrame++
	size := len(p.buf) - p.frame
	if size-frame.HeaderSize > frame.MaxBody {
		p.buf = p.buf[:at]
		p.inFrame--
		p.t.stats.dropped.Add(1)
		p.t.warn.warn("too long", "message to a peer is longer than a frame", "peer", p.name, "bytes", size)
	}
	if size > frame.Soft {
		p.endFrame()
	}
}

// endFrame completes the frame being built. The caller holds mu.
func (p *peer) endFrame() {
	if p.frame >= 0 && p.inFrame == 0 {
		p.buf = p.buf[:p.frame]
	} else if p.frame >= 0 {
		frame.End(p.buf, p.frame)
		p.t.stats.framesOut.Add(1)
		p.t.stats.messagesOut.Add(uint64(p.inFrame))
	}
	p.frame, p.inFrame = -1, 0
}

// flush completes the frame being built and sees to it that it is written: here
// and now, as far as the socket takes it without waiting, which saves a change of
// goroutines on the way of every vote; the rest by the writer.
func (p *peer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endFrame()
	if !p.writing && p.raw != nil && len(p.buf) > 0 && len(p.buf) <= directWrite {
		p.writeNow()
	}
	if len(p.buf) > 0 {
		p.signal()
	}
}

// directWrite is how many bytes may be written without the writer: the copying of
// more would keep the loop too long.
const directWrite = 64 << 10

// writeNow writes what the socket takes at once. The caller holds mu, and nobody
// else is writing. An error is left for the writer to find.
func (p *peer) writeNow() {
	n := 0
	_ = p.raw.Write(func(fd uintptr) bool { // an error means that the connection is closed
		n, _ = syscall.Write(int(fd), p.buf) // as above, or the socket is full
		return true
	})
	if n > 0 {
		p.t.stats.bytesOut.Add(uint64(n))
		p.buf = p.buf[:copy(p.buf, p.buf[n:])]
	}
}

// signal wakes the writer. The caller holds mu.
func (p *peer) signal() {
	if !p.signalled {
		p.signalled = true
		p.wake <- struct{}{}
	}
}

// run keeps a connection to the peer until the transport closes.
func (p *peer) run() {
	wait := reconnectFirst
	for attempt := 0; p.t.ctx.Err() == nil; attempt++ {
		conn, err := p.dial(p.addrs[attempt%len(p.addrs)])
		if err == nil {
			wait = reconnectFirst
			err = p.serve(conn)
		}
		if p.t.ctx.Err() != nil {
			return
		}
		p.t.warn.warn(p.name+err.Error(), "no connection to a peer", "peer", p.name, "reason", err)
		p.pause(wait)
		wait = min(2*wait, reconnectCap)
	}
}

// pause waits about d, or until the peer shows that it is up.
func (p *peer) pause(d time.Duration) {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.kick:
	case <-p.t.ctx.Done():
	}
}

// isUp says that the peer was heard of, so that a pause ends.
func (p *peer) isUp() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// dial connects and shakes hands.
func (p *peer) dial(addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(p.t.ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	setSocketOptions(conn)
	if err := p.greet(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (p *peer) greet(conn net.Conn) error {
	stop := closeOnDone(p.t.ctx, conn)
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout))
	h := hello{oldest: protocolOldest, newest: frame.Version,
		cluster: p.t.cfg.ClusterID, from: p.t.cfg.Name, to: p.name}
	if _, err := conn.Write(appendHello(nil, h)); err != nil {
		return err
	}
	msg, first, err := readHandshake(conn)
	if err != nil {
		if what := foreignProtocol(first); what != "" {
			return fmt.Errorf("%w: %s speaks %s: is it the messaging port?", errHandshake, conn.RemoteAddr(), what)
		}
		return fmt.Errorf("handshake: %w", err)
	}
	version, reason, err := decodeWelcome(msg)
	switch {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("%w: %s", errRefused, reason)
	case version != frame.Version:
		return fmt.Errorf("%w: it chose version %d", errHandshake, version)
	}
	return conn.SetDeadline(time.Time{})
}

// serve writes what is queued until the connection breaks.
func (p *peer) serve(conn net.Conn) error {
	broken := make(chan error, 1)
	p.t.wg.Go(func() { // the peer says nothing here: a byte or an end is an end
		var b [1]byte
		_, err := conn.Read(b[:])
		if err == nil {
			err = fmt.Errorf("%w: bytes where none belong", frame.ErrMessage)
		}
		broken <- err
		p.nudge()
	})
	if !p.attach(conn) {
		_ = conn.Close()
		return net.ErrClosed
	}
	p.t.log.Info("connected to a peer", "peer", p.name, "address", conn.RemoteAddr().String())
	err := p.write(conn, broken)
	p.detach()
	_ = conn.Close()
	return err
}

func (p *peer) write(conn net.Conn, broken <-chan error) error {
	for {
		select {
		case <-p.wake:
		case err := <-broken:
			return endOf(err)
		}
		b := p.take()
		if len(b) == 0 {
			continue
		}
		if _, err := conn.Write(b); err != nil {
			return endOf(err)
		}
		p.t.stats.bytesOut.Add(uint64(len(b)))
		p.written(b)
	}
}

// endOf says in words that the other side closed.
func endOf(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the peer closed the connection")
	}
	return err
}

// attach makes conn the connection that messages are queued for.
func (p *peer) attach(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.conn, p.writing = conn, false
	if tc, ok := conn.(*net.TCPConn); ok {
		p.raw, _ = tc.SyscallConn() // nil: then the writer writes everything
	}
	return true
}

// detach drops what was queued for a connection that is gone.
func (p *peer) detach() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn, p.raw = nil, nil
	p.buf, p.frame, p.inFrame = nil, -1, 0
}

// take returns the frames that wait, or nothing while one is being built: flush
// comes then, and wakes the writer again.
func (p *peer) take() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signalled = false
	if p.frame >= 0 {
		return nil
	}
	b := p.buf
	p.buf, p.spare = p.spare[:0], nil
	p.writing = len(b) > 0
	return b
}

// written takes a buffer back that was written.
func (p *peer) written(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writing = false
	if cap(b) <= keepPeerBuffer {
		p.spare = b[:0]
	}
}

func (p *peer) nudge() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signal()
}

func (p *peer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

// connected reports whether messages have somewhere to go.
func (p *peer) connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn != nil
}
