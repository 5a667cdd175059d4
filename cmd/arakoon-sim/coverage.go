package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func coverageCommand() *cobra.Command {
	h := &hunt{keepGoing: true}
	var profileName string
	var seeds uint64
	cmd := &cobra.Command{
		Use:   "coverage --seeds N",
		Short: "Print in how many seeds each fault and each telling situation comes up",
		Example: `  arakoon-sim coverage --seeds 1000 --jobs 2
  arakoon-sim coverage --seeds 300 --options nodes=5`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd, profileName, seeds); err != nil {
				return err
			}
			return h.cover(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&profileName, "profile", "ci", "smoke, ci or soak: which runs")
	f.Uint64Var(&seeds, "seeds", 1000, "how many seeds to run")
	f.Uint64Var(&h.from, "from", 1, "first seed")
	f.IntVar(&h.jobs, "jobs", 1, "processes")
	f.StringVar(&h.options, "options", "", "change every seed's options: name=value,…")
	return cmd
}

// cover runs the seeds and prints the table; failures are not its business.
func (h *hunt) cover(cmd *cobra.Command) error {
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	h.run(ctx, func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
	if h.trouble != nil && ctx.Err() == nil {
		return h.trouble
	}
	if asJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), h.summary(ctx.Err() != nil))
	}
	h.table(cmd.OutOrStdout())
	return signalled(ctx)
}

// table prints fault classes by how often they were injected, marks by in how many
// seeds they came up; both per 1,000 seeds.
func (h *hunt) table(out io.Writer) {
	per := func(n uint64) float64 { return float64(n) * 1000 / float64(max(h.seeds, 1)) }
	fmt.Fprintf(out, "%-20s %10s %12s\n", "fault class", "injected", "per 1,000")
	for _, f := range sim.Faults() {
		fmt.Fprintf(out, "%-20s %10d %12.1f\n", f, h.faults[f], per(h.faults[f]))
	}
	fmt.Fprintf(out, "\n%-20s %10s %12s %9s  %s\n", "mark", "seeds", "per 1,000", "required", "in which …")
	for _, m := range sim.Marks() {
		fmt.Fprintf(out, "%-20s %10d %12.1f %9d  %s\n", m, h.marks[m], per(h.marks[m]), m.Required(h.seeds), m.Meaning())
	}
	fmt.Fprintf(out, "median per seed: events=%d elections=%d power_losses=%d\n", medianOf(h.events), medianOf(h.elections), medianOf(h.powers))
	fmt.Fprintf(out, "coverage seeds=%d classes=%d marks=%d failures=%d\n", h.seeds, len(sim.Faults()), len(sim.Marks()), len(h.failed))
}
