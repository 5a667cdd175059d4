package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// runTraces does all that make tla-traces does.
func runTraces(ctx context.Context, t *tracer, from uint64, count int) error {
	runs, err := sample(from, count)
	if err != nil {
		return err
	}
	if err := t.describe(runs); err != nil {
		return err
	}
	start := time.Now()
	if err := t.accept(ctx, runs); err != nil {
		return err
	}
	each := time.Since(start).Seconds() / float64(len(runs))
	refused, err := t.refuse(ctx, runs)
	lines := 0
	for _, r := range runs {
		lines += len(r.Lines)
	}
	fmt.Fprintf(t.out, "traces=%d lines=%d accepted=%d corrupted=%d refused=%d seconds_per_trace=%.2f\n",
		len(runs), lines, len(runs), len(corruptions), refused, each)
	return err
}

// describe says what is in the sample, and wants each action somewhere.
func (t *tracer) describe(runs []*sampled) error {
	names := map[string]int{}
	var all sim.SpecRun
	for _, r := range runs {
		all.Crashes += r.Crashes
		all.Elections += r.Elections
		all.HandOvers += r.HandOvers
		all.Installs += r.Installs
		for i := range r.Lines {
			names[r.Lines[i].Action]++
		}
	}
	var told, missing []string
	for _, a := range actions {
		told = append(told, fmt.Sprintf("%s=%d", a, names[a]))
		if names[a] == 0 {
			missing = append(missing, a)
		}
	}
	fmt.Fprintf(t.out, "sample: crashes=%d elections=%d hand-overs=%d snapshots=%d\nactions: %s\n",
		all.Crashes, all.Elections, all.HandOvers, all.Installs, strings.Join(told, " "))
	if len(missing) > 0 {
		return fmt.Errorf("no line of the sample is a %s: take more seeds", strings.Join(missing, ", "))
	}
	return nil
}

// refuse wants each lie to be refused at its line. The shortest run that has a place
// for one is taken.
func (t *tracer) refuse(ctx context.Context, runs []*sampled) (refused int, err error) {
	short := slices.Clone(runs)
	slices.SortStableFunc(short, func(a, b *sampled) int { return len(a.Lines) - len(b.Lines) })
	for _, c := range corruptions {
		lied, at, ok := c.of(short)
		if !ok {
			return refused, fmt.Errorf("no run has a place for %q: take more seeds", c.name)
		}
		b := &batch{shape: shape{lied.Nodes, lied.Voters}, runs: []*sampled{lied}}
		got, why, err := t.validate(ctx, b)
		if err != nil {
			return refused, fmt.Errorf("%s: %w", c.name, err)
		}
		wanted := at + 2 // a Reset goes before the first line
		verdict := "as it must be"
		if got == wanted {
			refused++
		} else {
			verdict = fmt.Sprintf("line %d must be", wanted)
		}
		fmt.Fprintf(t.out, "corrupted: %-38s seed %d, line %d of %d refused (%s): %s\n", c.name, lied.seed, got, b.lines(), why, verdict)
	}
	if refused < len(corruptions) {
		return refused, errBlind
	}
	return refused, nil
}

// of makes the first run that can lie in this way do so.
func (c *corruption) of(runs []*sampled) (*sampled, int, bool) {
	for _, r := range runs {
		if lines, at, ok := c.lie(r.Lines); ok {
			lied := *r
			lied.Lines = lines
			return &lied, at, true
		}
	}
	return nil, 0, false
}
