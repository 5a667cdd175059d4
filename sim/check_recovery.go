package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// Check K10 by sample: after every so many syncs of a node, a copy of its disk
// loses power with nothing pending kept, and the real log is opened on it. It must
// give back exactly what the ledger says is durable, so ledger and log also check
// each other.
const recoveryEvery = 40

// recovers judges what a power loss of the node would leave now.
func (n *node) recovers() *violation {
	if n.late {
		return nil // what is durable is not known
	}
	d := n.disk.Clone()
	d.SetCapacity(0)
	d.PowerLoss(disk.LoseAll)
	dice := NamedStream(n.w.seed, "recovery check")
	log, opened, err := tlog.Open(d, tlog.Options{Dir: logDir, ClusterID: clusterID, Node: nodeName(n.seat), Rand: dice.Fill})
	if err != nil {
		return violated("K10", "after a power loss now n%d could not open its log: %v", n.seat, err)
	}
	defer log.Close()
	return n.ledger.matches(&opened.Restored, n.w.checks.ghost)
}

// matches compares what a log gave back with what is durable.
func (l *ledger) matches(r *core.Restored, g *ghost) *violation {
	switch {
	case r.Promised != l.hard.Promised:
		return violated("K10", "n%d recovers promise %v, durable is %v", l.seat, r.Promised, l.hard.Promised)
	case r.LongestLease != l.hard.LongestLease:
		return violated("K10", "n%d recovers longest lease %v, durable is %v", l.seat, r.LongestLease, l.hard.LongestLease)
	case (r.Genesis == nil) != (l.genesis == nil) || r.Adopted != l.adopted:
		return violated("K10", "n%d recovers another beginning of the cluster: adopted %v, durable is %v", l.seat, r.Adopted, l.adopted)
	case r.Commit > g.prefix:
		return violated("K7", "n%d recovers commit index %d, but only %d is chosen", l.seat, r.Commit, g.prefix)
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
