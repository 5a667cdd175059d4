package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// The pauses between attempts: none, then doubling from the least to the most,
// each with a jitter of half of it.
const (
	leastPause = 20 * time.Millisecond
	mostPause  = time.Second
)

// pause waits before attempt number n (from 0), or until the call must end.
func (c *Client) pause(ctx context.Context, n int) error {
	if n == 0 {
		return ctx.Err()
	}
	d := min(leastPause<<min(n-1, 10), mostPause)
	d = d/2 + time.Duration(rand.Int64N(int64(d)))
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ctx.Done():
		return ErrClosed
	}
}

// request is one call's request, encoded.
type request struct {
	op     wire.Op
	key    string
	frame  []byte
	update bool
	alone  bool // its failure closes the connection: nothing else may travel with it
}

func (r *request) send(ctx context.Context, n *node) (reply wire.Reply, at string, sent bool, err error) {
	if r.alone {
		reply, sent, err = n.alone(ctx, r.op, r.frame)
		return reply, n.name, sent, err
	}
	p := &n.reads
	if r.update {
		p = &n.updates
	}
	conn, err := p.get(ctx)
	if err != nil {
		return reply, n.name, false, err
	}
	reply, sent, err = conn.do(ctx, r.op, r.frame)
	return reply, conn.at, sent, err
}

// onMaster sends r to the master, wherever it is, until it is answered, can't be
// repeated, or the context ends.
func (c *Client) onMaster(ctx context.Context, r request) (wire.Reply, error) {
	s := story{op: r.op.String(), key: r.key}
	for n := 0; ; n++ {
		if err := c.pause(ctx, n/2); err != nil { // the first hint is followed at once
			return wire.Reply{}, c.giveUp(&s, ErrNoMaster, err)
		}
		m, err := c.master(ctx, &s)
		if err != nil {
			return wire.Reply{}, c.giveUp(&s, ErrNoMaster, err)
		}
		if m == nil {
			continue
		}
		s.attempts++
		reply, at, sent, err := r.send(ctx, m)
		switch {
		case err == nil && reply.Err == nil:
			return reply, nil
		case err == nil && repeats(reply.Err.Code, r.update):
			s.note(at, reply.Err)
			c.follow(m, reply.Err)
		case err == nil:
			return reply, s.refused(at, reply.Err)
		case sent && r.update:
			return reply, c.giveUp(&s, ErrOutcomeUnknown, fmt.Errorf("%s: %w", at, err))
		default:
			s.note(at, err)
			if !errors.Is(err, errRetired) {
				c.finder.forget(m)
			}
		}
	}
}

// repeats reports whether a request that was answered with code may be sent
// again, here or elsewhere: the node did nothing, or it was a read.
func repeats(code command.Code, update bool) bool {
	switch code {
	case command.CodeNotMaster, command.CodeMaxConnections:
		return true
	case command.CodeGoingDown, command.CodeNoLongerMaster:
		return !update
	default:
		return false
	}
}

// follow goes where a node that refused points to.
func (c *Client) follow(from *node, e *command.Error) {
	if e.Code == command.CodeMaxConnections {
		return // too busy: the same node is asked again
	}
	c.finder.forget(from)
	if to := c.byName[e.Message]; to != nil && to != from {
		c.finder.hint(to)
	}
}

// master returns the master as far as known, or asks for it once. Neither a node
// nor an error: there is none now.
func (c *Client) master(ctx context.Context, s *story) (*node, error) {
	if m := c.finder.known(); m != nil {
		return m, nil
	}
	round, err := c.finder.ask(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range round.failures {
		s.note(f.Endpoint, f.Err)
	}
	return round.master, nil
}

// onAny sends a read to one node after another, the one that served last first.
// Nodes that are not fresh enough are asked once each.
func (c *Client) onAny(ctx context.Context, r request) (wire.Reply, error) {
	s := story{op: r.op.String(), key: r.key}
	for n := 0; ; n++ {
		if err := c.pause(ctx, n); err != nil {
			return wire.Reply{}, c.giveUp(&s, ErrUnavailable, err)
		}
		var stale error
		for i := range c.nodes {
			nd := c.localNode(i)
			s.attempts++
			reply, at, _, err := r.send(ctx, nd)
			switch {
			case err == nil && reply.Err == nil:
				c.local.Store(nd)
				return reply, nil
			case err == nil && reply.Err.Code == command.CodeInconsistentRead:
				stale = s.refused(at, reply.Err)
			case err == nil && !repeats(reply.Err.Code, false):
				return reply, s.refused(at, reply.Err)
			case err == nil:
				s.note(at, reply.Err)
			default:
				s.note(at, err)
			}
			if ctx.Err() != nil {
				break
			}
		}
		if stale != nil {
			return wire.Reply{}, stale
		}
	}
}

// localNode is the i-th node to ask for a read that needs no master.
func (c *Client) localNode(i int) *node {
	first := c.local.Load()
	if first == nil {
		first = c.nodes[rand.IntN(len(c.nodes))]
		if !c.local.CompareAndSwap(nil, first) {
			first = c.local.Load()
		}
	}
	for at, n := range c.nodes {
		if n == first {
			return c.nodes[(at+i)%len(c.nodes)]
		}
	}
	return first
}

// on sends r to one node and nowhere else.
func (c *Client) on(ctx context.Context, name string, r request) (wire.Reply, error) {
	s := story{op: r.op.String()}
	n := c.byName[name]
	if n == nil {
		return wire.Reply{}, s.fail(ErrUnknownNode, fmt.Errorf("node %q", name))
	}
	for {
		s.attempts++
		reply, at, _, err := r.send(ctx, n)
		switch {
		case err == nil && reply.Err == nil:
			return reply, nil
		case err == nil:
			return reply, s.refused(at, reply.Err)
		case errors.Is(err, errRetired) && s.attempts < 10:
		default:
			s.note(at, err)
			return reply, c.giveUp(&s, ErrUnavailable, ctx.Err())
		}
	}
}

// giveUp ends a call; one whose Client was closed says so.
func (c *Client) giveUp(s *story, kind, cause error) error {
	if c.ctx.Err() != nil {
		if kind == ErrOutcomeUnknown {
			return s.fail(kind, ErrClosed)
		}
		return s.fail(ErrClosed, nil)
	}
	return s.fail(kind, cause)
}
