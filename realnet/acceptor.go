package realnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// closeOnDone closes conn when ctx ends, until the returned function is called.
func closeOnDone(ctx context.Context, conn net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { _ = conn.Close() })
}

// accept takes in connections of peers until the listener closes.
func (t *transport) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if t.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			t.warn.warn("accept", "can't accept a peer's connection", "reason", err)
			select { // out of file descriptors, say
			case <-time.After(reconnectFirst):
			case <-t.ctx.Done():
			}
			continue
		}
		if !t.admit(conn) {
			_ = conn.Close()
			continue
		}
		t.wg.Go(func() {
			t.receive(conn)
			t.forget(conn)
		})
	}
}

// admit counts a connection in, if there is room for it.
func (t *transport) admit(conn net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.incoming) >= t.cfg.Limits.PeerConnects {
		return false
	}
	t.incoming[conn] = struct{}{}
	return true
}

func (t *transport) forget(conn net.Conn) {
	_ = conn.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.incoming, conn)
	if i := slices.Index(t.current, conn); i >= 0 {
		t.current[i] = nil
	}
}

// install makes conn the one connection of its peer: an older one is half open.
func (t *transport) install(conn net.Conn, from core.Seat) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.current[from]; old != nil {
		_ = old.Close()
	}
	t.current[from] = conn
}

// receive serves one incoming connection: handshake, then frames.
func (t *transport) receive(conn net.Conn) {
	setSocketOptions(conn)
	from, err := t.welcome(conn)
	if err != nil {
		t.warn.warn("handshake"+err.Error(), "refused a connection to the messaging port",
			"remote", conn.RemoteAddr().String(), "reason", err)
		return
	}
	t.install(conn, from)
	t.peers[from].isUp()
	if err := t.read(conn, from); t.stats.countFrameError(err) {
		t.warn.warn("frame"+err.Error(), "dropped a peer's connection", "peer", t.peers[from].name, "reason", err)
	}
}

// welcome reads the hello and answers it.
func (t *transport) welcome(conn net.Conn) (core.Seat, error) {
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout))
	msg, first, err := readHandshake(conn)
	if err != nil {
		return 0, t.stranger(conn, first, err)
	}
	h, err := decodeHello(msg)
	if err != nil {
		t.stats.badHandshake.Add(1)
		return 0, err
	}
	from, reason := t.judge(h)
	version := agree(h)
	if reason != "" {
		version = 0
	}
	if _, err := conn.Write(appendWelcome(nil, version, reason)); err != nil {
		return 0, err
	}
	if reason != "" {
		t.stats.refused.Add(1)
		return 0, fmt.Errorf("hello from %q: %s", h.from, reason)
	}
	return from, conn.SetDeadline(time.Time{})
}

// judge finds the sender's seat, or the reason why it is refused.
func (t *transport) judge(h hello) (core.Seat, string) {
	if h.cluster != t.cfg.ClusterID {
		return 0, fmt.Sprintf("this node belongs to cluster %q, not to %q", t.cfg.ClusterID, h.cluster)
	}
	if h.to != t.cfg.Name {
		return 0, fmt.Sprintf("this node is %q, not %q: check ip and messaging_port", t.cfg.Name, h.to)
	}
	i := slices.IndexFunc(t.cfg.Nodes, func(n Node) bool { return n.Name == h.from })
	if i < 0 || core.Seat(i) == t.self {
		return 0, fmt.Sprintf("node %q is no peer in the configuration of %q", h.from, t.cfg.Name)
	}
	if agree(h) == 0 {
		return 0, fmt.Sprintf("this node speaks the peer protocol %d to %d, the other %d to %d",
			protocolOldest, frame.Version, h.oldest, h.newest)
	}
	return core.Seat(i), ""
}

// stranger counts a connection that isn't a peer's, and gives a hint if it is
// known what it wanted.
func (t *transport) stranger(conn net.Conn, first [4]byte, err error) error {
	what := foreignProtocol(first)
	if what == "" {
		t.stats.badHandshake.Add(1)
		return err
	}
	t.stats.foreign.Add(1)
	hint := fmt.Sprintf("this is the messaging port of arakoon node %q; clients use port %d",
		t.cfg.Name, t.cfg.Nodes[t.self].ClientPort)
	if what == "HTTP" {
		_, _ = fmt.Fprintf(conn, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\n",
			len(hint)+1, hint)
	}
	return fmt.Errorf("it speaks %s: %s", what, hint)
}

// read delivers what arrives, all messages of one read of the socket together.
func (t *transport) read(conn net.Conn, from core.Seat) error {
	fr := frame.NewReader(conn, frame.MaxBody)
	var envs []core.Envelope
	for {
		clear(envs)
		envs = envs[:0]
		size := 0
		for first := true; first || fr.Buffered(); first = false {
			b, err := fr.Next(frame.Version)
			if err != nil {
				return err
			}
			size += frame.HeaderSize + 1 + len(b)
			t.stats.framesIn.Add(1)
			if envs, err = frame.Envelopes(envs, b, from, t.self); err != nil {
				return err
			}
		}
		t.stats.bytesIn.Add(uint64(size))
		t.stats.messagesIn.Add(uint64(len(envs)))
		if len(envs) > 0 && !t.deliver(envs, size) {
			return nil
		}
	}
}
