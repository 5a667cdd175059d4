package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func shrinkCommand() *cobra.Command {
	var src source
	var budget sim.Budget
	var span time.Duration
	var file, test, cause string
	cmd := &cobra.Command{
		Use:   "shrink SEED | FILE",
		Short: "Reduce a failing run to a short schedule",
		Example: `  arakoon-sim shrink 42 --out lost.schedule
  arakoon-sim shrink lost.schedule --for 10m --out lost.schedule
  arakoon-sim shrink 42 --runs 2000 --out sim/testdata/lost.schedule --cause "a promise is not written" --test Lost`,
		Long: `Reduce a failing run: a shorter faulty part, fewer classes of faults, nodes,
clients and operations, then fewer decisions, then milder ones. A candidate counts
if the same check fires. With the same --runs the result is the same.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := src.load(cmd, args); err != nil {
				return err
			}
			rec, err := src.recording(cmd)
			if err != nil {
				return err
			}
			if span > 0 {
				deadline := time.Now().Add(span)
				budget.Stop = func() bool { return time.Now().After(deadline) }
			}
			budget.Progress = shrinkProgress(cmd, file)
			s, err := sim.Shrink(rec, budget)
			if err != nil {
				return err
			}
			s.Commit = commit()
			if cause != "" {
				s.Cause = cause
			}
			return printShrunk(cmd, &s, file, test)
		},
	}
	src.flags(cmd)
	cmd.Flags().DurationVar(&span, "for", 2*time.Minute, "how long to look for smaller ones; 0: no bound")
	cmd.Flags().IntVar(&budget.Runs, "runs", 0, "how many runs to take; 0: no bound")
	cmd.Flags().BoolVar(&budget.AnyCheck, "any-check", false, "a candidate counts whatever check fires")
	cmd.Flags().StringVar(&file, "out", "", "write the schedule to a file, also while looking")
	cmd.Flags().StringVar(&cause, "cause", "", "what was wrong, for the header of the schedule")
	cmd.Flags().StringVar(&test, "test", "", "print a Go test of that name for package sim")
	return cmd
}

// shrinkProgress reports at most once a second, and keeps what was found so far.
func shrinkProgress(cmd *cobra.Command, file string) func(*sim.Shrunk) {
	var last time.Time
	return func(s *sim.Shrunk) {
		if time.Since(last) < time.Second {
			return
		}
		last = time.Now()
		fmt.Fprintf(cmd.ErrOrStderr(), "%d runs: %d decisions, %d events\n", s.Runs, s.After.Decisions, s.After.Events)
		if file != "" {
			if err := os.WriteFile(file, []byte(s.Text()), 0o644); err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "not kept: %v\n", err)
			}
		}
	}
}

func printShrunk(cmd *cobra.Command, s *sim.Shrunk, file, test string) error {
	out := cmd.OutOrStdout()
	if file != "" {
		if err := os.WriteFile(file, []byte(s.Text()), 0o644); err != nil {
			return err
		}
	} else {
		fmt.Fprint(out, s.Text())
	}
	if test != "" {
		fmt.Fprint(out, goTest(test, file, s))
	}
	fmt.Fprintf(out, "shrink seed=%d check=%s decisions_before=%d decisions=%d events_before=%d events=%d runs=%d minimal=%t\n",
		s.Seed, s.Check, s.Before.Decisions, s.After.Decisions, s.Before.Events, s.After.Events, s.Runs, s.Minimal)
	return nil
}

// goTest is a test of package sim that replays a schedule of sim/testdata.
func goTest(name, file string, s *sim.Shrunk) string {
	base := file[strings.LastIndexByte(file, '/')+1:]
	if base == "" {
		base = strings.ToLower(name) + ".schedule"
	}
	return fmt.Sprintf(`
// Once found by %s: %s
func Test%s(t *testing.T) { replaysClean(t, %q) }
`, s.Check, s.Said, name, base)
}
