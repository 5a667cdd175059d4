package sim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Campaigns: what is expected of a cluster whose disks lose durable data.
const (
	// campaignRecoverable keeps every loss within the budget. All nodes that are not
	// excused must converge.
	campaignRecoverable = "recoverable"
	// campaignRefusal goes beyond now and then. Then nothing has to go on, but
	// nobody may lie, and what can't go on must say so.
	campaignRefusal = "refusal"
)

var campaigns = []string{campaignRecoverable, campaignRefusal}

// nextSteps are the words by which a refusal tells people what to do.
var nextSteps = []string{"restore", "wipe", "replace", "move", "point tlog_dir"}

// silent says what a node's last words lack that stopped by itself because of its
// disk: which file, and what to do next. "" if nothing.
func silent(err error) string {
	text := err.Error()
	if !strings.Contains(text, logDir+"/") && !strings.Contains(text, "in "+logDir) && !strings.Contains(text, storePath) && !strings.Contains(text, ".tlog") {
		return "which file it is about"
	}
	for _, step := range nextSteps {
		if strings.Contains(text, step) {
			return ""
		}
	}
	return "what to do next"
}

// maySay judges that a process has stopped by itself, which only a disk that failed it
// may bring about; one without room, only if it could not even start. Who refuses to go
// on with a damaged disk says why.
func (n *node) maySay(err error) *violation {
	w := n.w
	refuses := n.gap != noGap || w.nemesis.away().Has(n.seat)
	switch {
	case n.mayStop, n.replica == nil && n.noRoom > w.now && errors.Is(err, disk.ErrFull):
		return nil
	case !refuses:
		return violated("K16", "n%d stops by itself: %v", n.seat, err)
	}
	if lacks := silent(err); lacks != "" {
		return violated("K17", "n%d refuses to go on, and does not say %s: %v", n.seat, lacks, err)
	}
	w.counts[FaultRefused]++
	return nil
}

// stalled says which excused node neither went on with the rest nor said why not; ""
// if none did. One that is down has said it when it stopped.
func (l *liveness) stalled() string {
	top := core.Instance(0)
	for _, n := range l.present() {
		if n.up && n.machine != nil {
			top = max(top, n.machine.Applied())
		}
	}
	for _, n := range l.w.nodes {
		if n.gap == noGap || n.leftOut || !n.up || n.replica == nil || n.machine.Applied() >= top {
			continue
		}
		if s := n.replica.Status(n.clk.at(l.w.now)); s.Waiting == "" {
			return fmt.Sprintf("n%d, excused since there is no %v, is behind %d and silent about it: %s", n.seat, n.gap, top, summary(s))
		}
	}
	return ""
}

// expired judges a cluster that has not come to one state in time. Beyond the budget
// it need not; but a node that is left behind by the others says why.
func (l *liveness) expired(missing, stalled string) {
	w := l.w
	switch {
	case !w.budget.overdrawn && missing != "":
		w.failAndEnd("K16", "%d lease periods after the last fault: %s", livenessBound, missing)
	case l.acked && stalled != "":
		w.failAndEnd("K17", "%d lease periods after the last fault: %s", livenessBound, stalled)
	case !w.budget.overdrawn:
		w.failAndEnd("K16", "%d lease periods after the last fault clients still wait", livenessBound)
	default:
		w.note("the cluster can't go on, and says so")
		w.done = true
	}
}
