package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// hunt runs seed after seed in several processes until one fails, or time is over.
type hunt struct {
	profile   *profile
	options   string // changes of every seed's options
	plant     string
	jobs      int
	span      time.Duration // 0: no end
	keepGoing bool
	again     uint64 // one seed in so many is run twice
	limit     time.Duration
	from      uint64
	shard     string
	files     reportFiles

	mu      sync.Mutex
	supply  *supply
	start   time.Time
	given   uint64
	closed  bool  // no more seeds are handed out
	trouble error // of the hunt itself
	tally
	found func(*failing) // is told of each failure at once
}

func huntCommand() *cobra.Command {
	h := &hunt{}
	var profileName string
	var seeds uint64
	cmd := &cobra.Command{
		Use:   "hunt [--profile smoke|ci|soak] [--for 10m | --seeds N]",
		Short: "Run many seeds until one fails",
		Long: `Runs seed after seed, in as many processes as --jobs says, until one fails or time
is over. Exit codes: 0 nothing found, 10 a safety violation, 11 a liveness bound
exceeded, 12 a run was not deterministic, 13 nothing found but the campaign was too
tame, 130 interrupted, 143 terminated. The last line of a failure is the command that replays it.`,
		Example: `  arakoon-sim hunt --for 10m --jobs 2 --profile ci
  arakoon-sim hunt --seeds 100 --from 1 --options nodes=5 --keep-going
  arakoon-sim hunt --for 1h --profile soak --shard 3/20 --junit junit.xml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h.plant = planted(cmd)
			if err := h.prepare(cmd, profileName, seeds); err != nil {
				return err
			}
			return h.hunt(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&profileName, "profile", "ci", "smoke, ci or soak: which runs, and what they must have seen")
	f.DurationVar(&h.span, "for", 0, "how long to hunt (by profile: 20s, 1m, 1h)")
	f.Uint64Var(&seeds, "seeds", 0, "how many seeds to run, instead of --for")
	f.Uint64Var(&h.from, "from", 0, "first seed (default: the profile's fixed seeds, then from a fresh one)")
	f.StringVar(&h.shard, "shard", "", "i/n: run only the seeds that are i modulo n")
	f.IntVar(&h.jobs, "jobs", 1, "processes")
	f.StringVar(&h.options, "options", "", "change every seed's options: name=value,… (no coverage goals, then)")
	f.Uint64Var(&h.again, "again", 0, "run one seed in so many twice and compare (by profile: 25, 50, 100)")
	f.DurationVar(&h.limit, "limit", 0, "how long one seed may take (by profile: 1m, 2m, 10m)")
	f.BoolVar(&h.keepGoing, "keep-going", false, "go on after a failure")
	h.files.flags(f)
	return cmd
}

// prepare checks what the user wants and fills in what the profile says.
func (h *hunt) prepare(cmd *cobra.Command, profileName string, seeds uint64) (err error) {
	if h.profile, err = profileOf(profileName); err != nil {
		return err
	}
	if _, err := h.profile.optionsOf(1, h.options); err != nil {
		return usagef("%v", err)
	}
	if h.jobs < 1 || h.span < 0 || h.again > 100 {
		return usagef("hunt wants at least one job, a --for that isn't negative, and at least one seed in 100 run twice")
	}
	if h.span == 0 && seeds == 0 {
		h.span = h.profile.span
	}
	if h.again == 0 {
		h.again = h.profile.again
	}
	if h.limit <= 0 {
		h.limit = h.profile.limit
	}
	fixed := h.profile.fixed
	if h.from > 0 || cmd.Flags().Changed("from") {
		fixed = 0
	} else {
		h.from = freshStart()
	}
	i, n, err := parseShard(h.shard)
	if err != nil {
		return err
	}
	h.supply = newSupply(fixed, h.from, seeds, i, n)
	return nil
}

// hunt runs the seeds and reports.
func (h *hunt) hunt(cmd *cobra.Command) error {
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	fmt.Fprintf(cmd.ErrOrStderr(), "profile %s, fixed seeds 1..%d, then --from %d; commit %s\n", h.profile.name, h.supply.fixed, h.from, commit())
	h.found = func(f *failing) {
		if !asJSON(cmd) {
			printFailing(cmd.OutOrStdout(), f)
		}
		if err := h.files.note(f); err != nil {
			h.trouble = err
		}
	}
	h.run(ctx, func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
	return h.report(cmd, signalled(ctx))
}

// progressEvery is how often a hunt says how far it is.
const progressEvery = 10 * time.Second

// run lets the workers run until all seeds are used up, time is over, one has
// failed, or the context has ended.
func (h *hunt) run(ctx context.Context, say func(string)) {
	h.start = time.Now()
	done := make(chan struct{})
	var jobs sync.WaitGroup
	for range h.jobs {
		jobs.Go(func() { h.job(ctx) })
	}
	go func() {
		jobs.Wait()
		close(done)
	}()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			say(h.progress())
		}
	}
}

// job keeps one worker busy.
func (h *hunt) job(ctx context.Context) {
	c := &crew{h: h, ctx: ctx}
	defer c.dismiss()
	for seed, twice, ok := h.take(ctx); ok; seed, twice, ok = h.take(ctx) {
		if err := c.one(seed, twice); err != nil {
			h.stop(err)
			return
		}
	}
}

// take hands out the next seed, and says whether it is to be run twice.
func (h *hunt) take(ctx context.Context) (seed uint64, twice, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || ctx.Err() != nil || h.span > 0 && time.Since(h.start) >= h.span {
		return 0, false, false
	}
	seed, ok = h.supply.take()
	h.given++
	return seed, (h.given-1)%h.again == 0, ok
}

// stop ends the hunt; an error is one of the hunt itself, or of its context.
func (h *hunt) stop(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if err != nil && h.trouble == nil {
		h.trouble = err
	}
}

// put takes in what became of a seed.
func (h *hunt) put(a *answer, twice bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tally.add(a)
	if twice {
		h.twice++
	}
	if a.Failure == nil {
		return nil
	}
	f, err := h.failing(a)
	if err != nil {
		return err
	}
	h.failed = append(h.failed, *f)
	h.closed = h.closed || !h.keepGoing
	if h.found != nil {
		h.found(f)
	}
	return nil
}

func (h *hunt) failing(a *answer) (*failing, error) {
	opts, err := h.profile.optionsOf(a.Seed, h.options)
	if err == nil && a.Options != "" {
		opts, err = sim.ParseOptions(sim.Calm(), a.Options)
	}
	r := sim.Result{Seed: a.Seed, Options: opts, Failure: a.Failure, Hash: a.Hash, Stats: a.Stats, Faults: a.Faults,
		Marks: a.Marks, Virtual: a.Virtual, Decisions: make([]sim.Decision, a.Decisions)}
	return &failing{Result: r, replay: replayLine(&r) + plantFlag(h.plant)}, err
}
