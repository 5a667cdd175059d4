package replica

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// checkVerdict looks what the comparison of digests says (DESIGN 4.11). A node
// that differs from the others serves nothing from then on, keeps its state as
// evidence, and gets a snapshot.
func (r *Replica) checkVerdict() {
	v := r.node.Verdict()
	if v == r.verdict {
		return
	}
	r.verdict = v
	switch v {
	case core.VerdictDiverged:
		r.resetting = fmt.Sprintf("diverged-%d", r.applier.applied)
		r.counts.diverged++
		r.show(nil, 0)
	case core.VerdictUnverified:
		r.show(nil, 0)
	case core.VerdictNone:
	}
}

// readable says that this node's state may be shown to readers at all. A witness
// folds its log into a state like everybody, and shows it to nobody.
func (r *Replica) readable() bool {
	return r.verdict == core.VerdictNone && !r.rebuilding && !r.cfg.Core.Seats[r.cfg.Core.Self].Witness
}

// tickReset throws the state away as soon as nothing runs.
func (r *Replica) tickReset(now core.Instant) {
	if r.resetting != "" && r.inst.phase == installFetching && !r.inst.busy {
		r.giveUpInstall(now, "the state machine is about to be set aside")
	}
	if r.resetting == "" || !r.idle() || r.inst.phase != installIdle || r.inst.logBase != 0 {
		return
	}
	label := r.resetting
	r.closeExports()
	r.abortImport()
	if err := r.sm.Reset(label); err != nil {
		r.out.Fatal = fmt.Errorf("the diverged store can't be set aside: %w", err)
		return
	}
	r.resetting = ""
	r.rebuild(now)
}

// rebuild waits for a snapshot: the state machine has less than the log can
// replay.
func (r *Replica) rebuild(now core.Instant) {
	if r.rebuilding {
		return
	}
	r.rebuilding = true
	r.applier.applied = r.sm.Applied()
	r.ckpt = checkpoints{}
	r.ckpt.init(r.sm, now)
	r.full = r.sm.Full()
	r.show(nil, 0)
	r.step(now, core.Rebuild{})
}
