package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func runCommand() *cobra.Command {
	var seed uint64
	var options, record string
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
			if record != "" {
				if err := writeSchedule(record, &r); err != nil {
					return err
				}
			}
			return report(cmd, &r)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "which run")
	cmd.Flags().StringVar(&options, "options", "", "change the seed's own options: name=value,…")
	cmd.Flags().BoolVar(&trace, "trace", false, "print one line per event")
	cmd.Flags().StringVar(&record, "record", "", "write the schedule of decisions to a file")
	return cmd
}

func replayCommand() *cobra.Command {
	var seed uint64
	var options string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "replay --seed N | FILE",
		Short: "Run a failure again, with its trace",
		Example: `  arakoon-sim replay --seed 42
  arakoon-sim replay schedule.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var w *sim.World
			if len(args) == 1 {
				s, err := readSchedule(args[0])
				if err != nil {
					return err
				}
				w = sim.New(s.seed, s.options, sim.NewSchedule(s.decisions))
			} else {
				opts, err := sim.ParseOptions(sim.Swarm(seed), options)
				if err != nil {
					return usagef("%v", err)
				}
				w = sim.New(seed, opts, sim.NewRandom(seed))
			}
			r := runOne(cmd, w, !quiet)
			return report(cmd, &r)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "which run")
	cmd.Flags().StringVar(&options, "options", "", "change the seed's own options: name=value,…")
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

// report prints the outcome of one run and ends with its exit code.
func report(cmd *cobra.Command, r *sim.Result) error {
	out := cmd.OutOrStdout()
	if asJSON(cmd) {
		if err := printJSON(out, outcomeOf(r)); err != nil {
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
	return exitFor(r.Failure)
}

// schedule is a file: seed, options, then one decision per line.
type schedule struct {
	seed      uint64
	options   sim.Options
	decisions []sim.Decision
}

func writeSchedule(path string, r *sim.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\noptions %s\n", r.Seed, r.Options)
	for _, d := range r.Decisions {
		fmt.Fprintln(&b, d)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func readSchedule(path string) (*schedule, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &schedule{options: sim.Calm()}
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		name, rest, _ := strings.Cut(line, " ")
		switch name {
		case "seed":
			_, err = fmt.Sscanf(rest, "%d", &s.seed)
		case "options":
			s.options, err = sim.ParseOptions(sim.Calm(), rest)
		default:
			var d sim.Decision
			d, err = sim.ParseDecision(line)
			s.decisions = append(s.decisions, d)
		}
		if err != nil {
			return nil, usagef("%s, line %d: %v", path, n+1, err)
		}
	}
	return s, nil
}
