package sim

import (
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
	// drop lets a scenario take single messages out.
	drop func(from, to core.Seat, msg core.Message) bool

	replays int // messages of the archive that are yet to come again
	reader  *frame.Reader
	arrived stream
	envs    []core.Envelope // of one frame, for reuse
}

// maxKinds is above every kind of message.
const maxKinds = 32

func newNetwork(w *World) *network {
	net := &network{w: w, delay: delayLaw(w.opts.Delay, w.opts.Lease), reader: frame.NewReader(nil, frame.MaxBody)}
	for from := range net.links {
		for to := range net.links[from] {
			net.links[from][to] = link{net: net, from: uint8(from), to: uint8(to), delay: net.delay}
		}
	}
	return net
}

// send puts one envelope on its link. It leaves with the next flush, or at once.
func (net *network) send(env *core.Envelope) {
	w := net.w
	if int(env.To) >= len(w.nodes) {
		w.fail("K20", "n%d sends %s to seat %d, which does not exist", env.From, describe(env.Msg), env.To)
		return
	}
	l := &net.links[env.From][env.To]
	id := l.identify(env.Msg.Kind())
	if lost := l.loses(id, env); lost != "" {
		w.trace(l.from, lost, env)
		return
	}
	w.trace(l.from, "send", env)
	l.add(id, env)
	l.flush()
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

// arrive hands the messages of a frame to their addressee, if it is up and in
// reach. A frame from an earlier life of either end is delivered like any other.
func (net *network) arrive(e *event) {
	w, n, l := net.w, net.w.nodes[e.node], &net.links[e.from][e.node]
	if !n.up || net.cuts[e.from][e.node] > 0 {
		return
	}
	if n.life != e.life || w.nodes[e.from].life != e.lives {
		w.counts[FaultLate]++
	}
	net.arrived.b = e.frame
	net.reader.Reset(&net.arrived)
	for {
		msgs, err := net.reader.Next(frame.Version)
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			net.envs, err = frame.Envelopes(net.envs[:0], msgs, core.Seat(l.from), core.Seat(l.to))
		}
		if err != nil {
			w.fail("K10", "n%d got a frame of n%d that is rejected: %v", e.node, e.from, err)
			return
		}
		net.deliver(n)
	}
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
