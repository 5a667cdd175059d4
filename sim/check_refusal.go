package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
)

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
		if waited := n.w.now - since; waited > patience*n.w.longestPeriod()*n.w.slowest()/million {
			return violated("K17", "n%d leaves a request without an answer for %s: %s", n.seat, stamp(waited), r)
		}
	}
	return nil
}

// slowest is how long a period of any clock may take, in parts of a million, with
// some room.
func (w *World) slowest() int64 { return million + max(50_000, 2*int64(w.opts.Rate)) }

// longestPeriod returns the longest lease period in any node's file, in ns.
func (w *World) longestPeriod() int64 {
	longest := w.opts.Lease
	for _, n := range w.nodes {
		longest = max(longest, n.period())
	}
	return int64(longest)
}

// submissions is the other half of K17: a refusal is true. An update is executed as
// often as it was handed to a process that did not refuse it, at most; so neither
// after a refusal, nor twice, nor when nobody asked for it.
type submissions struct {
	may map[uint64]int // executions, by the digest of the encoded update; never ranged over
}

func newSubmissions() submissions { return submissions{may: map[uint64]int{}} }

// taken notes that a process has taken an update in.
func (s *submissions) taken(encoded []byte) {
	s.may[digestOf(encoded)]++
}

// refused notes that it has answered that nothing happened.
func (s *submissions) refused(encoded []byte) { s.may[digestOf(encoded)]-- }

// judge goes through everything that was chosen.
func (s *submissions) judge(chosen model.Chosen) *violation {
	done := map[uint64]int{} // never ranged over
	for i := core.Instance(1); i <= chosen.Last; i++ {
		updates, err := chosen.Value(i).Updates()
		if err != nil {
			return violated("K17", "the value chosen at instance %d: %v", i, err)
		}
		for _, u := range updates {
			d := digestOf(u)
			if done[d]++; done[d] > s.may[d] {
				return violated("K17", "instance %d executes an update for the %d. time, which may be executed %d times: %s", i, done[d], s.may[d], show(u))
			}
		}
	}
	return nil
}

func show(encoded []byte) string {
	u, err := command.Decode(encoded)
	if err != nil {
		return err.Error()
	}
	return command.Describe(u)
}
