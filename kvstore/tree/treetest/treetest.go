// Package treetest holds a store file against a model through power losses: at
// every disk operation of random histories of checkpoints, again during the first
// checkpoint after the recovery, and after syncs that failed.
package treetest

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Result counts what a run has tried.
type Result struct {
	Histories  int
	Boundaries int // disk operations at which the process ended
	Images     int // disks that a power loss may have left then
	Again      int // of them, in the checkpoint after a recovery
	Syncs      int // failed syncs
}

// Add adds another run's counts.
func (r *Result) Add(o Result) {
	r.Histories += o.Histories
	r.Boundaries += o.Boundaries
	r.Images += o.Images
	r.Again += o.Again
	r.Syncs += o.Syncs
}

// String prints the counts, as the command's last line has them.
func (r Result) String() string {
	return fmt.Sprintf("histories=%d boundaries=%d images=%d again=%d failed_syncs=%d", r.Histories, r.Boundaries, r.Images, r.Again, r.Syncs)
}

const (
	file        = "store.db"
	checkpoints = 4 // per history
	fewPending  = 3 // pending operations up to which every image is tried
	samples     = 4 // images that are tried else
)

// model is what a tree must hold.
type model map[string]string

// change is what one checkpoint does.
type change struct {
	cleared []tree.Range
	edits   []tree.Edit
	upkeep  bool // a checkpoint without changes instead
}

func (c *change) Cleared() []tree.Range { return c.cleared }
func (c *change) Len() int              { return len(c.edits) }
func (c *change) Edits() tree.Edits     { return &edits{c.edits} }

type edits struct{ left []tree.Edit }

func (e *edits) Next() (tree.Edit, bool) {
	if len(e.left) == 0 {
		return tree.Edit{}, false
	}
	next := e.left[0]
	e.left = e.left[1:]
	return next, true
}

// apply returns the model after a change.
func (m model) apply(c *change) model {
	out := maps.Clone(m)
	for k := range m { // each key on its own
		for _, r := range c.cleared {
			if k >= r.Lo && (!r.Hi.Some || k < r.Hi.Key) {
				delete(out, k)
			}
		}
	}
	for _, e := range c.edits {
		if delete(out, e.Key); !e.Deleted {
			out[e.Key] = string(e.Value)
		}
	}
	return out
}

// script is a history: what each checkpoint does, and what must be there after it.
type script struct {
	seed    uint64
	changes []*change
	states  []model // states[i] after checkpoint i, which is of instance i
}

func newScript(seed uint64) *script {
	rng := rand.New(rand.NewPCG(seed, 99))
	s := &script{seed: seed, states: []model{{}}}
	for i := range checkpoints + 1 { // the last one is for after a recovery
		c := randomChange(rng, i)
		s.changes = append(s.changes, c)
		s.states = append(s.states, s.states[i].apply(c))
	}
	return s
}

func randomChange(rng *rand.Rand, i int) *change {
	c := &change{}
	if i > 0 && rng.IntN(5) == 0 {
		c.upkeep = true
		return c
	}
	if rng.IntN(3) == 0 {
		lo := rng.IntN(300)
		c.cleared = []tree.Range{{Lo: key(lo), Hi: tree.Below(key(lo + rng.IntN(200)))}}
	}
	all := map[string]tree.Edit{}
	for range 1 + rng.IntN(90) {
		e := tree.Edit{Key: key(rng.IntN(400)), Deleted: rng.IntN(4) == 0}
		if !e.Deleted {
			size := rng.IntN(120)
			if rng.IntN(40) == 0 {
				size = rng.IntN(20_000)
			}
			e.Value = slices.Repeat([]byte{byte('a' + rng.IntN(26))}, size)
		}
		all[e.Key] = e
	}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		c.edits = append(c.edits, all[k])
	}
	return c
}

func key(i int) string { return fmt.Sprintf("key%04d", i) }

// Run plays the history of a seed with every kind of ending. The error says what
// was wrong, and with which seed and where.
func Run(seed uint64) (Result, error) {
	s := newScript(seed)
	res := Result{Histories: 1}
	if err := s.powerLosses(&res); err != nil {
		return res, err
	}
	return res, s.failedSyncs(&res)
}

// play runs checkpoints first.. on a disk until one fails; it returns how many
// were finished.
func (s *script) play(t *tree.Tree, first, last int) (done int, err error) {
	for i := first; i < last; i++ {
		c := s.changes[i]
		ck := begin(t, i, c)
		for !ck.Done() && ck.Run() == nil {
			continue
		}
		if err := t.Finish(ck); err != nil {
			return i, err
		}
	}
	return last, nil
}

func begin(t *tree.Tree, i int, c *change) *tree.Checkpoint {
	if c.upkeep {
		return t.Begin(meta(i+1), nil)
	}
	return t.Begin(meta(i+1), c)
}

func meta(i int) tree.Meta {
	return tree.Meta{Applied: core.Instance(i), State: fmt.Appendf(nil, "state of %d", i)}
}

// fresh returns a disk with an empty tree, durably.
func fresh() (*disk.Mem, *tree.Tree, error) {
	d := disk.NewMem(0)
	t, err := tree.Create(d, file, meta(0), tree.Options{})
	return d, t, err
}

// powerLosses ends the history at each of its disk operations.
func (s *script) powerLosses(res *Result) error {
	for n := 0; ; n++ {
		d, t, err := fresh()
		if err != nil {
			return err
		}
		d.FailAfter(n)
		done, err := s.play(t, 0, checkpoints)
		if err == nil {
			return nil // the history has no more operations
		}
		res.Boundaries++
		where := fmt.Sprintf("seed %d, operation %d", s.seed, n)
		for label, image := range s.images(d, n) {
			res.Images++
			if err := s.recovers(image, done); err != nil {
				return fmt.Errorf("%s, image %s: %w", where, label, err)
			}
		}
		if n%4 == int(s.seed%4) {
			d.Crash() // what was written stays in the system's memory
			if err := s.again(d, done, res); err != nil {
				return fmt.Errorf("%s, then %w", where, err)
			}
		}
	}
}

// images yields what a power loss may leave: everything, if few operations are
// pending, else nothing of them, all but the last one, and some mixtures.
func (s *script) images(d *disk.Mem, n int) iter.Seq2[string, *disk.Mem] {
	if len(d.Pending()) <= fewPending {
		return d.Images(fewPending, true)
	}
	return func(yield func(string, *disk.Mem) bool) {
		rng := rand.New(rand.NewPCG(s.seed, uint64(n)))
		for k := range samples {
			c := d.Clone()
			left := len(c.Pending())
			c.PowerLoss(func(op disk.Op) disk.Fate {
				left--
				switch {
				case k == 0 || k == 1 && left == 0 || k > 1 && rng.IntN(2) == 0:
					return disk.Fate{Kind: disk.Lost}
				case k > 1 && op.Kind == disk.OpWrite && rng.IntN(12) == 0:
					return disk.Fate{Kind: []disk.FateKind{disk.TornHead, disk.TornTail, disk.Garbled}[rng.IntN(3)], Cut: 1 + rng.IntN(510), Seed: rng.Uint64()}
				default:
					return disk.Fate{Kind: disk.Kept}
				}
			})
			if !yield(fmt.Sprint("sample ", k), c) {
				return
			}
		}
	}
}

// recovers opens what is left: whole, and of the last finished checkpoint or the
// one after it.
func (s *script) recovers(d *disk.Mem, done int) error {
	t, err := tree.Open(d, file, tree.Options{})
	if err != nil {
		return err
	}
	at := int(t.Meta().Applied)
	if at < done-1 || at > done+1 {
		return fmt.Errorf("instance %d was found, %d was durable", at, done)
	}
	if err := s.holds(t, at); err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	return clean(d)
}

func clean(d disk.Disk) error {
	report, err := tree.Check(d, file, nil)
	if err != nil {
		return err
	}
	if !report.Clean() {
		return fmt.Errorf("check finds %v", report.Findings[0])
	}
	return nil
}

// holds compares a tree with the state after checkpoint at.
func (s *script) holds(t *tree.Tree, at int) error {
	r := t.Root()
	defer r.Release()
	want := s.states[at]
	if string(r.Meta().State) != string(meta(at).State) {
		return fmt.Errorf("the meta of %d has state %q", at, r.Meta().State)
	}
	n := 0
	c := r.Cursor()
	for ok := c.First(); ok; ok = c.Next() {
		if v, there := want[string(c.Key())]; !there || v != string(c.Value()) {
			return fmt.Errorf("key %q of instance %d is wrong", c.Key(), at)
		}
		n++
	}
	if err := c.Err(); err != nil {
		return err
	}
	if n != len(want) || r.Keys() != uint64(n) {
		return fmt.Errorf("%d keys at instance %d, expected %d", n, at, len(want))
	}
	return nil
}

// again goes on from a disk that a killed process has left, and loses power in the
// first checkpoint after that.
func (s *script) again(left *disk.Mem, done int, res *Result) error {
	for n := 0; ; n++ {
		d := left.Clone()
		t, err := tree.Open(d, file, tree.Options{})
		if err != nil {
			return err
		}
		at := int(t.Meta().Applied)
		if at < done-1 || at > done+1 {
			return fmt.Errorf("after a kill: instance %d was found, %d was durable", at, done)
		}
		if err := s.holds(t, at); err != nil {
			return fmt.Errorf("after a kill: %w", err)
		}
		d.FailAfter(n)
		now, err := s.play(t, at, at+1)
		if err == nil {
			return nil
		}
		for label, image := range s.images(d, n) {
			res.Images++
			res.Again++
			if err := s.recovers(image, now); err != nil {
				return fmt.Errorf("after a kill, operation %d of the first checkpoint, image %s: %w", n, label, err)
			}
		}
	}
}

// failedSyncs lets each sync of the history fail in each way; the process stops, a
// new one goes on, and then power is lost.
func (s *script) failedSyncs(res *Result) error {
	for _, fault := range []disk.SyncFault{disk.SyncFails, disk.SyncKeeps, disk.SyncReverts, disk.SyncLate, disk.SyncFalseAlarm} {
		for n := 1; ; n++ {
			d, t, err := fresh()
			if err != nil {
				return err
			}
			d.FailSyncAs(n, fault, func(op disk.Op) bool { return uint64(op.Off/disk.SectorSize)%2 == s.seed%2 })
			done, err := s.play(t, 0, checkpoints)
			if err == nil {
				break // the history has no more syncs
			}
			res.Syncs++
			if err := s.afterFailure(d, done, res); err != nil {
				return fmt.Errorf("seed %d, sync %d (%v): %w", s.seed, n, fault, err)
			}
		}
	}
	return nil
}

// afterFailure checks what a failed sync may leave: after a power loss at once, and
// after a new process has gone on from what was still in memory.
func (s *script) afterFailure(d *disk.Mem, done int, res *Result) error {
	lost := d.Clone()
	lost.PowerLoss(disk.LoseAll)
	res.Images++
	if err := s.recovers(lost, done); err != nil {
		return fmt.Errorf("power loss: %w", err)
	}
	d.Crash()
	t, err := tree.Open(d, file, tree.Options{})
	if err != nil {
		return err
	}
	at := int(t.Meta().Applied)
	if err := s.holds(t, at); err != nil {
		return fmt.Errorf("new process: %w", err)
	}
	if _, err := s.play(t, at, at+1); err != nil {
		return fmt.Errorf("new process: %w", err)
	}
	d.Evict(func(disk.Op) bool { return true })
	d.PowerLoss(disk.LoseAll)
	res.Images++
	if err := s.recovers(d, at+1); err != nil {
		return fmt.Errorf("new process, its memory dropped, then power loss: %w", err)
	}
	return nil
}
