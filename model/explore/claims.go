package explore

import (
	"github.com/openvstorage/arakoon-go/core"
)

// The rules that one machine alone shows to be kept or broken. They look at the disk
// and at what leaves, never at what the node believes.

// send lets messages go that wait for nothing.
func (r *run) send(envs []core.Envelope) {
	for k := range envs {
		r.leave([]uint32{r.e.post(envs[k])})
	}
}

// leave lets messages go, each held against the disk first.
func (r *run) leave(numbers []uint32) {
	for _, k := range numbers {
		msg := r.e.messages[k].env.Msg
		r.claim(msg)
		if r.e.bounds.carries(msg.Kind()) {
			r.t.outs = append(r.t.outs, k)
		}
	}
}

// claim checks that what a message says rests on what is durable (externalize after
// durable), and that votes and promises agree (P1a).
func (r *run) claim(msg core.Message) {
	switch m := msg.(type) {
	case *core.Prepare:
		r.durablyPromised("Prepare", m.B)
	case *core.Promise:
		r.durablyPromised("Promise", m.B)
		r.reportsAll(m)
		r.tells(m.B)
	case *core.Nack:
		r.durablyPromised("Nack", m.Promised)
	case *core.Accepted:
		if !r.disk.has(m.Through, m.B) {
			r.broken("durable", "Accepted(%v) through %d leaves, and the entry isn't durable", m.B, m.Through)
		}
		if less(m.B, r.disk.told) {
			r.broken("promise", "Accepted(%v) leaves after a promise of %v", m.B, r.disk.told)
		}
		r.tells(m.B)
	case *core.HeartbeatReply:
		if m.Granted {
			r.durablyPromised("a grant", m.B)
			r.tells(m.B)
		}
	default: // claims nothing about this disk
	}
}

func (r *run) durablyPromised(what string, b core.Ballot) {
	if less(r.disk.hard.Promised, b) {
		r.broken("durable", "%s(%v) leaves, and the disk has promised %v", what, b, r.disk.hard.Promised)
	}
}

func (r *run) tells(b core.Ballot) {
	if less(r.disk.told, b) {
		r.disk.told = b
	}
}

// reportsAll checks that a promise keeps nothing back (P1b): whatever this disk ever
// accepted from its first instance on, below its ballot, it reports in that ballot or
// a later one.
func (r *run) reportsAll(m *core.Promise) {
	for _, v := range r.disk.votes {
		if v.instance < m.From || !less(v.ballot, m.B) {
			continue
		}
		k := int(v.instance - m.From)
		if k >= len(m.Entries) || m.Entries[k].Instance != v.instance || less(m.Entries[k].Ballot, v.ballot) {
			r.broken("promise", "Promise(%v) from %d keeps back what was accepted for %d in %v", m.B, m.From, v.instance, v.ballot)
		}
	}
}

// remembers checks, after a start, that the node knows what it promised.
func (r *run) remembers() {
	if less(r.node.Promised(), r.disk.told) {
		r.broken("promise", "restarts with promise %v, and told others %v", r.node.Promised(), r.disk.told)
	}
}
