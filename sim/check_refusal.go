package sim

// Check K17, the half about silence: a request that a running process has taken in
// gets an answer, a success or an explicit failure, within a bounded time, whatever
// has become of the rest of the cluster: one period until there is room for it in
// the pipeline or the master steps down, one in flight, and one while a master lifts
// its ballot. It is in lease periods, and clocks may be slow.
const patience = 3

// overdue looks for a request that has waited too long at a node.
func (n *node) overdue() *violation {
	if !n.up || n.paused > n.w.now {
		return nil
	}
	for _, r := range n.waiting {
		if r.order != nil {
			continue // a checkpoint takes its time; the liveness phase looks at the rest
		}
		since := max(r.taken, n.resumedAt)
		if waited := n.w.now - since; waited > patience*n.w.longestPeriod()*21/20 {
			return violated("K17", "n%d leaves a request without an answer for %s: %s", n.seat, stamp(waited), r)
		}
	}
	return nil
}

// longestPeriod returns the longest lease period in any node's file, in ns.
func (w *World) longestPeriod() int64 {
	longest := w.opts.Lease
	for _, n := range w.nodes {
		longest = max(longest, n.period())
	}
	return int64(longest)
}
