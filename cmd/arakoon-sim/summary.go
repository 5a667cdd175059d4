package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// printFailing prints a failure of a hunt: what, where, and last the command that
// replays it.
func printFailing(w io.Writer, f *failing) {
	fmt.Fprintf(w, "FAIL %s  seed=%d commit=%s\n%s\n", f.Failure, f.Seed, commit(), f.replay)
}

// progress is one line for people who wait.
func (h *hunt) progress() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	wall := time.Since(h.start)
	line := fmt.Sprintf("%v: %s", wall.Round(time.Second), h.rates(wall))
	switch left := h.supply.left; {
	case h.span > 0:
		line += fmt.Sprintf(", ETA %v", max(h.span-wall, 0).Round(time.Second))
	case h.seeds > 0:
		line += fmt.Sprintf(", ETA %v", (time.Duration(float64(wall) * float64(left) / float64(h.seeds))).Round(time.Second))
	}
	return line
}

// summary is what a hunt came to, as --json writes it.
type summary struct {
	Commit      string            `json:"commit"`
	Profile     string            `json:"profile"`
	Options     string            `json:"options,omitempty"`
	From        uint64            `json:"from"`
	Shard       string            `json:"shard,omitempty"`
	Seconds     float64           `json:"seconds"`
	Jobs        int               `json:"jobs"`
	Seeds       uint64            `json:"seeds"`
	Twice       uint64            `json:"seeds_run_twice"`
	Virtual     string            `json:"virtual_seconds"`
	EventRate   float64           `json:"events_per_core_second"`
	VirtualRate float64           `json:"virtual_per_core_second"`
	Median      medians           `json:"median_per_seed"`
	Stats       sim.Stats         `json:"stats"`
	Faults      map[string]uint64 `json:"faults"`
	Marks       map[string]uint64 `json:"marks"`
	Misses      []string          `json:"goals_missed"`
	Interrupted bool              `json:"interrupted"`
	Failures    []outcome         `json:"failures"`
}

// medians are of all seeds.
type medians struct {
	Events    uint64 `json:"events"`
	Elections uint64 `json:"elections"`
	Powers    uint64 `json:"power_losses"`
}

func (h *hunt) summary(interrupted bool) *summary {
	wall := time.Since(h.start)
	s := &summary{Commit: commit(), Profile: h.profile.name, Options: h.options, From: h.from, Shard: h.shard,
		Seconds: wall.Seconds(), Jobs: h.jobs, Seeds: h.seeds, Twice: h.twice, Virtual: seconds(h.virtual),
		EventRate: h.perCore(float64(h.tally.stats.Events)), VirtualRate: h.perCore(float64(h.virtual) / 1e9),
		Median: medians{medianOf(h.events), medianOf(h.elections), medianOf(h.powers)}, Stats: h.stats,
		Faults: map[string]uint64{}, Marks: map[string]uint64{}, Misses: []string{}, Interrupted: interrupted, Failures: []outcome{}}
	for _, f := range sim.Faults() {
		s.Faults[f.String()] = h.faults[f]
	}
	for _, m := range sim.Marks() {
		s.Marks[m.String()] = h.marks[m]
	}
	if h.options == "" && h.plant == "" && !interrupted {
		s.Misses = append(s.Misses, h.misses(h.profile)...)
	}
	for i := range h.failed {
		s.Failures = append(s.Failures, outcomeOf(&h.failed[i].Result, h.failed[i].replay))
	}
	return s
}

// report prints what the hunt came to and ends with its exit code; interrupted is
// that of the signal that ended it early, if one did.
func (h *hunt) report(cmd *cobra.Command, interrupted error) error {
	s, out := h.summary(interrupted != nil), cmd.OutOrStdout()
	if err := h.files.write(s); err != nil {
		return err
	}
	if asJSON(cmd) {
		if err := printJSON(out, s); err != nil {
			return err
		}
	} else {
		h.print(out, s)
	}
	switch {
	case len(h.failed) > 0:
		return exitFor(h.failed[0].Failure)
	case interrupted != nil:
		return interrupted
	case h.trouble != nil:
		return h.trouble
	case len(s.Misses) > 0:
		return exitError(exitCoverage)
	default:
		return nil
	}
}

// print ends with one line of figures or, after a failure, with the command that
// replays the first.
func (h *hunt) print(out io.Writer, s *summary) {
	faults, _ := faultList(&h.faults)
	fmt.Fprintf(out, "faults%s\nmarks, in seeds%s\n", faults, markList(&h.marks))
	for _, miss := range s.Misses {
		fmt.Fprintf(out, "TAME %s\n", miss)
	}
	fmt.Fprintf(out, "median per seed: events=%d elections=%d power_losses=%d\n", s.Median.Events, s.Median.Elections, s.Median.Powers)
	fmt.Fprintf(out, "updates=%d reads=%d elections=%d lives=%d snapshots=%d\n", s.Stats.Updates, s.Stats.Reads, s.Stats.Elections, s.Stats.Lives, s.Stats.Snapshots)
	fmt.Fprintf(out, "hunt profile=%s seeds=%d twice=%d events=%d virtual=%ss failures=%d tame=%d events_per_core_s=%.0f virtual_per_core_s=%.0f seconds=%.0f\n",
		s.Profile, s.Seeds, s.Twice, s.Stats.Events, s.Virtual, len(s.Failures), len(s.Misses), s.EventRate, s.VirtualRate, s.Seconds)
	if h.trouble != nil && !errors.Is(h.trouble, context.Canceled) {
		fmt.Fprintf(out, "trouble: %v\n", h.trouble)
	}
	if len(h.failed) > 0 {
		fmt.Fprintln(out, h.failed[0].replay)
	}
}

func markList(c *sim.MarkCounts) string {
	var b strings.Builder
	for _, m := range sim.Marks() {
		fmt.Fprintf(&b, " %s=%d", m, c[m])
	}
	return b.String()
}
