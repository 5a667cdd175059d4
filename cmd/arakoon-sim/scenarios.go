package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func scenariosCommand() *cobra.Command {
	var trace bool
	cmd := &cobra.Command{
		Use:   "scenarios [NAME…]",
		Short: "Scripted situations, one line each",
		Example: `  arakoon-sim scenarios
  arakoon-sim scenarios lift --trace
  arakoon-sim scenarios --planted     each with the bug that must turn it red (arakoon-sim-planted)`,
		RunE: func(cmd *cobra.Command, args []string) error {
			planted, _ := cmd.Flags().GetBool("planted")
			if planted && plantedBugs() == nil {
				return usagef("this build has no planted bugs: take bin/arakoon-sim-planted (make planted)")
			}
			return playAll(cmd, args, trace, planted)
		},
	}
	cmd.Flags().BoolVar(&trace, "trace", false, "print one line per event")
	cmd.Flags().Bool("planted", false, "plant each scenario's bug: it must turn red")
	return cmd
}

func playAll(cmd *cobra.Command, names []string, trace, planted bool) error {
	out := cmd.OutOrStdout()
	var show func(*sim.World)
	if trace {
		show = func(w *sim.World) { w.Trace(out) }
	}
	played, red := 0, 0
	for _, sc := range sim.Scenarios() {
		if len(names) > 0 && !slices.Contains(names, sc.Name) || planted && sc.Bug == "" {
			continue
		}
		if planted {
			if err := plantAll(sc.Bug); err != nil {
				return err
			}
		}
		p := sc.Play(show)
		played++
		if p.Trouble != "" {
			red++
		}
		printPlayed(cmd, sc, p, planted)
	}
	if played == 0 {
		return usagef("no scenario is named %v", names)
	}
	wanted := 0
	if planted {
		wanted = played
	}
	fmt.Fprintf(out, "scenarios played=%d red=%d\n", played, red)
	if red != wanted {
		return exitError(exitSafety)
	}
	return nil
}

func printPlayed(cmd *cobra.Command, sc sim.Scenario, p sim.Played, planted bool) {
	out := cmd.OutOrStdout()
	if asJSON(cmd) {
		_ = printJSON(out, struct {
			sim.Played
			About string
		}{p, sc.About})
		return
	}
	verdict := "ok  "
	if p.Trouble != "" {
		verdict = "RED "
	}
	line := fmt.Sprintf("%s %-14s %s", verdict, p.Name, p.Figures)
	if planted {
		line += " bug=" + p.Bug
	}
	if p.Trouble != "" {
		line += ": " + p.Trouble
	}
	fmt.Fprintf(out, "%s  (%s)\n", line, sc.About)
}
