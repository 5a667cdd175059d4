package sim

import "github.com/openvstorage/arakoon-go/core"

// commits is check K7: what a node says is chosen, is chosen, with those values,
// and its commit index never regresses within a life.
type commits struct {
	ghost *ghost
	last  []core.Instance // by seat, within its present life
}

func newCommits(nodes int, g *ghost) *commits {
	return &commits{ghost: g, last: make([]core.Instance, nodes)}
}

// restarted begins a new life of a seat.
func (c *commits) restarted(seat core.Seat) { c.last[seat] = 0 }

// sent judges the commit index in a message that leaves.
func (c *commits) sent(env *core.Envelope) *violation {
	switch m := env.Msg.(type) {
	case *core.Promise:
		return c.claim(env.From, m.Commit, "Promise")
	case *core.Behind:
		return c.claim(env.From, m.Commit, "Behind")
	case *core.Nack:
		return c.claim(env.From, m.Commit, "Nack")
	case *core.Accept:
		return c.claim(env.From, m.Commit, "Accept")
	case *core.Accepted:
		return c.claim(env.From, m.Commit, "Accepted")
	case *core.Chosen:
		return c.claim(env.From, m.Commit, "Chosen")
	case *core.Heartbeat:
		return c.claim(env.From, m.Commit, "Heartbeat")
	case *core.HeartbeatReply:
		return c.claim(env.From, m.Commit, "HeartbeatReply")
	case *core.Entries:
		return c.entries(env.From, m)
	case *core.StandNow:
		return c.claim(env.From, m.Commit, "StandNow")
	case *core.SnapshotOffer:
		return c.claim(env.From, max(m.Commit, m.Instance), "SnapshotOffer")
	case *core.Probe, *core.Identity, *core.Ask, *core.AskYes, *core.Prepare, *core.Fetch, *core.Release, *core.SnapshotFetch, *core.SnapshotChunk:
		return nil
	default:
		panic("sim: a message that K7 does not know")
	}
}

// claim judges one commit index. A message that waited for a sync may carry an
// older one than a message that left before it, so only status and applied
// instances are held to "never regresses" (see observed).
func (c *commits) claim(seat core.Seat, commit core.Instance, where string) *violation {
	if commit > c.ghost.prefix {
		return violated("K7", "n%d says in %s that %d is chosen, but only %d is", seat, where, commit, c.ghost.prefix)
	}
	return nil
}

// observed judges the commit index that a node reports about itself.
func (c *commits) observed(seat core.Seat, commit core.Instance) *violation {
	if commit < c.last[seat] {
		return violated("K7", "n%d's commit index went from %d back to %d within one life", seat, c.last[seat], commit)
	}
	c.last[seat] = commit
	return c.claim(seat, commit, "its status")
}

// entries judges what a node hands out as chosen.
func (c *commits) entries(seat core.Seat, m *core.Entries) *violation {
	if v := c.claim(seat, m.Commit, "Entries"); v != nil {
		return v
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		if d, ok := c.ghost.chosen(e.Instance); !ok || d != digestOf(e.Value) {
			return violated("K7", "n%d hands out instance %d in ballot %v as chosen, which it is not", seat, e.Instance, e.Ballot)
		}
	}
	return nil
}
