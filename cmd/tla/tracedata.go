package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/openvstorage/arakoon-go/sim"
)

// shape is what all runs of one start of TLC have in common: the spec's constants.
type shape struct{ nodes, voters int }

func (s shape) String() string { return fmt.Sprintf("%d nodes, %d voters", s.nodes, s.voters) }

// batch are the traces that one start of TLC walks, one behind the other.
type batch struct {
	shape
	runs []*sampled
}

// lines returns how many lines TLC walks: a Reset goes before each run.
func (b *batch) lines() int {
	n := len(b.runs)
	for _, r := range b.runs {
		n += len(r.Lines)
	}
	return n
}

// tupleLines is how many records one tuple of the data module has: TLC reads a tuple
// by recursion.
const tupleLines = 500

// module is the trace as a TLA+ module: a tuple of records.
func (b *batch) module() string {
	var out strings.Builder
	ballots, instances := 1, 1
	var records []string
	for _, r := range b.runs {
		ballots, instances = max(ballots, r.Ballots), max(instances, r.Instances)
		records = append(records, `[a |-> "Reset", n |-> 1]`)
		for i := range r.Lines {
			records = append(records, record(&r.Lines[i]))
		}
	}
	fmt.Fprintf(&out, "---- MODULE TLogCoreTraceData ----\nEXTENDS Integers, Sequences\nTraceMaxInst == %d\nTraceMaxBallot == %d\n", instances, ballots)
	var tuples []string
	for len(records) > 0 {
		n := min(tupleLines, len(records))
		name := "T" + strconv.Itoa(len(tuples))
		fmt.Fprintf(&out, "%s == <<\n%s>>\n", name, strings.Join(records[:n], ",\n"))
		tuples, records = append(tuples, name), records[n:]
	}
	fmt.Fprintf(&out, "Trace == %s\n====\n", strings.Join(tuples, ` \o `))
	return out.String()
}

// record is a line as a TLA+ record.
func record(l *sim.SpecLine) string {
	parts := []string{fmt.Sprintf("a |-> %q", l.Action), fmt.Sprintf("n |-> %d", l.Node)}
	for i := range l.Fields {
		f := &l.Fields[i]
		v := f.Value()
		if f.List {
			v = "<<" + strings.Trim(v, "[]") + ">>"
		}
		parts = append(parts, f.Name+" |-> "+v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

var constantOf = regexp.MustCompile(`(?m)^  (Node|Voter|Crasher|Standing) = .*$`)

// config is the configuration with the constants of a shape.
func (s shape) config(text string) string {
	set := func(n int) string {
		var all []string
		for i := 1; i <= n; i++ {
			all = append(all, strconv.Itoa(i))
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	values := map[string]string{"Node": set(s.nodes), "Voter": set(s.voters), "Crasher": set(s.nodes), "Standing": strconv.Itoa(s.voters)}
	return constantOf.ReplaceAllStringFunc(text, func(line string) string {
		name := constantOf.FindStringSubmatch(line)[1]
		return "  " + name + " = " + values[name]
	})
}

// write lays the specs out in a folder, with the batch as their trace.
func (b *batch) write(specs, folder string) error {
	files, err := filepath.Glob(filepath.Join(specs, "TLog*.tla"))
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(f)), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(specs, "TLogCoreTrace.cfg"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "TLogCoreTrace.cfg"), []byte(b.config(string(text))), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "TLogCoreTraceData.tla"), []byte(b.module()), 0o644)
}
