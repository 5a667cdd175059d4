package tlog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// history is a fixed run of a log that a test interrupts anywhere. It is its own
// model: what the log holds after each of its appends.
type history struct {
	appends []historyAppend
	acked   int // appends that FinishSync said are durable
	doubt   int // appends through the batch that is being synced
	ahead   int64
}

type historyAppend struct {
	recs  []core.Record
	state core.HardState
}

// historyOptions roll twice within the history.
func historyOptions() Options {
	o := options()
	o.MaxEntries = 6
	return o
}

func (h *history) options() Options {
	o := historyOptions()
	o.Preallocate = h.ahead
	return o
}

// run plays the history on a disk until it is over or the node crashes.
func (h *history) run(d *disk.Mem) error {
	l, _, err := Open(d, h.options())
	if err != nil {
		return err
	}
	base := 0
	reopen := func() error {
		if err := l.Close(); err != nil {
			return err
		}
		base = h.acked
		l, _, err = Open(d, h.options())
		return err
	}
	add := func(state core.HardState, recs ...core.Record) {
		h.appends = append(h.appends, historyAppend{recs, state})
		l.Append(recs, state, core.Position(len(h.appends)-base))
	}
	sync := func(j *SyncJob) error {
		h.doubt = len(h.appends)
		j.Run()
		p, err := l.FinishSync(j)
		if err != nil {
			return err
		}
		h.acked = base + int(p)
		return nil
	}
	g := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
	adopted := core.Record{Kind: core.RecordAdopted, Bytes: []byte{3, 0, 0, 0, 0, 0, 0, 0}}
	big := string(make([]byte, 5000))
	steps := []func() error{
		func() error { add(promised(0, 0), g); return sync(l.NextSync()) },
		func() error { add(promised(1, 0)); return sync(l.NextSync()) },
		func() error { add(promised(1, 0), adopted, accepted(1, 1, "a")); return sync(l.NextSync()) },
		func() error {
			add(promised(1, 0), accepted(2, 1, "b"))
			add(promised(1, 1), accepted(3, 1, "c"+big), accepted(4, 1, "d"))
			return sync(l.NextSync())
		},
		func() error { return sync(l.NextSeal()) },
		func() error { add(promised(2, 2), accepted(3, 2, "C"), accepted(4, 2, "D")); return sync(l.NextSync()) },
		func() error { add(promised(2, 4), accepted(5, 2, "e")); return sync(l.NextSync()) },
		func() error { add(promised(3, 4)); return sync(l.NextSync()) },
		reopen,
		func() error { add(promised(3, 5), accepted(6, 3, "f"), accepted(7, 3, "g")); return sync(l.NextSync()) },
		func() error { add(promised(3, 6), accepted(7, 3, "g")); return sync(l.NextSync()) },
		func() error { add(promised(3, 6), accepted(8, 3, "h"), accepted(9, 3, "i")); return sync(l.NextSync()) },
		func() error { add(promised(3, 9), accepted(10, 3, "j")); return sync(l.NextSync()) },
		reopen,
		reopen,
		func() error { add(promised(3, 10), accepted(11, 3, "k")); return sync(l.NextSync()) },
		func() error { return sync(l.NextSeal()) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func testGenesis() *core.Genesis {
	return &core.Genesis{ClusterID: "c", Cluster: core.Incarnation{1}, Alpha: 16,
		Voters: []core.Voter{{Name: "n1", Member: 1, Incarnation: core.Incarnation{2}}}}
}

// after returns what a log holds after the first n appends.
func (h *history) after(n int) (state core.HardState, best map[core.Instance]core.Entry, genesis bool, adopted core.SeatSet) {
	best = map[core.Instance]core.Entry{}
	for _, a := range h.appends[:n] {
		state = a.state
		for _, r := range a.recs {
			switch r.Kind {
			case core.RecordGenesis:
				genesis = true
			case core.RecordAdopted:
				adopted |= core.SeatSet(le.Uint64(r.Bytes))
			default:
				if !r.Ballot.Less(best[r.Instance].Ballot) {
					best[r.Instance] = core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
				}
			}
		}
	}
	return state, best, genesis, adopted
}

// check opens what a crash left and says how it differs from the model, if it
// does: exactly what was acknowledged, or that and the batch in doubt.
func (h *history) check(d *disk.Mem) error {
	l, opened, err := Open(d, h.options())
	if err != nil {
		return err
	}
	if len(opened.Restored.Unknown) > 0 {
		return fmt.Errorf("a crash looks like damage: %v, %v", opened.Restored.Unknown, opened.Report)
	}
	err = h.compare(l, opened, h.acked)
	if err != nil && h.doubt > h.acked {
		err = errors.Join(err, h.compare(l, opened, h.doubt))
		if h.compare(l, opened, h.doubt) == nil {
			err = nil
		}
	}
	if err == nil {
		err = l.Close()
	}
	return err
}

func (h *history) compare(l *Log, opened *Opened, n int) error {
	state, best, genesis, adopted := h.after(n)
	r := opened.Restored
	if r.HardState != state || (r.Genesis != nil) != genesis || r.Adopted != adopted {
		return fmt.Errorf("after %d appends: state %+v, genesis %v, adopted %x; want %+v, %v, %x",
			n, r.HardState, r.Genesis != nil, r.Adopted, state, genesis, adopted)
	}
	if int(l.Last()) != len(best) {
		return fmt.Errorf("after %d appends: last %d, want %d", n, l.Last(), len(best))
	}
	if len(r.Entries) != len(best)-int(state.Commit) {
		return fmt.Errorf("after %d appends: %d entries above %d of %d", n, len(r.Entries), state.Commit, len(best))
	}
	for i := core.Instance(1); int(i) <= len(best); i++ {
		got := r.Entries
		if i <= state.Commit {
			j := l.NextRead(i, i, 0)
			j.Run()
			var err error
			if got, err = l.FinishRead(j); err != nil {
				return err
			}
		} else {
			got = got[i-state.Commit-1:]
		}
		if got[0].Instance != i || got[0].Ballot != best[i].Ballot || string(got[0].Value) != string(best[i].Value) {
			return fmt.Errorf("after %d appends: instance %d is %.40v, want %.40v", n, i, got[0], best[i])
		}
	}
	return nil
}

// boundaries returns how many mutating operations f makes on a disk like d.
func boundaries(d *disk.Mem, f func(*disk.Mem) error) (int, error) {
	c := d.Clone()
	before := c.Counters().Mutations
	err := f(c)
	return c.Counters().Mutations - before, err
}

// TestPowerLossAtEveryOperation cuts the power at every operation of the
// history, and again at every operation of the recovery from a sample of what
// that left. It enumerates the images where few operations are pending.
func TestPowerLossAtEveryOperation(t *testing.T) {
	total, err := boundaries(disk.NewMem(0), new(history).run)
	require.NoError(t, err)
	images, again := 0, 0
	for n := range total {
		d := disk.NewMem(0)
		d.FailAfter(n)
		h := new(history)
		require.ErrorIs(t, h.run(d), disk.ErrCrashed)
		here := 0
		for label, image := range d.Images(8, true) {
			if here%300 == 0 {
				again += h.checkRecovery(t, image, fmt.Sprintf("operation %d, image %s", n, label))
			}
			here++
			require.NoError(t, h.check(image), "operation %d, image %s", n, label)
		}
		images += here
		d.Crash()
		if renamePending(d) {
			// What the next open finds may be gone after all when that is cut short.
			again += h.checkRecovery(t, d, fmt.Sprintf("operation %d, process crash", n))
		}
		require.NoError(t, h.check(d), "operation %d, process crash", n)
	}
	t.Logf("boundaries=%d images=%d images_in_recovery=%d lost=0", total, images, again)
}

func renamePending(d *disk.Mem) bool {
	return slices.ContainsFunc(d.Pending(), func(op disk.Op) bool { return op.Kind == disk.OpRename })
}

// checkRecovery cuts the power, and kills the process, at every operation of one
// recovery.
func (h *history) checkRecovery(t *testing.T, d *disk.Mem, where string) int {
	t.Helper()
	total, err := boundaries(d, h.check)
	require.NoError(t, err, where)
	images := 0
	for n := range total {
		c := d.Clone()
		c.FailAfter(n)
		require.ErrorIs(t, h.check(c), disk.ErrCrashed, where)
		for label, image := range c.Images(3, false) {
			images++
			require.NoError(t, h.check(image), "%s, operation %d of the recovery, image %s", where, n, label)
		}
		c.Crash()
		require.NoError(t, h.check(c), "%s, operation %d of the recovery, process crash", where, n)
	}
	return images
}

// TestPowerLossTearsAnything draws a fate for every pending operation: sectors
// torn at either side, or garbled, also around what was being written. It does
// so with and without zeros written ahead.
func TestPowerLossTearsAnything(t *testing.T) {
	for _, ahead := range []int64{0, 2 * pageBytes} {
		total, err := boundaries(disk.NewMem(0), (&history{ahead: ahead}).run)
		require.NoError(t, err)
		for n := range total {
			d := disk.NewMem(0)
			d.FailAfter(n)
			h := &history{ahead: ahead}
			require.ErrorIs(t, h.run(d), disk.ErrCrashed)
			for seed := range uint64(6) {
				rng := rand.New(rand.NewPCG(seed, uint64(n)))
				image := d.Clone()
				image.PowerLoss(func(disk.Op) disk.Fate {
					kind := disk.FateKind(rng.IntN(int(disk.GarbledSector) + 1))
					return disk.Fate{Kind: kind, Cut: rng.IntN(disk.SectorSize), Seed: rng.Uint64()}
				})
				require.NoError(t, h.check(image), "%d bytes ahead, operation %d, seed %d", ahead, n, seed)
			}
		}
	}
}
