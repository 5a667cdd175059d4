package sim

import "github.com/openvstorage/arakoon-go/core"

// network carries frames between nodes: bytes, as the peer codec makes them. Each
// directed link loses, copies and delays by the decider's word; cuts stop it.
type network struct {
	w     *World
	delay law
	// counts numbers the messages of each kind on each link, for their identities.
	counts [MaxNodes][MaxNodes][maxKinds]uint32
	// cuts counts the partitions that stop a link.
	cuts [MaxNodes][MaxNodes]int
	// noAccepts is until when no Accept with values passes.
	noAccepts int64
	// latest is when the last frame of a link arrives, for FIFO and to see reordering.
	latest [MaxNodes][MaxNodes]int64
	// extra delay of a link, set by scenarios.
	extra [MaxNodes][MaxNodes]int64
	// drop lets a scenario take single messages out.
	drop func(from, to core.Seat, msg core.Message) bool
}

// maxKinds is above every kind of message.
const maxKinds = 32

// send puts one envelope on its link.
func (net *network) send(env *core.Envelope, life uint32) {
	w := net.w
	from, to, kind := uint8(env.From), uint8(env.To), env.Msg.Kind()
	if int(to) >= len(w.nodes) {
		w.fail("K20", "n%d sends %s to seat %d, which does not exist", from, describe(env.Msg), to)
		return
	}
	net.counts[from][to][kind]++
	id := Identity{A: from, B: to, Msg: kind, N: net.counts[from][to][kind]}
	if net.cuts[from][to] > 0 || net.stops(env.Msg) || net.drop != nil && net.drop(env.From, env.To, env.Msg) {
		w.trace(from, "cut", env)
		return
	}
	if !w.healed && w.choose(id, DecideLose, Odds{w.opts.Lose, 1}) != 0 {
		w.counts[FaultLose]++
		w.trace(from, "lose", env)
		return
	}
	frame := core.AppendEnvelope(nil, env)
	w.trace(from, "send", env)
	net.put(from, to, life, frame, w.choose(id, DecideDelay, net.delay.odds()))
	if !w.healed && w.choose(id, DecideDuplicate, Odds{w.opts.Duplicate, 1}) != 0 {
		w.counts[FaultDuplicate]++
		net.put(from, to, life, frame, w.choose(id, DecideCopyDelay, net.delay.odds()))
	}
}

// stops reports whether a message is of a kind that doesn't pass now.
func (net *network) stops(msg core.Message) bool {
	m, ok := msg.(*core.Accept)
	return ok && net.w.now < net.noAccepts && len(m.Values) > 0
}

// put schedules a frame's arrival.
func (net *network) put(from, to uint8, life uint32, frame []byte, choice int) {
	w := net.w
	d := net.delay[choice] + net.extra[from][to]
	if w.healed {
		d = min(d, int64(w.opts.Lease)/healedDelay)
	}
	at := w.now + d
	switch last := net.latest[from][to]; {
	case at >= last:
		net.latest[from][to] = at
	case w.opts.FIFO:
		at = last
	default:
		w.counts[FaultReorder]++
	}
	w.push(event{at: at, kind: evDeliver, node: to, from: from, life: w.nodes[to].life, lives: life, frame: frame})
}

// healedDelay bounds message delays in the liveness phase to this fraction of a
// lease period: the bounded delay that progress may rely on.
const healedDelay = 50

// arrive hands a frame to its addressee, if it is up and in reach. A frame from
// an earlier life of either end is delivered like any other.
func (net *network) arrive(e *event) {
	w := net.w
	n := w.nodes[e.node]
	if !n.up || net.cuts[e.from][e.node] > 0 {
		return
	}
	if n.life != e.life || w.nodes[e.from].life != e.lives {
		w.counts[FaultLate]++
	}
	env, err := core.DecodeEnvelope(e.frame)
	if err != nil {
		w.fail("K10", "n%d got a frame of n%d that does not decode: %v", e.node, e.from, err)
		return
	}
	w.trace(e.node, "recv", &env)
	n.enqueue(input{kind: inMessage, env: env})
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
