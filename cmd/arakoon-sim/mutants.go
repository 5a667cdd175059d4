package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// huntedBugs must be found by seeds alone; the others each turn a scenario red.
var huntedBugs = []string{"promise-not-persisted", "vote-before-sync", "commit-older-ballot", "not-highest-ballot",
	"quarantine-skipped", "lease-from-ack", "read-without-lease", "grant-own-period", "no-give-up", "no-ask-first",
	"no-catch-up", "blank-votes", "majority-genesis", "handover-keeps-lease", "locality-ignored", "forced-ignored", "witness-stands",
	"collapse-too-far", "snapshot-mislabelled", "full-disk-stops"}

func mutantsCommand() *cobra.Command {
	var span time.Duration
	var campaigns int
	cmd := &cobra.Command{
		Use:   "mutants [BUG…]",
		Short: "Plant one bug after the other: how many seeds and seconds until a check fires",
		Example: `  go build -tags planted -o arakoon-sim-planted ./cmd/arakoon-sim
  arakoon-sim-planted mutants
  arakoon-sim-planted mutants lease-from-ack --campaigns 20`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if plantedBugs() == nil {
				return usagef("this build has no planted bugs: build it with -tags planted")
			}
			for _, name := range args {
				if !slices.Contains(plantedBugs(), name) {
					return usagef("no planted bug is called %q; there are %s", name, strings.Join(plantedBugs(), ", "))
				}
			}
			if len(args) == 0 {
				args = huntedBugs
			}
			return huntMutants(cmd, args, span, campaigns)
		},
	}
	cmd.Flags().DurationVar(&span, "for", 5*time.Minute, "how long to look for each")
	cmd.Flags().IntVar(&campaigns, "campaigns", 3, "from how many first seeds; the table shows medians")
	return cmd
}

// campaign is one search for a planted bug.
type campaign struct {
	found   bool
	seeds   int
	seconds float64
	check   string
	seed    uint64
}

func huntMutants(cmd *cobra.Command, bugs []string, span time.Duration, campaigns int) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%-24s %-6s %8s %9s  %s\n", "planted bug", "check", "seeds", "seconds", "a seed")
	found := 0
	for _, bug := range bugs {
		if err := plantAll(bug); err != nil {
			return err
		}
		var all []campaign
		for k := range campaigns {
			all = append(all, search(uint64(k)*1_000_000+1, span))
		}
		m := median(all)
		if !m.found {
			fmt.Fprintf(out, "%-24s %-6s %8d %9.2f  not found\n", bug, "-", m.seeds, m.seconds)
			continue
		}
		found++
		fmt.Fprintf(out, "%-24s %-6s %8d %9.2f  %d\n", bug, m.check, m.seeds, m.seconds, m.seed)
	}
	fmt.Fprintf(out, "mutants planted=%d found=%d\n", len(bugs), found)
	if found != len(bugs) {
		return exitError(exitCoverage)
	}
	return nil
}

func search(from uint64, span time.Duration) campaign {
	start := time.Now()
	for seed := from; time.Since(start) < span; seed++ {
		if r := sim.Run(seed); r.Failure != nil {
			return campaign{true, int(seed-from) + 1, time.Since(start).Seconds(), r.Failure.Check, seed}
		}
	}
	return campaign{seconds: span.Seconds()}
}

// median returns the campaign in the middle by seeds; one that found nothing
// comes last.
func median(all []campaign) campaign {
	slices.SortFunc(all, func(a, b campaign) int {
		switch {
		case a.found != b.found && a.found:
			return -1
		case a.found != b.found:
			return 1
		default:
			return a.seeds - b.seeds
		}
	})
	return all[len(all)/2]
}
