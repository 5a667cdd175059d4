package sim

import (
	"path"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// Check K20: what a process holds is bounded by what it was given, and so is what it
// leaves on its disk.

// Bounds on one process. Each has an input that could make it grow without end.
const (
	maxInbox   = 20_000 // inputs between two turns
	maxJobs    = 64     // given out and not ended
	maxExports = 16     // snapshots being read by peers
	// maxPatience is how many requests of one client may wait: it gives up, and
	// asks anew, before a process that holds it to the bound of K17 does.
	maxPatience = 4
)

// bounded judges a process at one instant.
func (n *node) bounded() *violation {
	w := n.w
	if !n.up || n.replica == nil || n.paused > w.now {
		return nil // a stopped process takes nothing out of its inbox
	}
	s := n.replica.Status(n.clk.at(w.now))
	switch {
	case len(n.inbox) > maxInbox:
		return violated("K20", "n%d has %d inputs between two turns", n.seat, len(n.inbox))
	case len(n.jobs) > maxJobs:
		return violated("K20", "n%d has %d jobs out", n.seat, len(n.jobs))
	case s.InFlight > w.opts.window():
		return violated("K20", "n%d has %d instances in flight, more than the window of %d", n.seat, s.InFlight, w.opts.window())
	case s.Queued > len(n.waiting):
		return violated("K20", "n%d queues %d updates for %d requests that wait", n.seat, s.Queued, len(n.waiting))
	case s.Exports > maxExports:
		return violated("K20", "n%d keeps %d snapshots open", n.seat, s.Exports)
	case len(n.waiting) > w.mayWait():
		return violated("K20", "n%d keeps %d requests, of at most %d that can still be waited for", n.seat, len(n.waiting), w.mayWait())
	}
	return nil
}

// window is how many instances may be in flight. With the rule of localities an
// operator's word goes beyond the window of updates, which may be full of what a lost
// datacentre keeps from being chosen; as far as acceptors take one (core's reach).
func (o *Options) window() int {
	if o.Rule == core.RuleLocality.String() {
		return 2*core.DefaultAlpha + core.MaxSeats
	}
	return core.DefaultAlpha
}

// mayWait is how many requests can wait at one node: of each client the last few, one
// after the other, and those of operators, the bulk load and the liveness phase.
func (w *World) mayWait() int { return maxPatience*len(w.clients) + 32 }

// maxSpins is how many turns in a row may ask for the next one at once.
const maxSpins = 100

// spinning judges how often in a row a process has asked for the next turn at once.
func spinning(seat core.Seat, spins int) *violation {
	if spins > maxSpins {
		return violated("K20", "n%d spins: it asks to be woken at an instant that has passed, %d times in a row", seat, spins)
	}
	return nil
}

// tidy judges the files of a node that is at rest: none is left over.
func (n *node) tidy() *violation {
	for _, dir := range []string{".", logDir} {
		names, err := n.disk.List(dir)
		if err != nil {
			return violated("K20", "n%d: %v", n.seat, err)
		}
		for _, name := range names {
			if p := path.Join(dir, name); !n.mayKeep(p) {
				return violated("K20", "n%d is at rest and still has the file %s", n.seat, p)
			}
		}
	}
	return nil
}

// mayKeep says which files a node has for good: what it keeps as evidence of a
// divergence is one of them.
func (n *node) mayKeep(p string) bool {
	switch {
	case p == storePath, p == logDir, strings.HasPrefix(p, storePath+".diverged"):
		return true
	case p == storePath+".part": // of a snapshot that was given up: the next try goes on with it, the next start removes it
		return true
	case path.Dir(p) != logDir:
		return false
	}
	name := path.Base(p)
	switch strings.TrimSuffix(name, ".tmp") { // one of a name may be left, and is used again
	case "ID", "BASE", "reserve", "ahead", "compress":
		return true
	default:
		return strings.HasSuffix(name, ".tlog") || strings.HasSuffix(name, ".tlx")
	}
}
