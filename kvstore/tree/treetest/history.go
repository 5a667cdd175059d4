package treetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Options of a run. The zero value is what tests use.
type Options struct {
	Checkpoints int // of the history; 0: 8
	Images      int // power losses per operation, where not all are tried; 0: 3
}

// Result counts what a run did.
type Result struct {
	Checkpoints int // finished, in the history
	Operations  int // of the history, at each of which the power failed
	Images      int // disks that were looked at
	Twice       int // of them, that lost power again in the first checkpoint after
	FailedSyncs int // that the history went on from
	Full        int // checkpoints ended by a full disk
	Older       int // older checkpoints that were looked at
	Cuts        int // checkpoints that made the file shorter
}

// Add sums up two results.
func (r *Result) Add(o Result) {
	r.Checkpoints += o.Checkpoints
	r.Operations += o.Operations
	r.Images += o.Images
	r.Twice += o.Twice
	r.FailedSyncs += o.FailedSyncs
	r.Full += o.Full
	r.Older += o.Older
	r.Cuts += o.Cuts
}

// String prints the figures.
func (r Result) String() string {
	return fmt.Sprintf("checkpoints=%d operations=%d images=%d twice=%d failed_syncs=%d full=%d older=%d cuts=%d",
		r.Checkpoints, r.Operations, r.Images, r.Twice, r.FailedSyncs, r.Full, r.Older, r.Cuts)
}

// Run makes the history of a seed and breaks it at every operation. The error says
// what did not hold.
func Run(seed uint64, o Options) (Result, error) {
	if o.Checkpoints == 0 {
		o.Checkpoints = 8
	}
	if o.Images == 0 {
		o.Images = 3
	}
	h := &history{o: o, rng: rand.New(rand.NewPCG(seed, 0x7472656574657374)), mem: disk.NewMem(0)}
	h.profile = profiles[h.rng.IntN(len(profiles))]
	h.models = map[core.Instance]model{0: {}}
	err := h.run()
	if err != nil {
		err = fmt.Errorf("history of seed %d, at instance %d, operation %d: %w", seed, h.at, h.result.Operations, err)
	}
	return h.result, err
}

// history is a run.
type history struct {
	o       Options
	rng     *rand.Rand
	mem     *disk.Mem
	profile profile
	result  Result

	tree   *tree.Tree
	at     core.Instance // of the newest checkpoint that may be durable
	models map[core.Instance]model
	sure   core.Instance // a power loss leaves this one or a later one
	held   *tree.Root    // that a reader still reads
	exists bool          // the file is durable
	late   bool          // a sync may have said too early that all is well: one more may fail
}

func (h *history) chance(percent int) bool { return h.rng.IntN(100) < percent }

func (h *history) run() error {
	if err := h.create(); err != nil {
		return err
	}
	for range h.o.Checkpoints {
		if h.chance(25) && h.held == nil {
			h.held = h.tree.Root()
		}
		if err := h.checkpoint(); err != nil {
			return err
		}
		if h.chance(60) {
			h.letGo()
		}
		h.forget()
		if h.chance(20) {
			if err := h.reopen(); err != nil {
				return err
			}
		}
		for h.chance(60) && h.tree.Stats().Upkeep {
			before := h.tree.Stats().FileBytes
			if err := h.finish(h.tree.BeginUpkeep(), h.at); err != nil {
				return err
			}
			if h.tree.Stats().FileBytes < before {
				h.result.Cuts++
			}
		}
	}
	h.letGo()
	return h.tree.Close()
}

func (h *history) letGo() {
	if h.held != nil {
		h.held.Release()
		h.held = nil
	}
}

// watched is the disk as the history sees it: every operation that changes something
// is one at which the power may fail.
func (h *history) watched() disk.Disk { return &watchedDisk{h.mem, h.broken} }

func (h *history) create() error {
	h.models[1] = model{}
	h.at = 1
	t, err := tree.Create(h.watched(), path, metaOf(1), h.options())
	if err != nil {
		return err
	}
	h.tree, h.sure, h.exists = t, 1, true
	return nil
}

func (h *history) options() tree.Options {
	return tree.Options{Cache: tree.NewCache(64 << 10), VacuumPages: 8}
}

// checkpoint makes random changes, now and then with something in the way.
func (h *history) checkpoint() error {
	i := h.at + 1
	c := h.profile.changes(h.rng)
	h.models[i] = h.models[h.at].with(c)
	switch {
	case h.chance(8):
		return h.abandoned(c)
	case h.chance(8):
		return h.full(c)
	case h.chance(15):
		return h.failedSync(i, c)
	}
	return h.finish(h.tree.Begin(metaOf(i), c), i)
}

// finish lets a checkpoint run to its end.
func (h *history) finish(c *tree.Checkpoint, i core.Instance) error {
	h.at = i
	var err error
	for err == nil && !c.Done() {
		err = c.Run()
	}
	if finished := h.tree.Finish(c); finished != nil {
		if h.late && errors.Is(finished, disk.ErrSync) {
			return h.reopen()
		}
		return finished
	}
	h.sure = h.floor(h.tree)
	h.result.Checkpoints++
	return h.agrees()
}

// forget lets the system drop what it holds in memory only: reads show what is on the
// platter then.
func (h *history) forget() {
	if h.chance(50) {
		h.mem.Evict(func(disk.Op) bool { return h.chance(70) })
	}
}

// agrees compares what is open with the model, and the file with its own sums.
func (h *history) agrees() error {
	r := h.tree.Root()
	defer r.Release()
	if got := h.tree.Meta(); got.Applied != h.at || string(got.State) != string(metaOf(h.at).State) {
		return fmt.Errorf("the checkpoint is of instance %d with state %q", got.Applied, got.State)
	}
	if h.held != nil {
		if err := h.models[h.held.Meta().Applied].compare(h.held); err != nil {
			return fmt.Errorf("a root of instance %d that is held: %w", h.held.Meta().Applied, err)
		}
	}
	return errors.Join(h.models[h.at].compare(r), checked(h.mem))
}

// abandoned drops a checkpoint after some slices.
func (h *history) abandoned(c *changes) error {
	at := h.at
	h.at++
	cp := h.tree.Begin(metaOf(h.at), c)
	for h.chance(50) && !cp.Done() {
		if cp.Run() != nil {
			return h.finish(cp, h.at)
		}
	}
	if cp.Done() {
		return h.finish(cp, h.at)
	}
	h.tree.Abandon(cp)
	h.at = at
	return nil
}

// full lets the disk fill up under a checkpoint, and relieves it.
func (h *history) full(c *changes) error {
	at := h.at
	h.at++
	h.mem.SetCapacity(max(h.mem.Used()+int64(h.rng.IntN(4))*tree.PageSize, 1))
	cp := h.tree.Begin(metaOf(h.at), c)
	var err error
	for err == nil && !cp.Done() {
		err = cp.Run()
	}
	h.mem.SetCapacity(0)
	if err == nil || h.late && errors.Is(err, disk.ErrSync) {
		return h.finish(cp, h.at)
	}
	if !errors.Is(err, disk.ErrFull) || !errors.Is(h.tree.Finish(cp), disk.ErrFull) {
		return fmt.Errorf("on a full disk: %w", err)
	}
	h.result.Full++
	h.at = at
	return h.agrees()
}

// failedSync lets a sync of a checkpoint fail in one of the ways that are known. The
// process ends, and the next one goes on from what reads show then.
func (h *history) failedSync(i core.Instance, c *changes) error {
	h.at = i
	faults := []disk.SyncFault{disk.SyncFails, disk.SyncKeeps, disk.SyncReverts, disk.SyncLate, disk.SyncFalseAlarm}
	fault := faults[h.rng.IntN(len(faults))]
	h.late = h.late || fault == disk.SyncLate
	h.mem.FailSyncAs(1+h.rng.IntN(4), fault, func(disk.Op) bool { return h.chance(50) })
	cp := h.tree.Begin(metaOf(i), c)
	var err error
	for err == nil && !cp.Done() {
		err = cp.Run()
	}
	h.mem.FailSync(0)
	if err == nil {
		return h.finish(cp, i)
	}
	if !errors.Is(h.tree.Finish(cp), disk.ErrSync) {
		return fmt.Errorf("in a failed sync: %w", err)
	}
	h.result.FailedSyncs++
	return h.reopen()
}

// reopen ends the process, maybe without closing anything, and starts the next one.
func (h *history) reopen() error {
	h.held = nil
	h.mem.Crash()
	h.forget()
	t, err := tree.Open(h.watched(), path, h.options())
	if err != nil {
		return err
	}
	h.tree = t
	i := t.Meta().Applied
	if i < h.sure || i > h.at {
		return fmt.Errorf("a restart finds instance %d, not %d to %d", i, h.sure, h.at)
	}
	h.at, h.sure = i, h.floor(t)

	return h.agrees()
}

// floor returns the instance that a power loss leaves at least: the newest checkpoint
// counts only if one can still read that its sync returned. Without an older one (its
// slot was bad, or in doubt) it is what it was.
func (h *history) floor(t *tree.Tree) core.Instance {
	if older := t.OlderApplied(); older > 0 {
		return older
	}
	return h.sure
}
