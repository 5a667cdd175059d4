package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// Any message that was ever sent, also one that got lost, may come again, however
// much later: by then sender and addressee may have restarted, or lost their disks.

// maxReplays bounds the messages that are kept to come again.
const maxReplays = 256

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
	net.replays++
	f := frame.AppendEnvelope(frame.Begin(nil, frame.Version), env)
	frame.End(f, 0)
	w.push(event{at: w.now + w.laws.replay[c-1], kind: evDeliver, node: l.to, from: l.from, life: w.nodes[l.to].life,
		lives: w.nodes[l.from].life, mark: replayed, frame: f})
}
