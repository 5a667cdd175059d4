package client

import (
	"context"
	"errors"
	"sync"

	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// finder finds the master by asking all nodes at once who it is. It believes a
// node that names itself, as Arakoon's own clients do; a node that names another
// one is only a hint, for the other one is asked as well.
type finder struct {
	client *Client

	mu     sync.Mutex
	master *node  // as far as known
	round  *round // under way
}

// round is one question to all nodes, for everybody who waits for its end.
type round struct {
	done     chan struct{} // closed when the fields below are set
	master   *node
	failures []Failure
}

// known returns the master without asking anybody.
func (f *finder) known() *node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.master
}

// forget drops what is known, if it is still n.
func (f *finder) forget(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.master == n {
		f.master = nil
	}
}

// hint notes that a node names n as the master.
func (f *finder) hint(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.master = n
}

// ask joins the round under way, or begins one, and waits for its end.
func (f *finder) ask(ctx context.Context) (*round, error) {
	f.mu.Lock()
	r := f.round
	if r == nil {
		r = &round{done: make(chan struct{})}
		if !f.client.task(func() { f.run(r) }) {
			f.mu.Unlock()
			return nil, ErrClosed
		}
		f.round = r
	}
	f.mu.Unlock()
	select {
	case <-r.done:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// claim is what a node answered.
type claim struct {
	node   *node
	at     string
	master string
	err    error
}

func (f *finder) run(r *round) {
	nodes := f.client.nodes
	ctx, cancel := context.WithTimeout(f.client.ctx, 2*f.client.cfg.DialTimeout)
	defer cancel()
	claims := make(chan claim, len(nodes))
	for _, n := range nodes {
		if !f.client.task(func() { claims <- n.whoMaster(ctx) }) {
			claims <- claim{node: n, at: n.name, err: ErrClosed}
		}
	}
	for range nodes {
		c := <-claims
		switch {
		case c.err != nil:
			r.failures = append(r.failures, Failure{c.at, c.err})
		case c.master == c.node.name:
			r.master = c.node
		case c.master == "":
			r.failures = append(r.failures, Failure{c.at, errNoMasterKnown})
		default:
			r.failures = append(r.failures, Failure{c.at, elsewhere(c.master)})
		}
		if r.master != nil {
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.master = r.master
	f.round = nil
	close(r.done)
}

// whoMaster asks one node; no answer in time breaks the connection.
func (n *node) whoMaster(ctx context.Context) claim {
	answer := claim{node: n, at: n.name}
	c, err := n.reads.get(ctx)
	if err != nil {
		answer.err = err
		return answer
	}
	answer.at = c.at
	ctx, cancel := context.WithTimeout(ctx, n.client.cfg.DialTimeout)
	defer cancel()
	reply, _, err := c.do(ctx, wire.OpWhoMaster, wire.AppendCommand(nil, wire.OpWhoMaster))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		answer.err = errStalled
		c.end(errStalled)
	case err != nil:
		answer.err = err
	case reply.Err != nil:
		answer.err = reply.Err
	default:
		answer.master = string(reply.Option.Bytes)
	}
	return answer
}

var errNoMasterKnown = errors.New("knows no master")

// elsewhere is what a node says that names another one as the master.
type elsewhere string

func (e elsewhere) Error() string { return "says that the master is " + string(e) }
