package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// link is one direction between two nodes.
type link struct {
	net      *network
	from, to uint8
	delay    law
	// counts numbers its messages of each kind, for their identities.
	counts [maxKinds]uint32
	// latest is when its last frame arrives, for FIFO and to see reordering.
	latest int64
	// building is the frame that messages are being added to, first the identity of
	// the first of them, which stands for the frame.
	building []byte
	first    Identity
}

// identify names the next message of a kind.
func (l *link) identify(kind core.MessageKind) Identity {
	l.counts[kind]++
	return Identity{A: l.from, B: l.to, Msg: kind, N: l.counts[kind]}
}

// loses says why a message never leaves, in the word of the trace; "" if it does.
func (l *link) loses(id Identity, env *core.Envelope) string {
	net, w := l.net, l.net.w
	switch {
	case net.cuts[l.from][l.to] > 0 || net.stops(env.Msg) || net.drop != nil && net.drop(env.From, env.To, env.Msg):
		return "cut"
	case !w.healed && w.choose(id, DecideLose, Odds{w.opts.Lose, 1}) != 0:
		w.counts[FaultLose]++
		return "lose"
	}
	return ""
}

// add puts a message into the frame being built.
func (l *link) add(id Identity, env *core.Envelope) {
	if len(l.building) == 0 {
		l.building, l.first = frame.Begin(nil, frame.Version), id
	}
	l.building = frame.AppendEnvelope(l.building, env)
}

// flush sends the frame that was built.
func (l *link) flush() {
	if len(l.building) == 0 {
		return
	}
	w, id, f := l.net.w, l.first, l.building
	frame.End(f, 0)
	l.building = nil
	l.put(f, w.choose(id, DecideDelay, l.delay.odds()))
	if !w.healed && w.choose(id, DecideDuplicate, Odds{w.opts.Duplicate, 1}) != 0 {
		w.counts[FaultDuplicate]++
		l.put(f, w.choose(id, DecideCopyDelay, l.delay.odds()))
	}
}

// healedDelay bounds message delays in the liveness phase to this fraction of a
// lease period: the bounded delay that progress may rely on.
const healedDelay = 50

// put schedules a frame's arrival.
func (l *link) put(f []byte, choice int) {
	w := l.net.w
	d := l.delay[choice] + l.net.extra[l.from][l.to]
	if w.healed {
		d = min(d, int64(w.opts.Lease)/healedDelay)
	}
	at := w.now + d
	switch {
	case at >= l.latest:
		l.latest = at
	case w.opts.FIFO:
		at = l.latest
	default:
		w.counts[FaultReorder]++
	}
	w.push(event{at: at, kind: evDeliver, node: l.to, from: l.from, life: w.nodes[l.to].life, lives: w.nodes[l.from].life, frame: f})
}
