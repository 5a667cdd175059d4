package sim

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// client has one operation under way at a time. It asks whom it believes to be
// master, and goes on to the next node when it hears "not the master".
type client struct {
	w       *World
	id      uint8
	n       uint32 // operations so far
	tries   uint32 // requests so far
	master  uint8  // as far as it knows
	current *request
	seen    map[string]command.Option // what it last wrote or read
	stamp   core.Instance             // the newest instance it heard of
	done    uint32                    // operations that succeeded
	failed  uint32                    // answers "not the master"
}

// request is one message of a client to a node, and what became of it.
type request struct {
	client  *client // nil: of the liveness phase or a scenario
	try     uint32
	op      operation
	order   order // of an operator, instead of op
	stops   bool  // the order ends the process
	encoded []byte
	node    uint8
	sent    int64 // true time, ns
	taken   int64 // when a process took it in

	ended    bool // nobody waits for it any more
	outcome  outcome
	instance core.Instance
	result   command.Result
	reply    command.Answer
	refused  string // why an order was
	onAnswer func(*request)
}

// outcome says what a client may conclude.
type outcome uint8

const (
	pending outcome = iota
	success
	nothingHappened // not the master, busy, connection refused: safe to try again
	unknown         // connection reset, mastership lost, no answer in time
)

func (w *World) addClient() *client {
	c := &client{w: w, id: uint8(len(w.clients)), seen: map[string]command.Option{}}
	w.clients = append(w.clients, c)
	return c
}

// schedule makes the next operation come after a pause.
func (c *client) schedule() {
	w := c.w
	if w.healed || int(c.n) >= w.opts.Ops {
		return
	}
	c.n++
	d := w.laws.think[w.choose(Identity{A: c.id, N: c.n}, DecideClientThink, w.laws.think.odds())]
	w.push(event{at: w.now + d, kind: evClient, node: c.id})
}

// issue sends the operation: drawn when it is new, as it was when it is a retry.
func (c *client) issue() {
	w := c.w
	if c.current != nil {
		return
	}
	c.send(&request{client: c, op: workload{w}.operation(c.id, c.n)})
	w.push(event{at: w.now + 4*int64(w.opts.Lease), kind: evClientTimeout, node: c.id, req: c.current})
}

// send sends a request to the node that the client believes in.
func (c *client) send(r *request) {
	w := c.w
	c.tries++
	c.current = r
	r.try, r.node, r.sent = c.tries, c.master, w.now
	if r.op.strength != consistent {
		r.node, r.op.stamp = c.weakTarget(), c.stamp
	}
	r.outcome = pending
	if r.op.update != nil && r.encoded == nil {
		r.encoded = command.Encode(r.op.update)
	}
	id := Identity{A: c.id, N: r.try}
	if w.choose(id, DecideClientLose, Odds{w.opts.ClientLose, 1}) != 0 {
		return
	}
	d := w.net.delay[w.choose(id, DecideClientDelay, w.net.delay.odds())]
	if w.net.unseen[r.node] > w.now { // no connection comes about
		r.outcome = nothingHappened
		w.push(event{at: w.now + int64(w.opts.Lease)/10 + d, kind: evAnswer, node: r.node, req: r})
		return
	}
	w.push(event{at: w.now + d, kind: evRequest, node: r.node, life: w.nodes[r.node].life, n: r.try, req: r})
}

// timedOut gives up on an operation.
func (c *client) timedOut(r *request) {
	if c.current != r || r.ended {
		return
	}
	if r.outcome != nothingHappened {
		r.outcome = unknown
	}
	c.end(r)
}

// answered takes an answer in.
func (c *client) answered(r *request) {
	if r.onAnswer != nil {
		r.onAnswer(r)
	}
	if c == nil || c.current != r || r.ended {
		return
	}
	if r.outcome != nothingHappened {
		c.end(r)
		return
	}
	c.failed++
	w := c.w
	c.master = uint8(max(0, w.choose(Identity{A: c.id, N: c.tries}, DecideClientNode, Always(len(w.nodes)))-1))
	if w.healed {
		r.ended = true
		c.current = nil
		return
	}
	w.push(event{at: w.now + int64(w.opts.Lease)/50, kind: evScript, run: func() {
		if c.current == r && !r.ended {
			c.send(r)
		}
	}})
}

// end closes an operation: it goes into the history, and the next one may come.
func (c *client) end(r *request) {
	r.ended = true
	c.current = nil
	c.w.history.add(r)
	if r.outcome == unknown {
		c.w.watch.outcomeUnknown(r)
	}
	if r.outcome == success {
		c.done++
		c.learn(r)
	}
	if !c.repeat(r) {
		c.schedule()
	}
}

// repeat does an update again whose outcome the client doesn't know, as programs do:
// it may then be executed twice, and the history has both.
func (c *client) repeat(r *request) bool {
	w := c.w
	if w.healed || r.outcome != unknown || r.op.update == nil {
		return false
	}
	if w.choose(Identity{A: c.id, N: c.tries}, DecideRepeat, Odds{w.opts.Repeat, 1}) == 0 {
		return false
	}
	w.counts[FaultRepeat]++
	c.send(&request{client: c, op: r.op})
	w.push(event{at: w.now + 4*int64(w.opts.Lease), kind: evClientTimeout, node: c.id, req: c.current})
	return true
}

// learn remembers a value, for tests that may succeed later.
func (c *client) learn(r *request) {
	c.stamp = max(c.stamp, r.instance)
	switch u := r.op.update.(type) {
	case command.Set:
		c.seen[u.Key] = command.Some(u.Value)
	case command.TestAndSet:
		c.seen[u.Key] = r.result.Option
	default: // the others teach nothing worth keeping
	}
	if q, ok := r.op.query.(command.Get); ok && r.reply.Code == command.CodeOK {
		c.seen[q.Key] = command.Some(r.reply.Value)
	}
}

// request takes a request in at a node.
func (n *node) request(e *event) {
	w, r := n.w, e.req
	switch {
	case !n.up || e.life != n.life:
		n.reply(r, nothingHappened) // it never reached a process
	case n.paused > w.now:
		n.held = append(n.held, *e)
	case r.op.query != nil && r.op.strength != consistent:
		n.readLocal(r)
	case r.op.query != nil:
		n.read(r)
	case r.order != nil:
		r.taken = w.now
		n.waiting = append(n.waiting, r)
		n.enqueue(input{kind: inOrder, req: r})
	default:
		r.taken = w.now
		w.stats.Updates++
		w.checks.submissions.taken(r.encoded)
		n.waiting = append(n.waiting, r)
		n.enqueue(input{kind: inUpdate, req: r})
	}
}

// read serves a consistent read from the published pair or, without a lease,
// hands it to the replica.
func (n *node) read(r *request) {
	w := n.w
	w.stats.Reads++
	n.reads++
	rep, life := n.replica, n.life
	view, at, ok := rep.Reads().Serve(func() core.Instant {
		n.stopWithinRead()
		return n.readClock()
	})
	if n.life != life || !n.up {
		n.reply(r, unknown) // with the process its views are gone
		return
	}
	if !ok {
		w.watch.goesLong(n)
		r.taken = w.now
		n.waiting = append(n.waiting, r)
		n.enqueue(input{kind: inRead, req: r})
		return
	}
	w.report(n.leased())
	w.stats.LeaseReads++
	w.spec.note(n, SpecRead, core.Event{Instance: at})
	n.finish(r, view, at)
}

// readClock reads the clock for one read of a run of pipelined ones.
func (n *node) readClock() core.Instant {
	return n.clk.at(n.w.now)
}

// stopWithinRead stops the process between the pair and the clock of a read, and
// lets the rest of the world go on meanwhile.
func (n *node) stopWithinRead() {
	w := n.w
	c := w.choose(Identity{A: n.id(), N: n.reads}, DecideReadPause, Odds{w.opts.ReadPause, len(w.laws.fault) - 1})
	if c == 0 || w.healed || w.stopped {
		return
	}
	w.counts[FaultReadPause]++
	until := w.now + w.laws.fault[c]
	n.pause(until + 1) // the read goes on first
	w.stopped = true   // one stop at a time, so that they don't nest
	w.loop(until)
	w.stopped = false
}

func (n *node) finish(r *request, view replica.View, at core.Instance) {
	n.w.checks.served(n, view.(*kvstore.View), at)
	read := func() {
		r.reply = view.(*kvstore.View).Query(r.op.query)
		view.Release()
		r.instance = at
		n.answered(r)
	}
	if !n.holdView(r, read) {
		read()
	}
}

// answered ends a read. A damaged page gives an error that says so: then there is no
// answer to hold anybody to.
func (n *node) answered(r *request) {
	if r.reply.Code == command.CodeUnknownFailure && n.gap != noGap {
		r.refused = r.reply.Message
		n.reply(r, nothingHappened)
		return
	}
	n.reply(r, success)
}

// answer passes a replica's answer on to its client.
func (n *node) answer(a *replica.Answer) {
	r := a.Tag.(*request)
	if a.Progress != nil {
		return // more is to come
	}
	n.forget(r)
	switch {
	case r.order != nil:
		n.obeyed(r, a.Err)
	case errors.Is(a.Err, replica.ErrNotMaster), errors.Is(a.Err, replica.ErrBusy),
		errors.Is(a.Err, replica.ErrDiskFull), errors.Is(a.Err, replica.ErrNoView), errors.Is(a.Err, replica.ErrReadOnly):
		r.refused = a.Err.Error()
		if r.op.update != nil {
			n.w.checks.submissions.refused(r.encoded)
		}
		n.reply(r, nothingHappened)
	case errors.Is(a.Err, replica.ErrOutcomeUnknown):
		n.w.watch.hit(MarkStepDown)
		n.reply(r, unknown)
	case a.Err != nil:
		n.w.fail("K17", "n%d refuses a request: %v", n.seat, a.Err)
	case r.op.query != nil && r.op.strength != consistent:
		n.finishLocal(r, a.View, a.Instance)
	case r.op.query != nil:
		n.w.checks.answered(n, a.Instance)
		n.finish(r, a.View, a.Instance)
	default:
		n.w.checks.answered(n, a.Instance)
		r.result = a.Result.(command.Result)
		r.instance = a.Instance
		n.reply(r, success)
	}
}

// reply sends an answer on its way.
func (n *node) reply(r *request, o outcome) {
	w := n.w
	r.outcome = o
	d := int64(0)
	if c := r.client; c != nil {
		id := Identity{A: c.id, N: r.try, M: 1}
		if w.choose(id, DecideClientLose, Odds{w.opts.ClientLose, 1}) != 0 || w.net.unseen[n.seat] > w.now {
			return
		}
		d = w.net.delay[w.choose(id, DecideClientDelay, w.net.delay.odds())]
	}
	w.line(n.id(), "answers %s", r)
	w.push(event{at: w.now + d, kind: evAnswer, node: n.id(), req: r})
}

// obeyed ends an operator's order.
func (n *node) obeyed(r *request, err error) {
	if err != nil {
		r.refused = err.Error()
		n.reply(r, nothingHappened)
		return
	}
	n.closing = n.closing || r.stops
	n.reply(r, success)
}

func (n *node) forget(r *request) {
	for i := range n.waiting {
		if n.waiting[i] == r {
			n.waiting = append(n.waiting[:i], n.waiting[i+1:]...)
			return
		}
	}
	n.w.fail("K17", "n%d answers a request that doesn't wait: %s", n.seat, r)
}

// dropRequests resets the connections of a process that has died.
func (n *node) dropRequests() {
	for _, r := range n.waiting {
		n.reply(r, unknown)
	}
	n.waiting = nil
}

// String prints a request and what became of it, for traces.
func (r *request) String() string {
	who := "probe"
	if r.client != nil {
		who = fmt.Sprintf("c%d.%d", r.client.id, r.client.n)
	}
	if r.order != nil {
		return fmt.Sprintf("an operator: outcome %d %s", r.outcome, r.refused)
	}
	what := r.words()
	switch r.outcome {
	case success:
		return fmt.Sprintf("%s %s at %d", who, what, r.instance)
	case nothingHappened:
		return fmt.Sprintf("%s %s: not here", who, what)
	case unknown:
		return fmt.Sprintf("%s %s: outcome unknown", who, what)
	case pending:
		return fmt.Sprintf("%s %s", who, what)
	default:
		panic("sim: unknown outcome")
	}
}
