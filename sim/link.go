package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// link is one direction between two nodes: what becomes of a message on it.
type link struct {
	net      *network
	from, to uint8
	delay    law
	connection
	// counts numbers its messages of each kind, for their identities.
	counts [maxKinds]uint32
	// latest is when its last frame arrives, for FIFO and to see reordering.
	latest int64
	// burst is how many of the next messages are in a bad patch.
	burst int
	// freeAt is when the last byte that waits will have left.
	freeAt int64
	// clogged is until when nothing arrives, and then everything at once.
	clogged int64
	// without is until when no message of a group passes.
	without [kindGroupEnd]int64
	// short is until when only short frames pass.
	short int64
	// broken: it stays faulty for good, in the liveness phase too.
	broken bool
	// building is the frame that messages are being added to, first the identity of
	// the first of them, which stands for the frame.
	building []byte
	first    Identity
}

// troubled reports whether the decider may still harm what is on the link.
func (l *link) troubled() bool { return !l.net.w.healed || l.broken }

// identify names the next message of a kind.
func (l *link) identify(kind core.MessageKind) Identity {
	l.counts[kind]++
	return Identity{A: l.from, B: l.to, Msg: kind, N: l.counts[kind]}
}

// loses says why a message never leaves, in the word of the trace; "" if it does.
func (l *link) loses(id Identity, env *core.Envelope) string {
	net, w := l.net, l.net.w
	if net.cuts[l.from][l.to] > 0 || net.stops(env.Msg) || l.stops(env.Msg) || net.drop != nil && net.drop(env.From, env.To, env.Msg) {
		return "cut"
	}
	if w.now < l.deadUntil {
		w.counts[FaultUnconnected]++
		return "drop"
	}
	if !l.troubled() {
		return ""
	}
	for _, loss := range losses {
		if loss.strikes(l, id, env) {
			w.counts[loss.fault]++
			return loss.word
		}
	}
	return ""
}

// stops reports whether a message is of a kind that doesn't pass here now.
func (l *link) stops(msg core.Message) bool {
	for g := range kindGroupEnd {
		if l.net.w.now < l.without[g] && g.has(msg) {
			return true
		}
	}
	return false
}

// losses are the ways in which a single message gets lost.
var losses = []struct {
	fault   Fault
	word    string
	strikes func(l *link, id Identity, env *core.Envelope) bool
}{
	{FaultQueue, "drop", func(l *link, _ Identity, _ *core.Envelope) bool { return l.queueFull() }},
	{FaultLose, "lose", func(l *link, id Identity, _ *core.Envelope) bool {
		return l.net.w.choose(id, DecideLose, Odds{l.net.w.opts.Lose, 1}) != 0
	}},
	{FaultLeftLose, "lose", func(l *link, id Identity, _ *core.Envelope) bool {
		return l.broken && l.net.w.choose(id, DecideLeftLose, Odds{brokenLoss, 1}) != 0
	}},
	{FaultBurst, "lose", func(l *link, id Identity, _ *core.Envelope) bool { return l.inBurst(id) }},
	{FaultLoseKind, "lose", func(l *link, id Identity, env *core.Envelope) bool {
		net := l.net
		return net.loseGroup != kindGroupEnd && net.loseGroup.has(env.Msg) &&
			net.w.choose(id, DecideLoseKind, Odds{net.w.opts.LoseThose, 1}) != 0
	}},
}

// brokenLoss is how much a link loses, beside all else, that stays lossy for good.
const brokenLoss = 300_000

// burstLengths is how many messages a bad patch lasts: together with the odds of
// its beginning the two states of Gilbert and Elliott.
var burstLengths = [...]int{2, 3, 4, 5, 7, 10, 15, 25, 60}

// burstLoss is how much gets lost in a bad patch.
const burstLoss = 800_000

// inBurst goes on by one message, and reports whether a bad patch swallows it.
func (l *link) inBurst(id Identity) bool {
	w := l.net.w
	if l.burst == 0 {
		c := w.choose(id, DecideBurst, Odds{w.opts.Burst, len(burstLengths)})
		if c == 0 {
			return false
		}
		l.burst = burstLengths[c-1]
	}
	l.burst--
	return w.choose(id, DecideBurstLose, Odds{burstLoss, 1}) != 0
}

// queueFull is production's rule for the queue of a peer: with too much waiting, a
// new message is dropped; an old one helps nobody.
func (l *link) queueFull() bool {
	o := &l.net.w.opts
	if o.Bandwidth == 0 {
		return false
	}
	waiting := mulDiv(max(l.freeAt-l.net.w.now, 0), int64(o.Bandwidth), nanos)
	return waiting+int64(len(l.building)) > int64(o.Queue)
}

// nanos is a second of virtual time.
const nanos = 1_000_000_000

// departs returns when a frame of so many bytes has left.
func (l *link) departs(size int) int64 {
	w := l.net.w
	if w.opts.Bandwidth == 0 || !l.troubled() {
		return w.now
	}
	l.freeAt = max(l.freeAt, w.now) + int64(size)*nanos/int64(w.opts.Bandwidth)
	return l.freeAt
}

// add puts a message into the frame being built.
func (l *link) add(id Identity, env *core.Envelope) {
	if len(l.building) == 0 {
		l.building, l.first = frame.Begin(nil, frame.Version), id
	}
	l.building = frame.AppendEnvelope(l.building, env)
}

// shortFrame is how many bytes a frame may have where only short ones pass: enough
// for everything but values, entries and snapshots.
const shortFrame = 300

// flush sends the frame that was built: it may be damaged, come twice, and be the
// last one of its connection.
func (l *link) flush() {
	if len(l.building) == 0 {
		return
	}
	w, id, f := l.net.w, l.first, l.building
	frame.End(f, 0)
	l.building = nil
	if len(f) > shortFrame && w.now < l.short {
		w.counts[FaultTooLong]++
		w.line(l.from, "its frame for n%d is too long: %d bytes", l.to, len(f))
		return
	}
	sent, mark := f, intact
	if l.troubled() {
		sent, mark = l.damage(id, f)
	}
	l.put(sent, mark, w.choose(id, DecideDelay, l.delay.odds()))
	if !l.troubled() {
		return
	}
	if w.choose(id, DecideDuplicate, Odds{w.opts.Duplicate, 1}) != 0 {
		w.counts[FaultDuplicate]++
		l.put(f, intact, w.choose(id, DecideCopyDelay, l.delay.odds()))
	}
	if c := w.choose(id, DecideReset, Odds{w.opts.Reset, int(sightEnd) - 1}); c != 0 {
		l.reset(sight(c))
	}
}

// healedDelay bounds message delays in the liveness phase to this fraction of a
// lease period: the bounded delay that progress may rely on.
const healedDelay = 50

// put schedules a frame's arrival.
func (l *link) put(f []byte, mark frameMark, choice int) {
	w := l.net.w
	at := l.departs(len(f)) + l.delay[choice] + l.net.extra[l.from][l.to]
	if !l.troubled() {
		at = min(at, w.now+int64(w.opts.Lease)/healedDelay)
	}
	switch {
	case at >= l.latest:
		l.latest = at
	case w.opts.FIFO:
		at = l.latest
	default:
		w.counts[FaultReorder]++
	}
	w.push(event{at: at, kind: evDeliver, node: l.to, from: l.from, life: w.nodes[l.to].life, lives: w.nodes[l.from].life,
		n: l.epoch, mark: mark, frame: f})
}
