package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openvstorage/arakoon-go/model/explore"
)

// kills plants one bug of the protocol after the other and walks until it is found.
type kills struct {
	on       bool
	markdown string
	worlds   uint64
	span     time.Duration
}

func (k *kills) flags(f *pflag.FlagSet) {
	f.BoolVar(&k.on, "kills", false, "plant one bug of the protocol after the other (all, or those named): found after how many worlds")
	f.StringVar(&k.markdown, "markdown", "", "write the table of --kills to a file")
	f.Uint64Var(&k.worlds, "kill-worlds", 700_000, "with --kills: worlds per bug and bounds at most")
	f.DurationVar(&k.span, "kill-for", 10*time.Second, "with --kills: time per bug and bounds at most")
}

// ladder are the bounds that are walked for a bug, in this order, until it is found.
var ladder = []string{
	"ballots=1,values=1,crashes=1",
	"ballots=1,values=2,crashes=0,catchup=0,standers=1",
	"ballots=2,values=1,crashes=0,slow=0,catchup=0,standers=2",
	"ballots=2,values=0,crashes=1,catchup=0,standers=2",
	"ballots=2,values=0,crashes=0,slow=0,alarms=1,hints=1,standers=2",
	"ballots=2,values=1,crashes=0,slow=0,standers=2",
	"ballots=2,values=1,crashes=0,slow=0,handovers=1,rounds=1,catchup=0,standers=2",
	"ballots=3,values=0,crashes=0,slow=0,catchup=0",
	"ballots=3,values=1,crashes=0,slow=0,catchup=0,standers=2",
	"ballots=2,values=2,crashes=0,slow=0,standers=2",
}

// outOfReach says why a bug of an area can't be seen in the worlds that are walked.
var outOfReach = map[string]string{ // looked up, never ranged over
	"lease":    "leases and reads are abstracted away: time stands still",
	"identity": "the cluster has been founded, and no disk is replaced",
	"locality": "quorums are majorities",
	"liveness": "a walk judges what happens, not that something does",
}

// kill is what became of one bug.
type kill struct {
	bug    bug
	bounds string
	found  *explore.Counterexample
	steps  int
	worlds uint64
	took   time.Duration
}

func (k *kills) run(cmd *cobra.Command, names []string) error {
	all := plantedBugs()
	if all == nil {
		return usagef("this build has no planted bugs: take bin/arakoon-sim-planted (make planted)")
	}
	chosen, err := choose(all, names)
	if err != nil {
		return err
	}
	var results []kill
	for _, b := range chosen {
		if len(names) == 0 && (!protocolAreas[b.Area] || outOfReach[b.Area] != "") {
			continue
		}
		if len(names) == 0 && (unwalked[b.Name] != "" || b.Unseen != "") {
			results = append(results, kill{bug: b})
			continue
		}
		r, err := k.hunt(b)
		if err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), r.line())
		results = append(results, r)
		if err := k.write(all, results); err != nil { // after each: a long table may be cut short
			return err
		}
	}
	found, hunted := 0, 0
	for _, r := range results {
		if r.found != nil {
			found++
		}
		if r.worlds > 0 {
			hunted++
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "explore kills bugs=%d walked=%d found=%d\n", len(results), hunted, found)
	return nil
}

func (k *kills) write(all []bug, results []kill) error {
	if k.markdown == "" {
		return nil
	}
	return os.WriteFile(k.markdown, []byte(killsPage(all, results)), 0o644)
}

// protocolAreas are the areas of bugs that lie in package core.
var protocolAreas = map[string]bool{"ballots": true, "proposer": true, "commit": true, "lease": true,
	"handover": true, "identity": true, "locality": true, "liveness": true}

// hunt climbs the ladder until the bug is found.
func (k *kills) hunt(b bug) (kill, error) {
	if err := plantAll(b.Name); err != nil {
		return kill{}, err
	}
	r := kill{bug: b}
	x := exploration{span: k.span, worlds: k.worlds, memory: 8, quiet: true, errs: io.Discard}
	for _, rung := range ladder {
		bounds, err := explore.ParseBounds(explore.DefaultBounds(), rung)
		if err != nil {
			return r, err
		}
		w, err := x.walk(bounds)
		if err != nil {
			return r, err
		}
		r.worlds += w.e.Figures().Distinct
		r.took += w.took
		if r.found = w.e.Found(); r.found != nil {
			r.bounds, r.steps = rung, len(w.e.Path())
			break
		}
	}
	return r, plantAll("")
}

func (r *kill) line() string {
	if r.found == nil {
		return fmt.Sprintf("%-26s not found worlds=%d seconds=%.1f", r.bug.Name, r.worlds, r.took.Seconds())
	}
	return fmt.Sprintf("%-26s %-10s steps=%d worlds=%d seconds=%.1f bounds=%s", r.bug.Name, r.found.Check, r.steps, r.worlds, r.took.Seconds(), r.bounds)
}

// killsPage is the table as a page.
func killsPage(all []bug, results []kill) string {
	var b strings.Builder
	b.WriteString("# Planted bugs that the explorer finds\n\nMade by `make explore-kills`. Worlds are all that were visited on the way, those of smaller bounds\nthat showed nothing included; the path is the shortest within the bounds that showed it.\n\n")
	b.WriteString("| bug | row | area | leaves out | broken rule | steps | worlds | bounds |\n|---|---|---|---|---|---|---|---|\n")
	found, hunted := 0, 0
	for _, r := range results {
		if r.worlds > 0 {
			hunted++
		}
		if r.found == nil {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | not found: %s | | %d | |\n", r.bug.Name, r.bug.Row, r.bug.Area, r.bug.Leaves, whyNot(r.bug), r.worlds)
			continue
		}
		found++
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d | %d | %s |\n", r.bug.Name, r.bug.Row, r.bug.Area, r.bug.Leaves, r.found.Check, r.steps, r.worlds, r.bounds)
	}
	fmt.Fprintf(&b, "\nFound: %d of the %d that were walked for, %d listed.\n\n## Out of reach\n\n", found, hunted, len(results))
	for _, area := range []string{"lease", "identity", "locality", "liveness"} {
		var names []string
		for _, x := range all {
			if x.Area == area {
				names = append(names, x.Name)
			}
		}
		fmt.Fprintf(&b, "- %s: %s (%s)\n", area, outOfReach[area], strings.Join(names, ", "))
	}
	return b.String()
}

// whyNot explains a bug of the areas that are walked and that no walk finds.
func whyNot(b bug) string {
	if why := unwalked[b.Name]; why != "" {
		return why
	}
	if b.Unseen != "" {
		return b.Unseen
	}
	return "not within these bounds"
}

// unwalked says of single bugs why no walk finds them.
var unwalked = map[string]string{ // looked up, never ranged over
	"sync-off-by-one":           "lies in core/replica: the explorer is a host of its own",
	"apply-local":               "lies in kvstore: values are opaque here",
	"replay-off-by-one":         "lies in core/replica: the explorer is a host of its own",
	"restart-commits":           "lies in core/tlog: the explorer has a disk of its own",
	"ballot-wraps":              "takes more than seven rounds",
	"equal-ballot-refused":      "nothing is chosen any more: a matter of liveness",
	"no-ask-first":              "asking is a courtesy: a matter of liveness",
	"no-lift":                   "a matter of liveness",
	"higher-commit-ignored":     "a matter of liveness: what is proposed again is what was chosen",
	"handover-keeps-lease":      "leases and reads are abstracted away: time stands still",
	"release-any-grant":         "leases and reads are abstracted away: time stands still",
	"release-regrants":          "leases and reads are abstracted away: time stands still",
	"preferred-thrashes":        "nobody is preferred; a matter of liveness",
	"witness-stands":            "there is no witness",
	"forced-ignored":            "who may not lead is never let stand",
	"handover-before-caught-up": "the successor's election finds all that is chosen: a matter of time",
}
