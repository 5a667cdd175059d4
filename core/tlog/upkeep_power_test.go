package tlog

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// TestLifeWithUpkeep: what the other tests interrupt does what it should.
func TestLifeWithUpkeep(t *testing.T) {
	w := newWorld(disk.NewMem(0), upkeepOptions())
	require.NoError(t, w.runLife())
	for kind := UpkeepRemove; kind <= UpkeepCompress; kind++ {
		require.NotZero(t, w.did[kind], "%v", kind)
	}
	require.NoError(t, w.l.Close())
}

// TestPowerLossDuringUpkeep cuts the power, and kills the process, at every
// operation of a life with compression, collapse, snapshots, a reserve and
// segments made ahead, and at every operation of the recovery from a sample of what
// that left.
func TestPowerLossDuringUpkeep(t *testing.T) {
	run := func(d *disk.Mem) error { return newWorld(d, upkeepOptions()).runLife() }
	total, err := boundaries(disk.NewMem(0), run)
	require.NoError(t, err)
	images, again := 0, 0
	for n := range total {
		d := disk.NewMem(0)
		d.FailAfter(n)
		w := newWorld(d, upkeepOptions())
		require.ErrorIs(t, w.runLife(), disk.ErrCrashed)
		here := 0
		for label, image := range d.Images(4, false) {
			if n%8 == 0 && here%20 == 7 {
				again += w.checkRecovery(t, image, fmt.Sprintf("operation %d, image %s", n, label))
			}
			here++
			require.NoError(t, w.check(image), "operation %d, image %s", n, label)
		}
		images += here
		d.Crash()
		require.NoError(t, w.check(d), "operation %d, process crash", n)
	}
	t.Logf("boundaries=%d images=%d images_in_recovery=%d lost=0", total, images, again)
}

// checkRecovery cuts the power at every operation of one recovery and the upkeep
// after it.
func (w *world) checkRecovery(t *testing.T, d *disk.Mem, where string) int {
	t.Helper()
	total, err := boundaries(d, w.check)
	require.NoError(t, err, where)
	images := 0
	for n := range total {
		c := d.Clone()
		c.FailAfter(n)
		require.ErrorIs(t, w.check(c), disk.ErrCrashed, where)
		v := *w
		v.allowed = max(v.allowed, v.checkpoint+1) // the upkeep may have removed that much
		for label, image := range c.Images(2, false) {
			images++
			require.NoError(t, v.check(image), "%s, operation %d of the recovery, image %s", where, n, label)
		}
		c.Crash()
		require.NoError(t, v.check(c), "%s, operation %d of the recovery, process crash", where, n)
	}
	return images
}

// TestPowerLossTearsUpkeep draws a fate for every pending operation.
func TestPowerLossTearsUpkeep(t *testing.T) {
	run := func(d *disk.Mem) error { return newWorld(d, upkeepOptions()).runLife() }
	total, err := boundaries(disk.NewMem(0), run)
	require.NoError(t, err)
	for n := range total {
		d := disk.NewMem(0)
		d.FailAfter(n)
		w := newWorld(d, upkeepOptions())
		require.ErrorIs(t, w.runLife(), disk.ErrCrashed)
		for seed := range uint64(4) {
			rng := rand.New(rand.NewPCG(seed, uint64(n)))
			image := d.Clone()
			image.PowerLoss(func(disk.Op) disk.Fate {
				kind := disk.FateKind(rng.IntN(int(disk.GarbledSector) + 1))
				return disk.Fate{Kind: kind, Cut: rng.IntN(disk.SectorSize), Seed: rng.Uint64()}
			})
			require.NoError(t, w.check(image), "operation %d, seed %d", n, seed)
		}
	}
}
