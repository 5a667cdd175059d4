package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// Check K10 for a disk that lost durable bytes: what the log gives back is what is
// durable, or it says that something is gone, or it refuses, loudly. Never less in
// silence: damage is not a torn tail, and what is gone is not empty (FAULTS 1.4,
// decisions 1, 2 and 4).

// judgeHurt judges what a power loss of a hurt node would leave now.
func (n *node) judgeHurt(d *disk.Mem) *violation {
	if n.doubtful() {
		return nil // nothing could notice, yet
	}
	store, err := kvstore.Open(n.w.opts.store(d, n.w.checks.cache))
	if err != nil {
		return n.refusal(err)
	}
	dice := NamedStream(n.w.seed, "recovery check")
	checkpoint, _ := store.Checkpoints()
	log, opened, err := tlog.Open(d, tlog.Options{Dir: logDir, ClusterID: clusterID, Node: nodeName(n.seat), Rand: dice.Fill,
		Checkpoint: checkpoint, Installed: store.Installed()})
	if err != nil {
		return n.refusal(err)
	}
	defer log.Close()
	if opened.Ahead && n.gap == noGap {
		return violated("K11", "n%d's checkpoint at %d is ahead of its durable log", n.seat, checkpoint)
	}
	if opened.Ahead {
		return nil // it would be refused
	}
	if len(opened.Restored.Unknown) == 0 {
		return n.ledger.matches(&opened.Restored, n.w.checks.ghost)
	}
	if n.gap == noGap {
		return violated("K10", "n%d would vote for nothing, %v being gone, though that is under its checkpoint", n.seat, opened.Restored.Unknown)
	}
	return n.ledger.knows(&opened.Restored, n.w.checks.ghost)
}

// refusal judges that a damaged disk is refused.
func (n *node) refusal(err error) *violation {
	if n.gap == noGap {
		return violated("K10", "n%d would refuse its disk, which is good enough: %v", n.seat, err)
	}
	if lacks := silent(err); lacks != "" {
		return violated("K17", "n%d would refuse its disk, and not say %s: %v", n.seat, lacks, err)
	}
	return nil
}

// knows judges what a log gives back that says that something is gone: no more than is
// durable, and nothing that was replaced.
func (l *ledger) knows(r *core.Restored, g *ghost) *violation {
	if r.Commit > g.prefix {
		return violated("K7", "n%d recovers commit index %d, but only %d is chosen", l.seat, r.Commit, g.prefix)
	}
	for _, e := range r.Entries {
		want, ok := l.highest(e.Instance)
		if !ok || want.ballot != e.Ballot || want.digest != digestOf(e.Value) {
			return violated("K10", "n%d recovers instance %d in ballot %v from a damaged log, where ballot %v was durable", l.seat,
				e.Instance, e.Ballot, want.ballot)
		}
	}
	return nil
}
