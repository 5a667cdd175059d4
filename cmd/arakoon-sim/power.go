package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func powerCommand() *cobra.Command {
	var stride, jobs int
	var outcomeOnly bool
	cmd := &cobra.Command{
		Use:   "power",
		Short: "Power loss at every disk operation of a fixed run, and again during the recovery",
		Long: `Runs a fixed history of three nodes (first boot, writes, a change of master) and
lets one, two and all nodes lose power at every disk operation of it, with every
image that a power loss may leave where few operations are pending; then again
at every disk operation of the recovery. Nothing acknowledged may be lost, and
the cluster must come back by itself.`,
		Example: `  arakoon-sim power --jobs 2
  arakoon-sim power --stride 10      every tenth operation`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if stride < 1 || jobs < 1 {
				return usagef("--stride and --jobs are at least 1")
			}
			return runPower(cmd, stride, jobs, outcomeOnly)
		},
	}
	cmd.Flags().IntVar(&stride, "stride", 1, "try every so many operations")
	cmd.Flags().IntVar(&jobs, "jobs", 2, "boundaries to try at once")
	cmd.Flags().BoolVar(&outcomeOnly, "outcome-only", false, "count only acknowledged updates that are missing at the end")
	return cmd
}

func runPower(cmd *cobra.Command, stride, jobs int, outcomeOnly bool) error {
	start := time.Now()
	all := sim.Boundaries()
	var mu sync.Mutex
	var total sim.PowerReport
	next := 0
	take := func() (sim.Boundary, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(all) {
			return sim.Boundary{}, false
		}
		b := all[next]
		next += stride
		return b, true
	}
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for b, ok := take(); ok; b, ok = take() {
				rep := sim.Power(b, outcomeOnly)
				mu.Lock()
				total.Add(rep)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	out := cmd.OutOrStdout()
	for i, f := range total.Failures {
		if i == 20 {
			fmt.Fprintf(out, "… and %d more\n", len(total.Failures)-i)
			break
		}
		fmt.Fprintf(out, "FAIL power commit=%s %s\n", commit(), f)
	}
	fmt.Fprintf(out, "power boundaries=%d images=%d lost=%d stuck=%d seconds=%.0f\n",
		total.Boundaries, total.Images, total.Lost, total.Stuck, time.Since(start).Seconds())
	switch {
	case total.Lost > 0:
		return exitError(exitSafety)
	case total.Stuck > 0:
		return exitError(exitLiveness)
	default:
		return nil
	}
}
