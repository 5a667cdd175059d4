package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/model/spec"
	"github.com/openvstorage/arakoon-go/sim"
)

func checksCommand() *cobra.Command {
	var selftest, guards bool
	cmd := &cobra.Command{
		Use:   "checks",
		Short: "List what is checked, or show that the checks see what they must",
		Example: `  arakoon-sim checks
  arakoon-sim checks --selftest     each check on histories made by hand, with a flaw and without
  arakoon-sim checks --guards       each guard of the spec (K19) left out, and who notices`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case selftest:
				return selfTest(cmd)
			case guards:
				return ablateGuards(cmd)
			}
			return listChecks(cmd)
		},
	}
	cmd.Flags().BoolVar(&selftest, "selftest", false, "play every check's twins")
	cmd.Flags().BoolVar(&guards, "guards", false, "leave out the guards of the spec, one at a time (half a minute)")
	return cmd
}

func listChecks(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	for _, c := range sim.Checks() {
		if asJSON(cmd) {
			if err := printJSON(out, map[string]string{"check": c.ID, "says": c.Says, "source": "sim/" + c.Source}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(out, "%-6s %-28s %s\n", c.ID, "sim/"+c.Source, c.Says)
	}
	return nil
}

// selfTest ends with exit code 10 if a check is blind, or fires without a reason.
func selfTest(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	twins, wrong := 0, 0
	for _, s := range sim.SelfTest() {
		twins++
		verdict := "ok"
		if s.Trouble != "" {
			wrong++
			verdict = "WRONG: " + s.Trouble
		}
		fmt.Fprintf(out, "%-6s %-75s %s\n", s.Check, s.Flaw, verdict)
	}
	fmt.Fprintf(out, "selftest checks=%d twins=%d wrong=%d\n", len(sim.Checks()), twins, wrong)
	if wrong > 0 {
		return exitError(exitSafety)
	}
	return nil
}

// ablateGuards ends with exit code 10 if a guard could be left out without notice.
func ablateGuards(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	caught := 0
	all := spec.Ablate()
	for _, n := range all {
		by := n.By
		if by == "" {
			by = "NOBODY"
		} else {
			caught++
		}
		fmt.Fprintf(out, "%-24s %s\n", n.Guard, by)
	}
	fmt.Fprintf(out, "guards=%d caught=%d\n", len(all), caught)
	if caught < len(all) {
		return exitError(exitSafety)
	}
	return nil
}
