package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// results is the file of what campaigns found: JSON lines, of which the last one
// about a campaign counts.
type results struct {
	file *os.File
	all  map[string]map[int]campaign // by bug and number
}

func openResults(path string) (*results, error) {
	r := &results{all: map[string]map[int]campaign{}}
	if err := r.read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var err error
	r.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	return r, err
}

func (r *results) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var c campaign
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return usagef("%s, line %d: %v", path, n, err)
		}
		r.keep(c)
	}
	return lines.Err()
}

func (r *results) keep(c campaign) {
	if r.all[c.Bug] == nil {
		r.all[c.Bug] = map[int]campaign{}
	}
	r.all[c.Bug][c.Number] = c
}

func (r *results) put(c campaign) error {
	r.keep(c)
	return printJSON(r.file, c)
}

func (r *results) get(bug string, n int) (campaign, bool) {
	c, ok := r.all[bug][n]
	return c, ok
}

// of returns the campaigns for a bug, by number.
func (r *results) of(bug string) []campaign {
	var list []campaign
	for n := 0; len(list) < len(r.all[bug]); n++ {
		if c, ok := r.all[bug][n]; ok {
			list = append(list, c)
		}
	}
	return list
}

// found reports whether any campaign has found a bug.
func (r *results) found(bug string) bool {
	for _, c := range r.all[bug] { // in any order: one is enough
		if c.found() {
			return true
		}
	}
	return false
}

func (r *results) close() { _ = r.file.Close() } // each line was written at once

// launch runs one campaign in a process of its own.
func launch(args ...string) (c campaign, err error) {
	self, err := os.Executable()
	if err != nil {
		return c, err
	}
	out, err := exec.Command(self, append([]string{"mutants", "campaign"}, args...)...).Output()
	if err != nil {
		return c, fmt.Errorf("campaign %v: %w", args, err)
	}
	return c, json.Unmarshal(out, &c)
}

func (c *campaign) String() string {
	if !c.found() {
		return fmt.Sprintf("%s #%d: nothing in %d seeds, %.0f s", c.Bug, c.Number, c.Seeds, c.Seconds)
	}
	return fmt.Sprintf("%s #%d: %s at seed %d, after %d seeds, %.1f s; also %v", c.Bug, c.Number, c.Check, c.Seed, c.Seeds, c.Seconds, c.Also)
}
