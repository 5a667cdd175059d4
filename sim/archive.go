package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// Any message that was ever sent, also one that got lost, may come again, however
// much later: by then sender and addressee may have restarted, or lost their disks.

// maxReplays bounds the messages that are kept to come again.
const maxReplays = 256

// maxEchoes is how often one message may come again by the option echo.
const maxEchoes = 8

// heartbeatEchoes is how many times rarer heartbeats come again than what ends a lease.
const heartbeatEchoes = 16

// archive decides whether a message that is being sent will come again.
func (l *link) archive(id Identity, env *core.Envelope) {
	net, w := l.net, l.net.w
	if net.replays == maxReplays || !l.troubled() {
		return
	}
	c := w.choose(id, DecideReplay, Odds{w.opts.Replay, len(w.laws.replay)})
	if c == 0 {
		return
	}
	l.keep(env, w.laws.replay[c-1])
}

// echo lets a message about who leads, and for how long, come again several times: each
// is of use for the blink of an eye only, and what a late one could do depends on
// meeting the other moment that matters.
func (l *link) echo(id Identity, env *core.Envelope) {
	net, w := l.net, l.net.w
	if w.opts.Echo == 0 || !l.troubled() || !groupLeases.has(env.Msg) {
		return
	}
	odds := Odds{w.opts.Echo, len(w.laws.replay)}
	if groupHeartbeats.has(env.Msg) {
		odds.PPM /= heartbeatEchoes // or they fill the archive
	}
	for id.M = 1; id.M <= maxEchoes && net.replays < maxReplays; id.M++ {
		if c := w.choose(id, DecideEcho, odds); c != 0 {
			l.keep(env, w.laws.replay[c-1])
		}
	}
}

// keep lets a message come again after a time.
func (l *link) keep(env *core.Envelope, after int64) {
	w := l.net.w
	l.net.replays++
	f := frame.AppendEnvelope(frame.Begin(nil, frame.Version), env)
	frame.End(f, 0)
	w.push(event{at: w.now + after, kind: evDeliver, node: l.to, from: l.from, life: w.nodes[l.to].life,
		lives: w.nodes[l.from].life, mark: replayed, frame: f})
}
