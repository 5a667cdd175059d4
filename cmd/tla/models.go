package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// expectation is what a model is there to show.
type expectation string

const (
	// expectHolds: every reachable state satisfies every property.
	expectHolds expectation = "holds"
	// expectRefuted: the named property fails, because a rule was left out.
	expectRefuted expectation = "refuted"
	// expectReached: the named "never" fails, so the model is large enough to show it.
	expectReached expectation = "reached"
	// expectSampled: random walks through a space too large to exhaust find nothing.
	expectSampled expectation = "sampled"
)

// The tiers: short ones run for every change, long ones when a person wants all.
const (
	tierShort = "short"
	tierLong  = "long"
)

// model is one line of the table of models.
type model struct {
	Name     string // of models/NAME.cfg
	Module   string // of MODULE.tla
	Tier     string
	Expect   expectation
	Property string // that fails; "-" where none does
	States   int64  // distinct states; of a sampled one, walks to take
	Depth    int    // longest shortest path, in states; 0 is not compared
	Seconds  int    // of processor time, as measured: the long ones start first
	Fault    string // the rule that is left out; "-" where none is
}

// columns of the table, in order.
const columns = 9

// readModels reads the table: one model a line, columns parted by blanks, "#"
// begins a comment.
func readModels(r io.Reader) ([]model, error) {
	var all []model
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		m, err := parseModel(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(all, func(o model) bool { return o.Name == m.Name }) {
			return nil, fmt.Errorf("line %d: %s is there twice", n, m.Name)
		}
		all = append(all, m)
	}
	return all, lines.Err()
}

func parseModel(fields []string) (model, error) {
	if len(fields) != columns {
		return model{}, fmt.Errorf("%d columns, %d are wanted", len(fields), columns)
	}
	m := model{Name: fields[0], Module: fields[1], Tier: fields[2], Expect: expectation(fields[3]),
		Property: fields[4], Fault: fields[8]}
	if m.Tier != tierShort && m.Tier != tierLong {
		return model{}, fmt.Errorf("%s: no tier %q", m.Name, m.Tier)
	}
	fails := m.Expect == expectRefuted || m.Expect == expectReached
	if !fails && m.Expect != expectHolds && m.Expect != expectSampled {
		return model{}, fmt.Errorf("%s: no expectation %q", m.Name, m.Expect)
	}
	if fails != (m.Property != "-") {
		return model{}, fmt.Errorf("%s: a property is named if and only if it fails", m.Name)
	}
	if (m.Expect == expectRefuted) && m.Fault == "-" {
		return model{}, fmt.Errorf("%s: the fault has no name", m.Name)
	}
	var err error
	if m.States, err = strconv.ParseInt(fields[5], 10, 64); err != nil {
		return model{}, fmt.Errorf("%s: states: %w", m.Name, err)
	}
	if m.Depth, err = strconv.Atoi(fields[6]); err != nil {
		return model{}, fmt.Errorf("%s: depth: %w", m.Name, err)
	}
	if m.Seconds, err = strconv.Atoi(fields[7]); err != nil {
		return model{}, fmt.Errorf("%s: seconds: %w", m.Name, err)
	}
	return m, nil
}

// line writes m as the table has it.
func (m model) line() string {
	return fmt.Sprintf("%-26s %-13s %-5s %-8s %-20s %9d %5d %5d %s",
		m.Name, m.Module, m.Tier, m.Expect, m.Property, m.States, m.Depth, m.Seconds, m.Fault)
}

// loadModels reads dir's table and holds it against the files that are there.
func loadModels(dir string) ([]model, error) {
	f, err := os.Open(filepath.Join(dir, "models.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := readModels(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "models", "*.cfg"))
	if err != nil {
		return nil, err
	}
	return all, matchFiles(dir, all, files)
}

// matchFiles wants a line for each file, and a file for each line: a model that
// nobody runs guards nothing.
func matchFiles(dir string, all []model, files []string) error {
	listed := map[string]bool{}
	for _, m := range all {
		listed[m.Name] = true
		for _, path := range []string{m.config(dir), filepath.Join(dir, m.Module+".tla")} {
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("model %s: %w", m.Name, err)
			}
		}
	}
	for _, path := range files {
		if name := strings.TrimSuffix(filepath.Base(path), ".cfg"); !listed[name] {
			return fmt.Errorf("%s: models.txt has no line for it", path)
		}
	}
	return nil
}

func (m model) config(dir string) string { return filepath.Join(dir, "models", m.Name+".cfg") }

// choose returns the models of a tier ("all" for both), or just the named ones,
// the longest first so that the last to end is a short one.
func choose(all []model, tier string, only []string) ([]model, error) {
	var chosen []model
	for _, m := range all {
		if len(only) == 0 && (tier == "all" || m.Tier == tier) || slices.Contains(only, m.Name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 || len(only) > len(chosen) {
		return nil, fmt.Errorf("no such tier or model: tier %q, models %q", tier, only)
	}
	slices.SortStableFunc(chosen, func(a, b model) int { return b.Seconds - a.Seconds })
	return chosen, nil
}
