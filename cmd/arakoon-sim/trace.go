package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func traceCommand() *cobra.Command {
	var seed uint64
	var options, file string
	cmd := &cobra.Command{
		Use:   "trace --seed N",
		Short: "Write a run as steps of the TLA+ spec",
		Long: `Runs a seed with options that keep it short, and writes the spec's actions that the
nodes took, in their true order, one JSON object per line. tla/README.md lists the
fields; tla/TLogTrace.tla checks them.`,
		Example: `  arakoon-sim trace --seed 42 --out run.ndjson`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run, err := specRun(seed, options)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if file != "" {
				f, err := os.Create(file)
				if err != nil {
					return err
				}
				defer f.Close()
				out = f
			}
			return writeLines(out, run.Lines)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "which run")
	cmd.Flags().StringVar(&options, "options", "", "change the seed's own options: name=value,…")
	cmd.Flags().StringVar(&file, "out", "", "write to a file")
	return cmd
}

// specRun runs a seed and returns its lines. A run that a check failed has none: what
// it did is wrong, whatever the spec says.
func specRun(seed uint64, options string) (sim.SpecRun, error) {
	opts, err := sim.ParseOptions(sim.SpecOptions(seed), options)
	if err != nil {
		return sim.SpecRun{}, usagef("%v", err)
	}
	w := sim.New(seed, opts, sim.NewRandom(seed))
	t := w.RecordSpec()
	if r := w.Run(); r.Failure != nil {
		return sim.SpecRun{}, fmt.Errorf("seed %d: %s", seed, r.Failure.Check)
	}
	return t.Lines()
}

func writeLines(out io.Writer, lines []sim.SpecLine) error {
	b := bufio.NewWriter(out)
	for i := range lines {
		fmt.Fprintln(b, lines[i].String())
	}
	return b.Flush()
}
