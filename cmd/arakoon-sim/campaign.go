package main

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// bug is a planted bug; its fields are those of core.BugInfo, which only a planted
// build has.
type bug struct {
	Name   string // as --plant takes it
	Row    string // of the catalogue of bugs that real systems have had; "": our own
	Area   string
	Leaves string // what it leaves out
	Unseen string // why no seed can find it; "": one must
}

// campaign is one search for a planted bug: seed after seed from the first on, until
// one fails or the time is over. It is a line of the file of results.
type campaign struct {
	Bug     string   `json:"bug"`
	Number  int      `json:"campaign"`
	From    uint64   `json:"from"`
	Seeds   int      `json:"seeds"`
	Seconds float64  `json:"seconds"`
	Seed    uint64   `json:"seed,omitempty"`  // that failed
	Check   string   `json:"check,omitempty"` // the first that fired; "": the bug was not found
	Text    string   `json:"text,omitempty"`
	Also    []string `json:"also,omitempty"` // checks that fired later in the same run
	Events  uint64   `json:"events,omitempty"`
	Commit  string   `json:"commit"`
}

func (c *campaign) found() bool { return c.Check != "" }

// checks are all that fired, sorted.
func (c *campaign) checks() []string {
	all := append([]string{c.Check}, c.Also...)
	slices.Sort(all)
	return slices.Compact(all)
}

// hunter is what a campaign is told.
type hunter struct {
	from    uint64
	seeds   int // at most; 0: no limit
	span    time.Duration
	without string // a class of faults that no run has
	options string
	first   bool // stop at the first check
}

// hang is how long one run may take: a bug may also show by a run that never ends.
const hang = 60 * time.Second

// campaignCommand runs one campaign in a process of its own, so that a run that never
// ends can be given up, and prints its line.
func campaignCommand() *cobra.Command {
	var h hunter
	cmd := &cobra.Command{
		Use:    "campaign --plant BUG",
		Short:  "One search for a planted bug, as mutants runs it",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := h.hunt(func(c campaign) {
				_ = printJSON(cmd.OutOrStdout(), c)
				os.Exit(0)
			})
			return printJSON(cmd.OutOrStdout(), c)
		},
	}
	cmd.Flags().Uint64Var(&h.from, "from", 1, "first seed")
	cmd.Flags().IntVar(&h.seeds, "seeds", 0, "how many seeds at most; 0: no limit")
	cmd.Flags().DurationVar(&h.span, "for", time.Minute, "how long")
	cmd.Flags().StringVar(&h.without, "without", "", "a class of faults that no run has")
	cmd.Flags().StringVar(&h.options, "options", "", "change every seed's options: name=value,…")
	cmd.Flags().BoolVar(&h.first, "first", false, "don't ask what other checks see")
	return cmd
}

// hunt runs seeds until one fails. A run that doesn't end is reported to hung.
func (h *hunter) hunt(hung func(campaign)) campaign {
	start := time.Now()
	c := campaign{From: h.from, Commit: commit()}
	for s := h.from; time.Since(start) < h.span && (h.seeds == 0 || c.Seeds < h.seeds); s++ {
		c.Seeds++
		dog := time.AfterFunc(hang, func() {
			hung(campaign{From: h.from, Seeds: int(s-h.from) + 1, Seconds: time.Since(start).Seconds(), Seed: s,
				Check: "HANG", Text: "the run does not end", Commit: commit()})
		})
		r := h.world(s).Run()
		dog.Stop()
		if r.Failure == nil {
			continue
		}
		c.Seconds = time.Since(start).Seconds()
		c.Seed, c.Check, c.Text = s, r.Failure.Check, firstLine(r.Failure.Text)
		if !h.first {
			h.ask(&c, hung)
		}
		return c
	}
	c.Seconds = time.Since(start).Seconds()
	return c
}

// Every so many seeds have a run that is so many times as long: some bugs show at the
// first boot, others only when much has come together. What a theme is about mostly
// needs time, so of the seeds that have one every second run is long.
const (
	longEvery  = 8
	longFactor = 14
)

// optionsOf returns the options that a seed has in a campaign.
func optionsOf(seed uint64) sim.Options {
	if seed%longEvery == 0 || seed%2 == 0 && sim.ThemeOf(seed) != "" {
		return sim.Swarm(seed).Stretched(longFactor)
	}
	return sim.Swarm(seed)
}

// world makes the run of a seed.
func (h *hunter) world(seed uint64) *sim.World {
	opts := optionsOf(seed)
	if f, ok := sim.FaultNamed(h.without); ok {
		opts, _ = opts.Without(f)
	}
	if changed, err := sim.ParseOptions(opts, h.options); err == nil {
		opts = changed
	}
	return sim.New(seed, opts, sim.NewRandom(seed))
}

// ask lets the failed run go on: which other checks see the bug?
func (h *hunter) ask(c *campaign, hung func(campaign)) {
	known := *c
	dog := time.AfterFunc(hang, func() { hung(known) })
	defer dog.Stop()
	w := h.world(c.Seed)
	w.GoOn()
	r := w.Run()
	c.Events = r.Stats.Events
	for _, f := range r.Also {
		if f.Check != c.Check && !strings.Contains(f.Text, "timed out") { // a search that was given up says nothing
			c.Also = append(c.Also, f.Check)
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
