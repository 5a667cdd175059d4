package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
)

// block is a run of statements that is reached as a whole, or not at all.
type block struct {
	path       string // relative to the module
	line, end  int
	column     int
	statements int
	reached    bool
}

// readProfile returns the blocks of a profile, each once, in the order of the source.
func readProfile(path string) ([]block, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	at := map[string]int{}
	var blocks []block
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "mode:") {
			continue
		}
		place, rest, _ := strings.Cut(lines.Text(), ":")
		b := block{path: strings.TrimPrefix(place, module)}
		var endColumn, count int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.line, &b.column, &b.end, &endColumn, &b.statements, &count); err != nil {
			return nil, fmt.Errorf("%s, line %d: %q is no block of a profile: %w", path, n, lines.Text(), err)
		}
		key := fmt.Sprint(b.path, b.line, ".", b.column)
		k, known := at[key]
		if !known {
			k, at[key] = len(blocks), len(blocks)
			blocks = append(blocks, b)
		}
		blocks[k].reached = blocks[k].reached || count > 0
	}
	slices.SortFunc(blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	return blocks, lines.Err()
}

// judgements says why statements may stay unreached.
type judgements struct {
	reasons map[string]string
	used    map[string]bool
	seen    map[string]bool // statements that were reached
}

func readJudgements(path string) (*judgements, error) {
	j := &judgements{map[string]string{}, map[string]bool{}, map[string]bool{}}
	if path == "" {
		return j, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for n, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k := strings.LastIndex(line, " | ")
		if k < 0 || strings.TrimSpace(line[k+3:]) == "" {
			return nil, fmt.Errorf("%s, line %d: \"path func | statement | reason\" is wanted", path, n+1)
		}
		j.reasons[line[:k]] = line[k+3:]
	}
	return j, nil
}

// take reports whether there is a reason for what the key names.
func (j *judgements) take(key string) bool {
	_, ok := j.reasons[key]
	if ok {
		j.used[key] = true
	}
	return ok
}

// see notes that what the key names was reached.
func (j *judgements) see(key string) { j.seen[key] = true }

// unused lists the judgements that nothing needed, ascending.
func (j *judgements) unused() []string {
	var keys []string
	for key := range j.reasons { // sorted below
		if !j.used[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
