package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// crowded is how many requests on each connection make a pool open another one.
const crowded = 24

// maxIdle is how many connections for calls that travel alone are kept.
const maxIdle = 4

// node is one node of the cluster, with the connections to it. Reads and updates
// have their own: a read must not wait behind an update on its way to the disks.
type node struct {
	client    *Client
	name      string
	addresses []string
	reads     pool
	updates   pool

	mu   sync.Mutex
	good int     // index of the address that worked last
	idle []*conn // for calls that travel alone
	all  []*conn // every one that has not ended
}

// pool is a set of connections of a kind, opened as the load asks for them.
type pool struct {
	node  *node
	stall stallRule

	mu    sync.Mutex
	conns []*conn
	dial  *dialing // under way
}

// dialing is one attempt to connect, for everybody who waits for it.
type dialing struct {
	done chan struct{}
	err  error
}

// get returns the connection with the least load, opening one if there is none,
// or another one in the background if all are crowded.
func (p *pool) get(ctx context.Context) (*conn, error) {
	for {
		best, dial := p.pick()
		if best != nil {
			return best, nil
		}
		if dial == nil {
			return nil, ErrClosed
		}
		select {
		case <-dial.done:
			if dial.err != nil {
				return nil, dial.err
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("connecting: %w", ctx.Err())
		}
	}
}

func (p *pool) pick() (*conn, *dialing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = slices.DeleteFunc(p.conns, func(c *conn) bool { return !c.usable() })
	var best *conn
	for _, c := range p.conns {
		if best == nil || c.load.Load() < best.load.Load() {
			best = c
		}
	}
	if p.dial == nil && (best == nil || best.load.Load() >= crowded && len(p.conns) < p.node.client.cfg.Connections) {
		p.open()
	}
	return best, p.dial
}

// open starts an attempt to connect. The caller holds mu.
func (p *pool) open() {
	d := &dialing{done: make(chan struct{})}
	started := p.node.client.task(func() {
		c, err := p.node.connect(p.node.client.ctx, p.stall)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.conns = append(p.conns, c)
		}
		d.err = err
		p.dial = nil
		close(d.done)
	})
	if started {
		p.dial = d
	}
}

// alone sends a request on a connection that carries nothing else meanwhile.
func (n *node) alone(ctx context.Context, op wire.Op, frame []byte) (wire.Reply, bool, error) {
	c, err := n.takeIdle(ctx)
	if err != nil {
		return wire.Reply{}, false, err
	}
	reply, sent, err := c.do(ctx, op, frame)
	n.mu.Lock()
	keep := err == nil && c.usable() && len(n.idle) < maxIdle
	if keep {
		n.idle = append(n.idle, c)
	}
	n.mu.Unlock()
	if !keep {
		c.end(errRetired)
	}
	return reply, sent, err
}

func (n *node) takeIdle(ctx context.Context) (*conn, error) {
	n.mu.Lock()
	for len(n.idle) > 0 {
		c := n.idle[len(n.idle)-1]
		n.idle = n.idle[:len(n.idle)-1]
		if c.usable() {
			n.mu.Unlock()
			return c, nil
		}
	}
	n.mu.Unlock()
	return n.connect(ctx, stallRetires)
}

// connect tries the node's addresses in turn, the last good one first.
func (n *node) connect(ctx context.Context, stall stallRule) (*conn, error) {
	n.mu.Lock()
	good := n.good
	n.mu.Unlock()
	var last error
	for i := range n.addresses {
		at := (good + i) % len(n.addresses)
		nc, err := n.dialOne(ctx, n.addresses[at])
		if err != nil {
			last = err
			continue
		}
		c := newConn(nc, n.name+" ("+n.addresses[at]+")", stall, n.client.cfg.StallTimeout)
		if err := n.adopt(c, at); err != nil {
			c.end(err)
			return nil, err
		}
		return c, nil
	}
	return nil, last
}

// adopt runs a connection until it ends.
func (n *node) adopt(c *conn, at int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	first := wire.AppendPrologue(nil, n.client.cfg.Cluster)
	if !n.client.task(func() { c.write(first) }) {
		return ErrClosed
	}
	if !n.client.task(func() { c.read(); n.forget(c) }) {
		return ErrClosed
	}
	n.good = at
	n.all = append(n.all, c)
	return nil
}

func (n *node) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = slices.DeleteFunc(n.all, func(o *conn) bool { return o == c })
}

func (n *node) dialOne(ctx context.Context, address string) (net.Conn, error) {
	cfg := &n.client.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.DialTimeout)
	defer cancel()
	defer context.AfterFunc(n.client.ctx, cancel)()
	nc, err := cfg.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if cfg.TLS == nil {
		return nc, nil
	}
	tc := tls.Client(nc, cfg.TLS)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = nc.Close() // the handshake's error says it all
		return nil, fmt.Errorf("TLS with %s: %w", address, err)
	}
	return tc, nil
}

// close ends all connections; the Client's context has ended before.
func (n *node) close() {
	n.mu.Lock()
	all := slices.Clone(n.all)
	n.mu.Unlock()
	for _, c := range all {
		c.end(ErrClosed)
	}
}
