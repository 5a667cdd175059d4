package sim

import "github.com/openvstorage/arakoon-go/core"

// Check K6: a vote for what was chosen never goes. Every chosen instance that a log ever
// held durably is there still, in the segments that count, or under both checkpoints of
// the store, whichever a start finds; so the quorum that chose it stays. It is read from
// the durable bytes, without the log's own reader. Nodes whose disk was hurt are the
// budget's, which counts them as it does the injections.
func (n *node) keepsVotes() *violation {
	if n.hurt || n.astray || n.late || n.wire.failed {
		return nil
	}
	g := n.w.checks.ghost
	log, cover := n.inLog(), n.cover()
	for i := cover + 1; i <= min(g.prefix, n.ledger.last); i++ {
		if !log[i] && n.ledger.heldChosen(i, g) {
			return violated("K6", "n%d voted for instance %d, which is chosen, and holds it no more: its checkpoints are through %d", n.seat, i, cover)
		}
	}
	return nil
}

// heldChosen reports whether the log ever durably held what is chosen at i.
func (l *ledger) heldChosen(i core.Instance, g *ghost) bool {
	digest, ok := g.chosen(i)
	if !ok {
		return false
	}
	for _, h := range l.accepted[i] {
		if h.digest == digest {
			return true
		}
	}
	return false
}

// keptTwins take a store away whose log no longer begins at the first instance.
var keptTwins = []twin{
	{"the log was cut, and no checkpoint has what was there", func(flawed bool) *violation {
		n := collapsed()
		n.disk = n.durable()
		if flawed {
			must(n.disk.Lose(storePath))
		}
		return n.keepsVotes()
	}},
}
