package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// Why a connection ended, as far as the Client decides it.
var (
	errStalled = errors.New("no answer within the stall time-out")
	errRefused = errors.New("the node refused the request before this one on the same connection")
	errRetired = errors.New("the connection takes no more requests")
	errLost    = errors.New("the node closed the connection")
)

// stallRule says what becomes of a connection whose node is silent while
// requests wait.
type stallRule uint8

const (
	stallBreaks  stallRule = iota // reads: close it, its requests are repeated elsewhere
	stallRetires                  // updates: send no more, but wait for the answers
)

// writeTimeout bounds one write: a node that takes nothing for so long is lost.
const writeTimeout = 30 * time.Second

// call is one request on its way.
type call struct {
	op    wire.Op
	frame []byte
	done  chan struct{} // closed when the fields below are set

	reply wire.Reply
	err   error // no answer came
	// sent: it left, so an update without an answer may have been executed.
	sent      bool
	abandoned bool // nobody waits for it; conn.mu
}

// conn is a connection on which requests are pipelined: a node answers those of
// one connection in order. What waits is written together.
type conn struct {
	nc    net.Conn
	at    string // node and address, for errors
	stall stallRule
	quiet time.Duration // the stall time-out
	load  atomic.Int32  // requests without an answer

	mu       sync.Mutex
	queue    []*call // not written yet
	sent     []*call // written, in order
	waiting  int     // of sent, those whose caller still waits
	answered bool    // the node has answered something
	err      error   // set: takes no more requests
	broken   bool    // can't be written to
	ended    bool
	wake     chan struct{} // capacity 1: there is something in queue
	over     chan struct{} // closed when the connection has ended
}

// newConn makes a connection of nc; the caller runs read and write.
func newConn(nc net.Conn, at string, stall stallRule, quiet time.Duration) *conn {
	return &conn{nc: nc, at: at, stall: stall, quiet: quiet,
		wake: make(chan struct{}, 1), over: make(chan struct{})}
}

// do sends a request and waits for its answer. If err is not nil no answer came,
// and sent says whether the request may have been executed.
func (c *conn) do(ctx context.Context, op wire.Op, frame []byte) (reply wire.Reply, sent bool, err error) {
	k := &call{op: op, frame: frame, done: make(chan struct{})}
	if err := c.enqueue(k); err != nil {
		return reply, false, err
	}
	select {
	case <-k.done:
		return k.reply, k.sent, k.err
	case <-ctx.Done():
		return reply, c.abandon(k), ctx.Err()
	}
}

func (c *conn) enqueue(k *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.queue = append(c.queue, k)
	c.load.Add(1)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// usable reports whether the connection takes requests.
func (c *conn) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err == nil
}

// abandon gives up waiting and reports whether the request has left.
func (c *conn) abandon(k *call) bool {
	c.mu.Lock()
	if i := slices.Index(c.queue, k); i >= 0 {
		c.queue = slices.Delete(c.queue, i, i+1)
		c.load.Add(-1)
		c.mu.Unlock()
		return false
	}
	if !k.abandoned {
		k.abandoned = true
		c.waiting--
	}
	idle := c.idle()
	c.mu.Unlock()
	if idle {
		c.end(errRetired)
	}
	select {
	case <-k.done: // it ended meanwhile; the context still counts
		return k.sent
	default:
		return true
	}
}

// idle reports whether nobody needs the connection any more. The caller holds mu.
func (c *conn) idle() bool { return c.err != nil && c.waiting <= 0 && len(c.queue) == 0 }

// write writes what is queued, with first before it, until the connection ends.
func (c *conn) write(first []byte) {
	buf := first
	for {
		select {
		case <-c.wake:
		case <-c.over:
			return
		}
		buf = c.takeQueue(buf)
		_ = c.nc.SetWriteDeadline(time.Now().Add(writeTimeout)) // an error shows at the write
		if _, err := c.nc.Write(buf); err != nil {
			c.breakOff(fmt.Errorf("writing: %w", err))
			return
		}
		if buf = buf[:0]; cap(buf) > 1<<20 {
			buf = nil
		}
	}
}

// breakOff takes no more requests after a failed write. The reader ends the
// connection: the node's last answer, which says why, may be there to be read.
func (c *conn) breakOff(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
	if c.err == nil {
		c.err = err
	}
	c.expect(c.quiet)
}

// takeQueue moves what is queued to sent, before it is written: an answer may be
// there sooner than the write returns.
func (c *conn) takeQueue(buf []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return buf
	}
	if len(c.sent) == 0 && len(c.queue) > 0 {
		c.expect(c.quiet)
	}
	for i, k := range c.queue {
		buf = append(buf, k.frame...)
		k.frame = nil
		k.sent = true
		c.sent = append(c.sent, k)
		c.queue[i] = nil
	}
	c.waiting += len(c.queue)
	c.queue = c.queue[:0]
	return buf
}

// expect bounds the wait for the next bytes; 0: no bound. The caller holds mu.
func (c *conn) expect(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	_ = c.nc.SetReadDeadline(at) // an error shows at the read
}

// Read makes the conn the reader of its own buffer: while a request waits, the
// node may be silent for the stall time-out, counted from its last bytes.
func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if c.broken || len(c.sent) > 0 && c.err == nil {
		c.expect(c.quiet)
	} else {
		c.expect(0)
	}
	c.mu.Unlock()
	return c.nc.Read(p)
}

// read takes answers until the connection ends.
func (c *conn) read() {
	r := bufio.NewReaderSize(c, 32<<10)
	for {
		if _, err := r.Peek(1); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				if c.retire() {
					continue
				}
				c.end(errStalled)
			} else {
				c.end(errLost)
			}
			return
		}
		k := c.head()
		if k == nil {
			c.unasked(r)
			return
		}
		reply, err := wire.ReadReply(r, k.op)
		if err != nil {
			c.end(fmt.Errorf("reading an answer: %w", err))
			return
		}
		if !c.deliver(k, reply) {
			return
		}
	}
}

// retire lets a silent connection keep its requests but get no more; false if
// its rule is to break.
func (c *conn) retire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stall == stallBreaks || c.broken || c.ended {
		return false
	}
	c.err = errStalled
	return !c.idle()
}

// head is the request that the next answer is for.
func (c *conn) head() *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sent) == 0 {
		return nil
	}
	return c.sent[0]
}

// unasked ends a connection on which the node says something that is no answer.
func (c *conn) unasked(r *bufio.Reader) {
	reply, err := wire.ReadReply(r, wire.OpNop)
	switch {
	case err != nil:
		c.end(fmt.Errorf("reading what was not asked for: %w", err))
	case reply.Err != nil:
		c.end(fmt.Errorf("the node said: %w", reply.Err))
	default:
		c.end(errors.New("an answer that was not asked for"))
	}
}

// deliver gives the head its answer; false if the connection ends with it.
func (c *conn) deliver(k *call, reply wire.Reply) bool {
	c.mu.Lock()
	if len(c.sent) == 0 || c.sent[0] != k { // the connection ended meanwhile
		c.mu.Unlock()
		return false
	}
	c.sent[0] = nil
	c.sent = c.sent[1:]
	c.load.Add(-1)
	if !k.abandoned {
		c.waiting--
	}
	first := !c.answered
	c.answered = true
	closes := reply.Err != nil && wire.Closes(reply.Err.Code)
	if closes && c.err == nil {
		c.err = errRetired
	}
	idle := c.idle()
	c.mu.Unlock()

	k.reply = reply
	refused := closes && refusal(reply.Err.Code, first)
	if refused && reply.Err.Code == command.CodeGoingDown {
		k.err, k.sent = reply.Err, false // said before it looked at the request
	}
	close(k.done)
	switch {
	case refused:
		c.end(errRefused)
	case closes:
		c.end(errLost)
	case idle:
		c.end(errRetired)
	default:
		return true
	}
	return false
}

// refusal reports whether a node that answers with code has executed neither
// that request nor any sent behind it on the same connection. An Arakoon node
// takes the requests of a connection one by one and stops at such an answer;
// ours queues them together and keeps the same promise.
func refusal(code command.Code, first bool) bool {
	return code == command.CodeNotMaster || code == command.CodeMaxConnections ||
		code == command.CodeGoingDown && first
}

// end closes the connection and fails every request on it.
func (c *conn) end(err error) {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	c.ended = true
	if c.err == nil || err == errRefused {
		c.err = err
	}
	sent, queue := c.sent, c.queue
	c.sent, c.queue = nil, nil
	close(c.over)
	c.mu.Unlock()
	_ = c.nc.Close() // nothing is left to be said
	for _, k := range sent {
		k.err = err
		k.sent = err != errRefused
		close(k.done)
	}
	for _, k := range queue {
		k.err = err
		close(k.done)
	}
	c.load.Store(0)
}
