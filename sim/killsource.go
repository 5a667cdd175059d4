package sim

import "github.com/openvstorage/arakoon-go/core"

// killSource lets the next node die that sends a chunk of a snapshot with more to
// come: who was fetching it must go on from another source, or begin anew.
// Snapshots are rare, so the fault waits for one.
func killSource(w *World, _ *node, _ int64) { w.nemesis.sourceDies = true }

// sees takes in a message that leaves a node.
func (m *nemesis) sees(n *node, msg core.Message) {
	w := m.w
	if c, ok := msg.(*core.SnapshotChunk); !ok || c.Done || c.Gone || !m.sourceDies || w.healed {
		return
	}
	m.sourceDies = false
	life := n.life
	w.push(event{at: w.now, kind: evScript, run: func() {
		if n.up && n.life == life {
			w.counts[FaultKillSource]++
			w.kill(false, n)
		}
	}})
}
