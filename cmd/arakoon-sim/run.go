package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func runCommand() *cobra.Command {
	var seed uint64
	var options, file string
	var trace bool
	cmd := &cobra.Command{
		Use:   "run --seed N",
		Short: "Run one seed",
		Example: `  arakoon-sim run --seed 42
  arakoon-sim run --seed 42 --trace | less
  arakoon-sim run --seed 42 --options nodes=5,lose=0
  arakoon-sim run --seed 42 --record FILE     keep the decisions, for replay FILE`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts, err := sim.ParseOptions(sim.Swarm(seed), options)
			if err != nil {
				return usagef("%v", err)
			}
			r := runOne(cmd, sim.New(seed, opts, sim.NewRandom(seed)), trace)
			if file != "" {
				rec := record(cmd, &r)
				if err := os.WriteFile(file, []byte(rec.Text()), 0o644); err != nil {
					return err
				}
			}
			return report(cmd, &r)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "which run")
	cmd.Flags().StringVar(&options, "options", "", "change the seed's own options: name=value,…")
	cmd.Flags().BoolVar(&trace, "trace", false, "print one line per event")
	cmd.Flags().StringVar(&file, "record", "", "write the schedule of decisions to a file")
	return cmd
}

func replayCommand() *cobra.Command {
	var src source
	var quiet bool
	cmd := &cobra.Command{
		Use:   "replay SEED | FILE",
		Short: "Run a failure again, with its trace",
		Example: `  arakoon-sim replay 42
  arakoon-sim replay lost-promise.schedule`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := src.load(cmd, args); err != nil {
				return err
			}
			w, err := src.world()
			if err != nil {
				return err
			}
			r := runOne(cmd, w, !quiet)
			return report(cmd, &r)
		},
	}
	src.flags(cmd)
	cmd.Flags().BoolVar(&quiet, "quiet", false, "no trace")
	return cmd
}

func runOne(cmd *cobra.Command, w *sim.World, trace bool) sim.Result {
	if !trace {
		return w.Run()
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	defer out.Flush()
	w.Trace(out)
	return w.Run()
}

// report prints the outcome of one run and ends with its exit code. The last line
// of a failure is the command that replays it.
func report(cmd *cobra.Command, r *sim.Result) error {
	out := cmd.OutOrStdout()
	if asJSON(cmd) {
		if err := printJSON(out, outcomeOf(r, replayOf(cmd, r))); err != nil {
			return err
		}
		return exitFor(r.Failure)
	}
	faults, _ := faultList(&r.Faults)
	fmt.Fprintf(out, "options %s\nfaults%s\n", r.Options, faults)
	verdict := "ok"
	if r.Failure != nil {
		printFailure(out, r)
		verdict = r.Failure.Check
	}
	fmt.Fprintf(out, "run seed=%d verdict=%s hash=%016x events=%d messages=%d syncs=%d updates=%d reads=%d lease_reads=%d virtual=%ss\n",
		r.Seed, verdict, r.Hash, r.Stats.Events, r.Stats.Messages, r.Stats.Syncs, r.Stats.Updates, r.Stats.Reads,
		r.Stats.LeaseReads, seconds(r.Virtual))
	if r.Failure != nil {
		fmt.Fprintln(out, replayOf(cmd, r))
	}
	return exitFor(r.Failure)
}

// replayOf returns the command that replays what this command ran: a schedule file
// may be of no seed's run.
func replayOf(cmd *cobra.Command, r *sim.Result) string {
	if args := cmd.Flags().Args(); len(args) == 1 {
		if _, err := strconv.ParseUint(args[0], 10, 64); err != nil {
			return "arakoon-sim replay " + args[0]
		}
	}
	return replayLine(r) + plantFlag(planted(cmd))
}
