package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// What a class of faults is tried with: bugs are hunted again without it, for so
// many times the seeds that they took with it, within bounds.
const (
	ablationFactor   = 20
	ablationSeeds    = 200 // at least
	ablationSpan     = 20 * time.Second
	ablationEvidence = 2 // bugs that need it are enough
)

// ablate runs what the tables of ablation want and prints them.
func (m *mutants) ablate(bugs []bug) error {
	classes := switchable()
	for k, f := range classes {
		if err := m.ablateFault(f, bugs); err != nil {
			return err
		}
		fmt.Fprintf(m.errs, "[%d/%d classes] %v: needed by %v\n", k+1, len(classes), f, m.needing(f, bugs))
	}
	fmt.Fprint(m.out, m.checkAblation(bugs), m.faultAblation(bugs))
	return nil
}

// switchable are the classes of faults that can be switched off.
func switchable() []sim.Fault {
	return slices.DeleteFunc(sim.Faults(), func(f sim.Fault) bool {
		_, ok := sim.Calm().Without(f)
		return !ok
	})
}

// ablateFault hunts the bugs that were found without a class of faults, quickest
// first, until enough of them need it.
func (m *mutants) ablateFault(f sim.Fault, bugs []bug) error {
	var found []finding
	for _, b := range bugs {
		if s := m.sum(b); s.found > 0 && s.median.found() {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int { return a.median.Seeds - b.median.Seeds })
	need := 0
	for _, s := range found {
		if need >= ablationEvidence {
			return nil
		}
		needed, err := m.needs(s, f)
		if err != nil {
			return err
		}
		if needed {
			need++
		}
	}
	return nil
}

// needs reports whether a bug was not found any more without a class of faults: not
// by the seed that had shown it, and not by many others.
func (m *mutants) needs(s finding, f sim.Fault) (bool, error) {
	if c, ok := m.results.get(without(s.Name, f), 0); ok && !m.again {
		return c.proves(), nil
	}
	seed := s.median.Seed
	if off, _ := optionsOf(seed).Without(f); off == optionsOf(seed) {
		return false, nil // it was found where there were none
	}
	c, err := launch("--plant", s.Name, "--first", "--without", f.String(), "--from", fmt.Sprint(seed), "--seeds", "1")
	if err == nil && !c.found() {
		seeds := max(ablationSeeds, ablationFactor*s.median.Seeds)
		c, err = launch("--plant", s.Name, "--first", "--without", f.String(), "--from", fmt.Sprint(s.median.From),
			"--seeds", fmt.Sprint(seeds), "--for", ablationSpan.String())
	}
	if err != nil {
		return false, err
	}
	c.Bug = without(s.Name, f)
	return c.proves(), m.results.put(c)
}

// proves reports whether a hunt without a class of faults went far enough, and found
// nothing.
func (c *campaign) proves() bool { return !c.found() && c.Seeds >= ablationSeeds }

// without is the name under which results of such a hunt are kept.
func without(bug string, f sim.Fault) string { return bug + " without " + f.String() }

// needing lists the bugs that are known to need a class of faults.
func (m *mutants) needing(f sim.Fault, bugs []bug) (names []string) {
	for _, b := range bugs {
		if c, ok := m.results.get(without(b.Name, f), 0); ok && c.proves() {
			names = append(names, fmt.Sprintf("%s (%d seeds)", b.Name, c.Seeds))
		}
	}
	return names
}

// tried counts the bugs that were hunted without a class of faults.
func (m *mutants) tried(f sim.Fault, bugs []bug) (n int) {
	for _, b := range bugs {
		if _, ok := m.results.get(without(b.Name, f), 0); ok {
			n++
		}
	}
	return n
}

func (m *mutants) faultAblation(bugs []bug) string {
	var t strings.Builder
	t.WriteString("\n## Classes of faults\n\nA bug needs a class if without it neither its failing seed shows it nor many others do " +
		"(20 times the seeds\nthat it took, at least 200, at most 20 s).\n\n| class | needed by | did without it |\n|---|---|---|\n")
	for _, f := range sim.Faults() {
		needed := m.needing(f, bugs)
		n := m.tried(f, bugs)
		switch _, ok := sim.Calm().Without(f); {
		case !ok:
			fmt.Fprintf(&t, "| %v | has no switch of its own | |\n", f)
		case n == 0:
			fmt.Fprintf(&t, "| %v | not tried yet | |\n", f)
		case len(needed) == 0:
			fmt.Fprintf(&t, "| %v | **no bug** | %d |\n", f, n)
		default:
			fmt.Fprintf(&t, "| %v | %s | %d |\n", f, strings.Join(needed, ", "), n-len(needed))
		}
	}
	return t.String()
}

// checkAblation says which bugs only one check sees, by the runs that went on after
// the first find.
func (m *mutants) checkAblation(bugs []bug) string {
	alone, sees, first := map[string][]string{}, map[string]int{}, map[string]int{}
	for _, b := range bugs {
		f := m.sum(b)
		if f.found == 0 {
			continue
		}
		first[f.first]++
		for _, c := range f.checks {
			sees[c]++
		}
		if len(f.checks) == 1 {
			alone[f.checks[0]] = append(alone[f.checks[0]], f.Name)
		}
	}
	var checks []string
	for c := range sees { // sorted below
		checks = append(checks, c)
	}
	slices.Sort(checks)
	var t strings.Builder
	t.WriteString("\n## Checks\n\nA bug is a check's alone if no other check fired in any of its failing runs, though they went on.\n\n" +
		"| check | sees | first for | alone for |\n|---|---|---|---|\n")
	for _, c := range checks {
		fmt.Fprintf(&t, "| %s | %d | %d | %s |\n", c, sees[c], first[c], orDash(strings.Join(alone[c], ", "), "**none**"))
	}
	return t.String()
}
