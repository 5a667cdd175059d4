package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Check K10, and K11 where nothing pending is kept, by sample: after every so many syncs of a node, a copy of its
// disk loses power with nothing pending kept, and the real store and log are opened
// on it. Every page of the store must be in order, its content what the chosen
// values make, and the log must give back exactly what the ledger says is durable
// above it, so ledger and log also check each other.
// A look costs what the disk holds, so at a long log a node is looked at when about
// half as much was written again.
const (
	recoveryEvery = 40
	syncedBytes   = 8 << 10 // by a sync and what goes with it, about
)

// lookAgain returns after how many syncs of its log the node is due again.
func (n *node) lookAgain() uint32 {
	return uint32(max(recoveryEvery, n.disk.Used()/syncedBytes))
}

// recovers judges what a power loss of the node would leave now.
func (n *node) recovers() *violation {
	if n.late || n.wire.failed {
		return nil // what is durable is not known
	}
	return n.judgeImage(n.durable())
}

// durable returns what is left of the node's disk if power fails now.
func (n *node) durable() *disk.Mem {
	d := n.disk.Clone()
	d.SetCapacity(0)
	d.PowerLoss(disk.LoseAll)
	return d
}

// judgeImage judges what a process would find on an image of the node's disk.
func (n *node) judgeImage(d *disk.Mem) *violation {
	if n.hurt {
		return n.judgeHurt(d)
	}
	if v := n.judgeStore(d); v != nil {
		return v
	}
	store := &n.judged
	dice := NamedStream(n.w.seed, "recovery check")
	checkpoint := store.checkpoint
	log, opened, err := tlog.Open(d, tlog.Options{Dir: logDir, ClusterID: clusterID, Node: nodeName(n.seat), Rand: dice.Fill,
		Checkpoint: checkpoint, Installed: store.installed})
	if err != nil {
		return violated("K10", "after a power loss now n%d could not open its log: %v", n.seat, err)
	}
	defer log.Close()
	if opened.Ahead {
		return violated("K11", "n%d's checkpoint at %d is ahead of its durable log", n.seat, checkpoint)
	}
	if opened.Base > checkpoint+1 && opened.Restored.Commit > checkpoint && !n.astray {
		return violated("K11", "n%d's log begins at %d, its checkpoint ends at %d", n.seat, opened.Base, checkpoint)
	}
	if v := n.knowsSettings(store, opened); v != nil {
		return v
	}
	return n.ledger.matches(&opened.Restored, n.w.checks.ghost)
}

// knowsSettings judges what checkpoint and log say about the locality rule.
func (n *node) knowsSettings(store *judgedStore, opened *tlog.Opened) *violation {
	if n.astray {
		return nil
	}
	g := n.w.checks.ghost
	if v := g.knows(fmt.Sprintf("n%d's checkpoint", n.seat), store.setting, store.checkpoint); v != nil {
		return v
	}
	both := core.NewestSetting(opened.Restored.Setting, store.setting)
	return g.knows(fmt.Sprintf("n%d", n.seat), both, opened.Restored.Commit)
}

// judgedStore is what a store file said that was found in order. It says so again as
// long as its bytes are the same: what is chosen through an instance never changes.
type judgedStore struct {
	known      bool
	version    disk.Version
	astray     bool // only its pages were judged
	checkpoint core.Instance
	installed  bool
	setting    []byte
}

// judgeStore checks every page of a store file and what it holds, once per content.
func (n *node) judgeStore(d *disk.Mem) *violation {
	version := d.Version(storePath)
	if j := &n.judged; j.known && j.version == version && j.astray == n.astray {
		return nil
	}
	n.judged.known = false
	store, err := kvstore.Open(n.w.opts.store(d, n.w.checks.cache))
	if err != nil {
		return violated("K10", "after a power loss now n%d could not open its store: %v", n.seat, err)
	}
	if store.Stats().Tree.Pages > 0 {
		report, err := tree.Check(d, storePath, nil)
		if err != nil || !report.Clean() {
			return violated("K10", "after a power loss now n%d's store is damaged: %v %v", n.seat, err, report.Findings)
		}
	}
	if !n.astray {
		v := store.View().(*kvstore.View)
		defer v.Release()
		if v := n.w.checks.reference.matches(fmt.Sprintf("n%d's durable store", n.seat), v); v != nil {
			return v
		}
	}
	checkpoint, _ := store.Checkpoints()
	n.judged = judgedStore{true, version, n.astray, checkpoint, store.Installed(), store.Setting()}
	return nil
}

// matches compares what a log gave back with what is durable.
func (l *ledger) matches(r *core.Restored, g *ghost) *violation {
	switch {
	case r.Promised != l.hard.Promised:
		return violated("K10", "n%d recovers promise %v, durable is %v", l.seat, r.Promised, l.hard.Promised)
	case r.LongestLease != l.hard.LongestLease:
		return violated("K10", "n%d recovers longest lease %v, durable is %v", l.seat, r.LongestLease, l.hard.LongestLease)
	case (r.Genesis == nil) != (l.genesis == nil) || r.Adopted != l.adopted && !(l.hurt && l.adopted.Covers(r.Adopted)): // who adopted it is told again
		return violated("K10", "n%d recovers another beginning of the cluster: adopted %v, durable is %v", l.seat, r.Adopted, l.adopted)
	case r.Commit > g.prefix:
		return violated("K7", "n%d recovers commit index %d, but only %d is chosen", l.seat, r.Commit, g.prefix)
	case r.Commit < l.hard.Commit && !l.hurt: // damage under the checkpoint takes commit indexes with it
		return violated("K10", "n%d recovers commit index %d, durable is %d", l.seat, r.Commit, l.hard.Commit)
	case len(r.Unknown) > 0:
		return violated("K10", "n%d recovers damage where there is none: %v", l.seat, r.Unknown)
	}
	k := 0
	for i := r.Commit + 1; i <= l.last; i++ {
		want, ok := l.highest(i)
		if !ok {
			continue
		}
		if k >= len(r.Entries) || r.Entries[k].Instance != i || r.Entries[k].Ballot != want.ballot ||
			digestOf(r.Entries[k].Value) != want.digest {
			return violated("K10", "n%d does not recover instance %d in ballot %v, which is durable", l.seat, i, want.ballot)
		}
		k++
	}
	if k < len(r.Entries) {
		return violated("K10", "n%d recovers instance %d, which is not durable", l.seat, r.Entries[k].Instance)
	}
	return nil
}

// highest returns the entry of the highest ballot at i.
func (l *ledger) highest(i core.Instance) (top held, ok bool) {
	for _, h := range l.accepted[i] {
		if !ok || top.ballot.Less(h.ballot) {
			top, ok = h, true
		}
	}
	return top, ok
}
