package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// hunt runs seed after seed on several workers until one fails.
type hunt struct {
	mu       sync.Mutex
	next     uint64
	last     uint64 // exclusive; 0: no end
	deadline time.Time
	options  string
	again    uint64 // every so many seeds are run twice
	all      bool   // go on after a failure

	seeds   uint64
	stats   sim.Stats
	faults  sim.FaultCounts
	virtual int64
	failed  []sim.Result
}

func huntCommand() *cobra.Command {
	var h hunt
	var span time.Duration
	var seeds, from uint64
	var jobs int
	cmd := &cobra.Command{
		Use:   "hunt --for 60s | --seeds N",
		Short: "Run many seeds until one fails",
		Example: `  arakoon-sim hunt --for 60s
  arakoon-sim hunt --seeds 10000 --jobs 2
  arakoon-sim hunt --seeds 100 --options nodes=5 --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := sim.ParseOptions(sim.Calm(), h.options); err != nil {
				return usagef("%v", err)
			}
			if span <= 0 && seeds == 0 || jobs < 1 {
				return usagef("hunt wants --for or --seeds, and at least one job")
			}
			h.next = from
			if seeds > 0 {
				h.last = from + seeds
			}
			start := time.Now()
			h.deadline = start.Add(365 * 24 * time.Hour)
			if span > 0 {
				h.deadline = start.Add(span)
			}
			h.run(cmd, jobs, start)
			return h.report(cmd, time.Since(start))
		},
	}
	cmd.Flags().DurationVar(&span, "for", 0, "how long to hunt")
	cmd.Flags().Uint64Var(&seeds, "seeds", 0, "how many seeds to run")
	cmd.Flags().Uint64Var(&from, "from", 1, "first seed")
	cmd.Flags().IntVar(&jobs, "jobs", 1, "seeds to run at once")
	cmd.Flags().StringVar(&h.options, "options", "", "change every seed's options: name=value,…")
	cmd.Flags().Uint64Var(&h.again, "again", 50, "run every so many seeds twice and compare; 0: none")
	cmd.Flags().BoolVar(&h.all, "all", false, "go on after a failure")
	return cmd
}

func (h *hunt) run(cmd *cobra.Command, jobs int, start time.Time) {
	done := make(chan struct{})
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for seed, ok := h.take(); ok; seed, ok = h.take() {
				h.put(cmd, h.one(seed))
			}
		})
	}
	go func() {
		workers.Wait()
		close(done)
	}()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			h.progress(cmd, time.Since(start))
		}
	}
}

func (h *hunt) take() (uint64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last > 0 && h.next >= h.last || time.Now().After(h.deadline) || len(h.failed) > 0 && !h.all {
		return 0, false
	}
	seed := h.next
	h.next++
	return seed, true
}

// one runs a seed, some of them twice: the same seed must give the same run.
func (h *hunt) one(seed uint64) sim.Result {
	opts, err := sim.ParseOptions(sim.Swarm(seed), h.options)
	if err != nil {
		panic(err) // parsed before
	}
	r := sim.RunWith(seed, opts)
	if h.again > 0 && seed%h.again == 0 && r.Failure == nil {
		if twin := sim.RunWith(seed, opts); twin.Hash != r.Hash {
			r.Failure = &sim.Failure{Check: "K18", Text: fmt.Sprintf("hash %016x, the second time %016x", r.Hash, twin.Hash)}
		}
	}
	return r
}

func (h *hunt) put(cmd *cobra.Command, r sim.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seeds++
	h.stats.Add(r.Stats)
	h.faults.Add(r.Faults)
	h.virtual += r.Virtual
	if r.Failure != nil {
		r.Decisions = nil
		h.failed = append(h.failed, r)
		if !asJSON(cmd) {
			printFailure(cmd.OutOrStdout(), &r)
		}
	}
}

func (h *hunt) progress(cmd *cobra.Command, wall time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintf(cmd.ErrOrStderr(), "%v: %s\n", wall.Round(time.Second), h.rates(wall))
}

func (h *hunt) rates(wall time.Duration) string {
	s := max(wall.Seconds(), 0.001)
	return fmt.Sprintf("%d seeds, %.1f seeds/s, %.0f events/s, virtual/wall %.0f, %d failures",
		h.seeds, float64(h.seeds)/s, float64(h.stats.Events)/s, float64(h.virtual)/1e9/s, len(h.failed))
}

// longHunt is from how many seeds on a fault class that never happened counts as
// a missed goal.
const longHunt = 2000

func (h *hunt) report(cmd *cobra.Command, wall time.Duration) error {
	out := cmd.OutOrStdout()
	text, missing := faultList(&h.faults)
	fmt.Fprintf(out, "%s\nfaults%s\n", h.rates(wall), text)
	if asJSON(cmd) {
		for i := range h.failed {
			if err := printJSON(out, outcomeOf(&h.failed[i])); err != nil {
				return err
			}
		}
	}
	covered := h.options != "" || h.seeds < longHunt || len(missing) == 0
	if !covered {
		fmt.Fprintf(out, "never happened: %v\n", missing)
	}
	fmt.Fprintf(out, "updates=%d reads=%d elections=%d lives=%d snapshots=%d\n", h.stats.Updates, h.stats.Reads, h.stats.Elections, h.stats.Lives, h.stats.Snapshots)
	fmt.Fprintf(out, "hunt seeds=%d events=%d failures=%d seeds_per_s=%.1f virtual_per_wall=%.0f seconds=%.0f\n",
		h.seeds, h.stats.Events, len(h.failed), float64(h.seeds)/max(wall.Seconds(), 0.001),
		float64(h.virtual)/1e9/max(wall.Seconds(), 0.001), wall.Seconds())
	if len(h.failed) > 0 {
		return exitFor(h.failed[0].Failure)
	}
	if !covered {
		return exitError(exitCoverage)
	}
	return nil
}
