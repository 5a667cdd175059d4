package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// liveness is check K16: once all faults have ended, a new update must commit
// and all nodes must come to the same state within a bounded time; otherwise it
// names what is missing.
type liveness struct {
	w      *World
	since  int64
	marker *request
	acked  bool
}

// livenessBound is the bound, in lease periods after the last fault: quarantine,
// an old grant, a give-up of two periods, and elections that lose a round each.
const livenessBound = 8

func (l *liveness) begin() {
	l.since = l.w.now
	l.w.push(event{at: l.w.now + int64(l.w.opts.Lease)/4, kind: evProbe})
}

// probe looks whether the cluster has recovered.
func (l *liveness) probe() {
	w := l.w
	w.checks.overdue()
	missing, stalled := l.missing(), l.stalled()
	if l.acked && missing == "" && stalled == "" && l.idle() {
		l.tidy()
		w.note("all nodes agree")
		w.done = true
		return
	}
	if w.now > l.since+livenessBound*w.longestPeriod() {
		l.expired(missing, stalled)
		return
	}
	l.mark()
	w.push(event{at: w.now + int64(w.opts.Lease)/4, kind: evProbe})
}

// tidy looks at what the nodes leave on their disks.
func (l *liveness) tidy() {
	for _, n := range l.present() {
		l.w.report(n.tidy())
	}
}

// idle reports whether no client waits any more.
func (l *liveness) idle() bool {
	for _, c := range l.w.clients {
		if c.current != nil {
			return false
		}
	}
	return true
}

// mark hands an update that changes nothing to the master, unless one is under
// way or was acknowledged. A node that is left out may still lead: as long as it
// reaches a quorum, nobody else can.
func (l *liveness) mark() {
	w := l.w
	if l.acked || l.marker != nil && l.marker.outcome == pending {
		return
	}
	for _, n := range w.nodes {
		if !n.up || n.replica == nil || n.replica.Status(n.clk.at(w.now)).Role != core.RoleMaster {
			continue
		}
		l.marker = &request{op: operation{update: command.Nop{}}, encoded: command.Encode(command.Nop{}), sent: w.now,
			onAnswer: func(r *request) { l.acked = l.acked || r.outcome == success }}
		w.push(event{at: w.now, kind: evRequest, node: n.id(), life: n.life, req: l.marker})
		return
	}
}

// missing says what keeps the cluster from being well; "" if nothing does.
func (l *liveness) missing() string {
	w := l.w
	var lacks []string
	if !l.acked {
		lacks = append(lacks, "no update was committed")
	}
	top := core.Instance(0)
	for _, n := range l.present() {
		if !n.up || n.machine == nil {
			lacks = append(lacks, fmt.Sprintf("n%d is down", n.seat))
			continue
		}
		top = max(top, n.machine.Applied())
	}
	for _, n := range l.present() {
		if n.up && n.machine != nil && n.machine.Applied() != top {
			lacks = append(lacks, fmt.Sprintf("n%d has applied %d of %d", n.seat, n.machine.Applied(), top))
		}
	}
	if lacks == nil {
		return l.disagreement()
	}
	for _, n := range w.nodes {
		if n.up && n.replica != nil {
			lacks = append(lacks, summary(n.replica.Status(n.clk.at(w.now))))
		}
	}
	return strings.Join(lacks, "; ")
}

// present returns the nodes that must recover.
func (l *liveness) present() []*node {
	var all []*node
	for _, n := range l.w.nodes {
		if !n.leftOut && n.gap == noGap {
			all = append(all, n)
		}
	}
	return all
}

// disagreement compares the states of nodes that have applied as much.
func (l *liveness) disagreement() string {
	nodes := l.present()
	if len(nodes) == 0 {
		return ""
	}
	first := nodes[0].machine.view()
	defer first.Release()
	for _, n := range nodes[1:] {
		v := n.machine.view()
		defer v.Release()
		if v.Content() != first.Content() || v.Chain() != first.Chain() || v.KeyCount() != first.KeyCount() {
			return fmt.Sprintf("n%d and n%d have applied %d and differ", n.seat, nodes[0].seat, v.Applied())
		}
	}
	return ""
}

func summary(s replica.Status) string {
	return fmt.Sprintf("[%s %v ballot=%v promised=%v commit=%d applied=%d last=%d inflight=%d master=%q waiting=%q]",
		s.Name, s.Role, s.Ballot, s.Promised, s.Commit, s.Applied, s.Last, s.InFlight, s.Master, s.Waiting)
}
