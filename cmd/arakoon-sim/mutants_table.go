package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// finding is what all campaigns for one bug came to.
type finding struct {
	bug
	campaigns int
	found     int      // campaigns that found it
	first     string   // the check that fired first, in most of them
	checks    []string // all that fired in any of them
	median    campaign // by seeds
}

// sum adds the campaigns for a bug up.
func (m *mutants) sum(b bug) finding {
	all := m.results.of(b.Name)
	f := finding{bug: b, campaigns: len(all)}
	firsts := map[string]int{}
	for _, c := range all {
		if !c.found() {
			continue
		}
		f.found++
		f.checks = append(f.checks, c.checks()...)
		if firsts[c.Check]++; firsts[c.Check] > firsts[f.first] {
			f.first = c.Check
		}
	}
	slices.Sort(f.checks)
	f.checks = slices.Compact(f.checks)
	if len(all) > 0 {
		f.median = median(all)
	}
	if f.found > 0 && !f.median.found() {
		f.median.Seed = firstFound(all).Seed
	}
	return f
}

// median returns the campaign in the middle by seeds; those that found nothing come
// last.
func median(all []campaign) campaign {
	all = slices.Clone(all)
	sort.SliceStable(all, func(i, k int) bool {
		if all[i].found() != all[k].found() {
			return all[i].found()
		}
		return all[i].Seeds < all[k].Seeds
	})
	return all[(len(all)-1)/2]
}

func firstFound(all []campaign) campaign {
	return all[slices.IndexFunc(all, func(c campaign) bool { return c.found() })]
}

// table prints a line per bug and returns how many were missed that a seed must
// find.
func (m *mutants) table(bugs []bug) (missed int) {
	fmt.Fprintf(m.out, "%-26s %-4s %-6s %-5s %7s %8s %9s  %s\n", "planted bug", "row", "first", "found", "seeds", "seconds", "a seed", "all checks")
	hunted, found := 0, 0
	for _, b := range bugs {
		f := m.sum(b)
		if f.campaigns == 0 {
			fmt.Fprintf(m.out, "%-26s %-4s %s\n", f.Name, f.Row, orDash(f.Unseen, "not hunted yet"))
			continue
		}
		hunted++
		if f.found > 0 {
			found++
		} else if f.Unseen == "" {
			missed++
		}
		fmt.Fprintf(m.out, "%-26s %-4s %-6s %d of %d %6s %8s %9s  %s\n", f.Name, f.Row, orDash(f.first, "-"), f.found, f.campaigns,
			f.seeds(), f.seconds(), f.seed(), strings.Join(f.checks, " "))
	}
	fmt.Fprintf(m.out, "mutants planted=%d hunted=%d found=%d missed=%d\n", len(bugs), hunted, found, missed)
	return missed
}

func orDash(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

// seeds and seconds are medians; "> n" where most campaigns found nothing.
func (f *finding) seeds() string {
	if !f.median.found() {
		return fmt.Sprintf(">%d", f.median.Seeds)
	}
	return fmt.Sprint(f.median.Seeds)
}

func (f *finding) seconds() string {
	if !f.median.found() {
		return fmt.Sprintf(">%.0f", f.median.Seconds)
	}
	return fmt.Sprintf("%.2f", f.median.Seconds)
}

func (f *finding) seed() string {
	if f.found == 0 {
		return "-"
	}
	return fmt.Sprint(f.median.Seed)
}

// page is the file that --markdown writes.
func (m *mutants) page(bugs []bug) string {
	var p strings.Builder
	missed, found, hunted := []finding{}, 0, 0
	area := ""
	rows := ""
	for _, b := range bugs {
		f := m.sum(b)
		if f.campaigns > 0 && f.Unseen == "" {
			hunted++
		}
		switch {
		case f.found > 0:
			found++
		case f.campaigns > 0 || f.Unseen != "":
			missed = append(missed, f)
		}
		if b.Area != area {
			area = b.Area
			rows += fmt.Sprintf("| **%s** | | | | | | | |\n", area)
		}
		rows += fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", f.Name, f.Row, f.Leaves, orDash(f.first, "–"),
			strings.Join(f.checks, " "), orDash(f.seeds(), "–"), f.seconds(), f.seed())
	}
	fmt.Fprintf(&p, pageHead, len(bugs), found, hunted)
	p.WriteString(rows)
	p.WriteString("\n## Not found by seeds\n\n| bug | what it leaves out | seeds | why |\n|---|---|---|---|\n")
	for _, f := range missed {
		fmt.Fprintf(&p, "| %s | %s | %d | %s |\n", f.Name, f.Leaves, f.median.Seeds, orDash(f.Unseen, "open"))
	}
	p.WriteString("\n## Rows of the catalogue that are not planted\n\n| row | name | why |\n|---|---|---|\n")
	for _, r := range notPlanted {
		fmt.Fprintf(&p, "| %s | %s | %s |\n", r.row, r.name, r.why)
	}
	p.WriteString(m.checkAblation(bugs))
	p.WriteString(m.faultAblation(bugs))
	return p.String()
}

const pageHead = `# Planted bugs

What the simulator sees: each bug is a switch in one binary (` + "`make planted`" + `), hunted by
` + "`arakoon-sim mutants`" + `, which also writes this page. *First* is the check that fired first in most
campaigns, *all checks* are those that fired in any failing run when it went on. Seeds and seconds to
detection are medians over the campaigns. Each eighth seed, and half of those with a
theme (sim/theme.go), has a run that is 14 times as long (leases and ops
of ` + "`--options`" + ` times 14). %d bugs; %d found, of %d that seeds must find.

| bug | row | what it leaves out | first | all checks | seeds | seconds | a seed |
|---|---|---|---|---|---|---|---|
`

// notPlanted are the rows of the catalogue that have no planted bug.
var notPlanted = []struct{ row, name, why string }{
	{"M30", "recovered command also re-queued", "there are no client sessions yet"},
	{"M55", "size not durable", "a disk has one sync, which covers the size as well"},
	{"M64", "sessions missing from snapshot", "there are no client sessions yet"},
	{"M71", "lease on the wall clock", "below the hosts there is one clock; which one it is, is the host's"},
	{"M87", "retry applied twice", "there are no client sessions yet"},
	{"M89", "wrong cached reply", "there are no client sessions yet"},
	{"M92", "overlapping changes", "there is no change of membership yet"},
	{"M93", "configuration active at append on one side, commit on the other", "there is no change of membership yet"},
	{"M95", "removed node still counted", "there is no change of membership yet"},
	{"M98", "uncommitted configuration in a snapshot", "there is no change of membership yet"},
	{"M100", "semantics change without a gate", "apply rules have no versions yet"},
	{"M104", "master value differs only by time stamp", "values of masters are not compared: a barrier carries its ballot"},
	{"M110", "delayed prepare replayed internally", "core keeps no messages: a refusal is answered at once"},
}
