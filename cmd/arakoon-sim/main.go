// Command arakoon-sim runs the deterministic simulator: one seed, many seeds, a
// recorded schedule, or the table of planted bugs. See package sim for what a
// run is; exit codes are 0 (nothing found), 2 (wrong usage), 10 (a safety
// violation), 11 (a liveness bound exceeded), 12 (a run was not deterministic),
// 13 (nothing found, but a campaign too tame to tell), 130 and 143 (interrupted, terminated).
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// Exit codes beside 0 and 1.
const (
	exitUsage         = 2
	exitSafety        = 10
	exitLiveness      = 11
	exitDeterminism   = 12
	exitCoverage      = 13
	exitCodeUnwrapped = 1
)

// exitError ends the command with a code; what there is to say was said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns the exit code.
func run(args []string, out, errs io.Writer) int {
	var profile cpuProfile
	root := newRoot(out, errs, &profile)
	root.SetArgs(args)
	err := errors.Join(root.Execute(), profile.stop())
	var code exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, errUsage):
		fmt.Fprintf(errs, "arakoon-sim: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(errs, "arakoon-sim: %v\n", err)
		return exitCodeUnwrapped
	}
}

var errUsage = errors.New("usage")

func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

func newRoot(out, errs io.Writer, profile *cpuProfile) *cobra.Command {
	root := &cobra.Command{
		Use:   "arakoon-sim",
		Short: "Simulate Arakoon clusters under faults, deterministically",
		Example: `  arakoon-sim run --seed 42 --trace      one run, one line per event
  arakoon-sim hunt --for 60s             many seeds, until one fails
  arakoon-sim coverage --seeds 1000      how often what happens
  arakoon-sim replay --seed 42           a run that failed, once more
  arakoon-sim shrink 42                  a failure made small enough to read
  arakoon-sim show 42 --html run.html     what happened, as lines or as a page
  arakoon-sim power                      power loss at every disk operation
  arakoon-sim tree                       power loss and flipped bits under the store
  arakoon-sim explore                    every interleaving of a small cluster of the core
  arakoon-sim scenarios                  scripted situations`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(out)
	root.SetErr(errs)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })
	root.PersistentFlags().String("output", "plain", "plain or json")
	root.PersistentFlags().String("plant", "", "switch on planted bugs (comma separated; needs arakoon-sim-planted: make planted)")
	root.PersistentFlags().String("cpuprofile", "", "write where the CPU time goes to a file, for go tool pprof")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if f, _ := cmd.Flags().GetString("output"); f != "plain" && f != "json" {
			return usagef("--output %s: plain or json", f)
		}
		names, _ := cmd.Flags().GetString("plant")
		if err := plantAll(names); err != nil {
			return err
		}
		file, _ := cmd.Flags().GetString("cpuprofile")
		return profile.start(file)
	}
	root.AddCommand(runCommand(), huntCommand(), replayCommand(), powerCommand(), scenariosCommand(), mutantsCommand(), treeCommand(),
		shrinkCommand(), showCommand(), traceCommand(), coverageCommand(), checksCommand(), workerCommand(),
		exploreCommand())
	return root
}

// planted returns the planted bugs that are switched on.
func planted(cmd *cobra.Command) string {
	names, _ := cmd.Flags().GetString("plant")
	return names
}

func asJSON(cmd *cobra.Command) bool {
	f, _ := cmd.Flags().GetString("output")
	return f == "json"
}
