package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// report prints results as they come, and the sum.
type report struct {
	out            io.Writer
	json           bool
	measure        bool // print lines for models.txt instead
	passed, failed int
}

// jsonResult is one line of --output json.
type jsonResult struct {
	Model    string   `json:"model"`
	Passed   bool     `json:"passed"`
	Expect   string   `json:"expect"`
	End      string   `json:"end"`
	Property string   `json:"property,omitempty"`
	States   int64    `json:"states"`
	Depth    int      `json:"depth"`
	Seconds  float64  `json:"seconds"`
	CPU      float64  `json:"cpu_seconds"`
	Fault    string   `json:"fault,omitempty"`
	Wrong    string   `json:"wrong,omitempty"`
	Trace    []string `json:"trace,omitempty"`
}

func (p *report) add(r result) {
	if r.Wrong == "" {
		p.passed++
	} else {
		p.failed++
	}
	switch {
	case p.json:
		p.encode(jsonResult{Model: r.Name, Passed: r.Wrong == "", Expect: string(r.Expect), End: string(r.Outcome.End),
			Property: r.Outcome.Property, States: r.Outcome.States, Depth: r.Outcome.Depth,
			Seconds: r.Took.Seconds(), CPU: r.CPU.Seconds(), Fault: strings.TrimPrefix(r.Fault, "-"), Wrong: r.Wrong, Trace: r.Outcome.Trace})
	case p.measure && r.Outcome.End != endUnknown && r.Outcome.End != endError:
		fmt.Fprintln(p.out, measured(r))
	default:
		fmt.Fprintln(p.out, text(r))
	}
}

// text is the line of one model; after it, when it failed, what was wrong.
func text(r result) string {
	verdict := "ok    "
	if r.Wrong != "" {
		verdict = "FAILED"
	}
	what := string(r.Expect)
	if r.Property != "-" {
		what += " " + r.Property
	}
	line := fmt.Sprintf("%s %-26s %-34s states=%d depth=%d seconds=%.1f cpu=%.1f", verdict, r.Name, what,
		r.Outcome.States, r.Outcome.Depth, r.Took.Seconds(), r.CPU.Seconds())
	if r.Wrong == "" {
		return line
	}
	line += "\n  " + strings.ReplaceAll(r.Wrong, "\n", "\n  ")
	if len(r.Outcome.Trace) > 0 {
		line += "\n  by: " + strings.Join(r.Outcome.Trace, " ")
	}
	return line
}

// measured is the model's line of the table with what was seen.
func measured(r result) string {
	m := r.model
	if m.Expect != expectSampled {
		m.States, m.Depth = r.Outcome.States, r.Outcome.Depth
	}
	if r.Outcome.Property != "" {
		m.Property = r.Outcome.Property
	}
	m.Seconds = int((r.CPU + time.Second - 1) / time.Second)
	return m.line()
}

// sum prints the last line.
func (p *report) sum(took time.Duration) {
	if p.json {
		p.encode(struct {
			Models  int     `json:"models"`
			Passed  int     `json:"passed"`
			Failed  int     `json:"failed"`
			Seconds float64 `json:"seconds"`
		}{p.passed + p.failed, p.passed, p.failed, took.Seconds()})
		return
	}
	fmt.Fprintf(p.out, "models=%d passed=%d failed=%d seconds=%.0f\n", p.passed+p.failed, p.passed, p.failed, took.Seconds())
}

func (p *report) encode(v any) {
	// An error of the writer shows in the exit status of whoever reads.
	_ = json.NewEncoder(p.out).Encode(v)
}
