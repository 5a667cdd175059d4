package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// tally is what a hunt has seen so far.
type tally struct {
	seeds   uint64
	twice   uint64
	stats   sim.Stats
	faults  sim.FaultCounts
	marks   sim.MarkCounts // seeds that hit each
	virtual int64          // ns
	busy    time.Duration  // CPU time of all workers while they ran seeds
	failed  []failing

	// Per seed, for medians.
	events, elections, powers []uint64
}

// failing is a seed that failed.
type failing struct {
	sim.Result
	replay string
}

// add takes in the answer about a seed.
func (t *tally) add(a *answer) {
	t.seeds++
	t.stats.Add(a.Stats)
	t.faults.Add(a.Faults)
	t.marks.AddSeed(a.Marks)
	t.virtual += a.Virtual
	t.busy += a.Busy
	t.events = append(t.events, a.Stats.Events)
	t.elections = append(t.elections, a.Stats.Elections)
	t.powers = append(t.powers, a.Faults[sim.FaultPower])
}

func medianOf(all []uint64) uint64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// rates prints how fast the hunt goes: seeds by the clock on the wall, the rest per
// second of a core, as the workers used it.
func (t *tally) rates(wall time.Duration) string {
	return fmt.Sprintf("%d seeds, %.1f seeds/s, %.0f events and %.0f virtual seconds per core second, %d failures",
		t.seeds, float64(t.seeds)/max(wall.Seconds(), 0.001), t.perCore(float64(t.stats.Events)),
		t.perCore(float64(t.virtual)/1e9), len(t.failed))
}

func (t *tally) perCore(amount float64) float64 { return amount / max(t.busy.Seconds(), 0.001) }

// misses says which goals of the profile the hunt has not reached: what a campaign
// that has grown tame no longer does.
func (t *tally) misses(p *profile) []string {
	if t.seeds < p.goalsFrom {
		return nil
	}
	var all []string
	if _, never := faultList(&t.faults); never != nil && t.seeds >= p.classes {
		all = append(all, "never injected: "+strings.Join(never, ", "))
	}
	if p.marks {
		all = append(all, t.tame()...)
	}
	if p.events > 0 {
		all = append(all, t.thin(p)...)
	}
	return all
}

// tame looks for marks that have become rare.
func (t *tally) tame() []string {
	var all []string
	for _, m := range sim.Marks() {
		if want := m.Required(t.seeds); t.marks[m] < want {
			all = append(all, fmt.Sprintf("mark %v: %d seeds, %d wanted (%s)", m, t.marks[m], want, m.Meaning()))
		}
	}
	return all
}

// thin looks for runs in which too little happens.
func (t *tally) thin(p *profile) []string {
	var all []string
	for _, g := range []struct {
		what string
		got  uint64
		want uint64
	}{{"events", medianOf(t.events), p.events}, {"elections", medianOf(t.elections), 1}, {"power losses", medianOf(t.powers), 1}} {
		if g.got < g.want {
			all = append(all, fmt.Sprintf("median of %s per seed: %d, %d wanted", g.what, g.got, g.want))
		}
	}
	return all
}
