package sim

import (
	"bytes"
	"errors"
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// network carries frames between nodes: bytes, as the peer codec makes them, and as
// the peer codec judges them. Each directed link (link.go) loses, copies, delays
// and damages by the decider's word; cuts stop it.
type network struct {
	w     *World
	delay law // within a site, and of clients
	links [MaxNodes][MaxNodes]link
	// cuts counts the partitions that stop a link.
	cuts [MaxNodes][MaxNodes]int
	// stopped is until when no message of a group passes.
	stopped [kindGroupEnd]int64
	// extra delay of a link, set by scenarios.
	extra [MaxNodes][MaxNodes]int64
	// unseen is until when clients don't reach a node.
	unseen [MaxNodes]int64
	// drop lets a scenario take single messages out.
	drop func(from, to core.Seat, msg core.Message) bool

	loseGroup kindGroup // whose messages get lost; kindGroupEnd: none's
	replays   int       // messages of the archive that are yet to come again
	reader    *frame.Reader
	arrived   stream
	again     []byte          // what was taken out of a frame, encoded anew
	envs      []core.Envelope // of one frame, for reuse
}

// maxKinds is above every kind of message.
const maxKinds = 32

func newNetwork(w *World) *network {
	net := &network{w: w, delay: delayLaw(w.opts.Delay, w.opts.Lease), loseGroup: groupNamed(w.opts.LoseKind),
		reader: frame.NewReader(nil, frame.MaxBody)}
	laws := map[string]law{} // looked up only
	for from := range net.links {
		for to := range net.links[from] {
			name := w.opts.delayBetween(core.Seat(from), core.Seat(to))
			if laws[name] == nil {
				laws[name] = delayLaw(name, w.opts.Lease)
			}
			l := &net.links[from][to]
			l.net, l.from, l.to, l.delay = net, uint8(from), uint8(to), laws[name]
		}
	}
	return net
}

// send puts one envelope on its link. It leaves at once, or shares a frame with
// what else goes there in the same turn, and leaves with the flush.
func (net *network) send(env *core.Envelope) {
	w := net.w
	if int(env.To) >= len(w.nodes) {
		w.fail("K20", "n%d sends %s to seat %d, which does not exist", env.From, describe(env.Msg), env.To)
		return
	}
	l := &net.links[env.From][env.To]
	id := l.identify(env.Msg.Kind())
	l.archive(id, env)
	l.echo(id, env)
	if lost := l.loses(id, env); lost != "" {
		w.trace(l.from, lost, env)
		return
	}
	w.trace(l.from, "send", env)
	l.add(id, env)
	if !w.opts.Share || len(l.building) > frame.Soft {
		l.flush()
	}
}

// flush ends a turn: what it sent leaves.
func (net *network) flush(from uint8) {
	for to := range net.w.nodes {
		net.links[from][to].flush()
	}
}

// heal ends what holds messages up; cuts end by themselves.
func (net *network) heal() {
	w := net.w
	net.stopped, net.unseen = [kindGroupEnd]int64{}, [MaxNodes]int64{}
	soon := w.now + int64(w.opts.Lease)/healedDelay
	for from := range net.links {
		for to := range net.links[from] {
			l := &net.links[from][to]
			l.burst, l.freeAt, l.clogged, l.deadUntil = 0, 0, min(l.clogged, w.now), min(l.deadUntil, soon)
			l.without, l.short = [kindGroupEnd]int64{}, 0
			l.catchUp(soon)
		}
	}
}

// stops reports whether a message is of a kind that doesn't pass now.
func (net *network) stops(msg core.Message) bool {
	for g := range kindGroupEnd {
		if net.w.now < net.stopped[g] && g.has(msg) {
			return true
		}
	}
	return false
}

// arrive brings a frame to its addressee, if it is up and in reach. A frame from
// an earlier life of either end is delivered like any other.
func (net *network) arrive(e *event) {
	w, n, l := net.w, net.w.nodes[e.node], &net.links[e.from][e.node]
	if w.now < l.clogged {
		again := *e
		again.at = l.clogged
		w.push(again)
		return
	}
	if e.mark == replayed {
		net.replays--
		if !l.troubled() {
			return
		}
	} else if l.void(e.n) {
		return
	}
	if !n.up || net.cuts[e.from][e.node] > 0 {
		return
	}
	if n.life != e.life || w.nodes[e.from].life != e.lives {
		w.counts[FaultLate]++
	}
	if e.mark == replayed {
		w.counts[FaultReplay]++
		w.line(n.id(), "gets a message of n%d out of the archive", l.from)
	}
	net.read(n, l, e)
}

// read takes frames out of what has arrived on a connection, as production does.
// Bytes that are wrong end it; none of them may come through as a message (K10).
func (net *network) read(n *node, l *link, e *event) {
	w := net.w
	b, wrong := e.frame, e.mark == damaged
	if e.mark != replayed {
		if half := l.half(n.life); len(half) > 0 {
			b, wrong = append(half, b...), true
		}
	}
	net.arrived.b = b
	net.reader.Reset(&net.arrived)
	for taken := 0; ; {
		msgs, err := net.reader.Next(frame.Version)
		if errors.Is(err, io.EOF) {
			return
		}
		if wrong && w.opts.FIFO && errors.Is(err, io.ErrUnexpectedEOF) {
			l.rest, l.restLife = b[taken:], n.life
			return
		}
		if err == nil {
			taken += frame.HeaderSize + 1 + len(msgs)
			net.envs, err = frame.Envelopes(net.envs[:0], msgs, core.Seat(l.from), core.Seat(l.to))
		}
		if !net.judge(l, err, wrong) || !net.same(l, msgs) {
			return
		}
		net.deliver(n)
	}
}

// judge looks at what the codec made of a frame. A frame that it rejects ends the
// connection.
func (net *network) judge(l *link, err error, wrong bool) bool {
	w := net.w
	switch {
	case err == nil && wrong:
		w.fail("K10", "n%d takes a damaged frame of n%d for a good one", l.to, l.from)
	case err == nil:
		return true
	case !wrong:
		w.fail("K10", "n%d rejects a frame that n%d sent, undamaged: %v", l.to, l.from, err)
	default:
		w.counts[FaultReject]++
		w.line(l.to, "rejects a frame of n%d: %v", l.from, err)
		l.reset(seenByReceiver)
	}
	return false
}

// same reports whether the envelopes taken out of a frame are the ones that were
// sent: encoded anew, they are the same bytes.
func (net *network) same(l *link, msgs []byte) bool {
	net.again = net.again[:0]
	for i := range net.envs {
		net.again = frame.AppendEnvelope(net.again, &net.envs[i])
	}
	if !bytes.Equal(net.again, msgs) {
		net.w.fail("K10", "n%d takes what n%d sent for something else", l.to, l.from)
		return false
	}
	return true
}

// deliver hands over the envelopes of a frame that was accepted.
func (net *network) deliver(n *node) {
	for i := range net.envs {
		net.w.trace(n.id(), "recv", &net.envs[i])
		net.w.watch.received(&net.envs[i])
		n.enqueue(input{kind: inMessage, env: net.envs[i]})
	}
	clear(net.envs)
}

// stream is the bytes of a connection that have arrived.
type stream struct{ b []byte }

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.b)
	s.b = s.b[n:]
	return n, nil
}

// cut stops a set of directed links for a while.
type cut struct {
	name  string
	links [MaxNodes][MaxNodes]bool
	ended bool
}

func (net *network) begin(c *cut) {
	for from := range c.links {
		for to, cutOff := range c.links[from] {
			if cutOff {
				net.cuts[from][to]++
			}
		}
	}
}

func (net *network) end(c *cut) {
	if c.ended {
		return
	}
	c.ended = true
	for from := range c.links {
		for to, cutOff := range c.links[from] {
			if cutOff {
				net.cuts[from][to]--
			}
		}
	}
}

// between returns the cut of all links from a seat of one set to one of another.
func between(name string, from, to core.SeatSet) *cut {
	c := &cut{name: name}
	for i := range c.links {
		for j := range c.links[i] {
			c.links[i][j] = i != j && from.Has(core.Seat(i)) && to.Has(core.Seat(j))
		}
	}
	return c
}

// around returns the cut of all links into and out of a set.
func around(name string, inside, all core.SeatSet) *cut {
	c := between(name, inside, all&^inside)
	for i := range c.links {
		for j := range c.links[i] {
			if c.links[i][j] {
				c.links[j][i] = true
			}
		}
	}
	return c
}
