package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/openvstorage/arakoon-go/sim"
)

// commit returns the revision that this binary was built from.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	return revision + dirty
}

// replayLine returns the command that shows a failure again; it names the options
// that aren't the seed's own.
func replayLine(r *sim.Result) string {
	line := fmt.Sprintf("arakoon-sim replay --seed %d", r.Seed)
	if changes := r.Options.Beside(sim.Swarm(r.Seed)); changes != "" {
		line += " --options " + changes
	}
	return line
}

// plantFlag is what a replay line has besides in a build with planted bugs.
func plantFlag(names string) string {
	if names == "" {
		return ""
	}
	return " --plant " + names
}

// printFailure prints what a run failed of.
func printFailure(w io.Writer, r *sim.Result) {
	fmt.Fprintf(w, "FAIL %s  seed=%d commit=%s\n", r.Failure, r.Seed, commit())
}

// exitFor returns the exit code of a failure; nil for none.
func exitFor(f *sim.Failure) error {
	switch {
	case f == nil:
		return nil
	case f.Check == "K16" || f.Check == checkHung:
		return exitError(exitLiveness)
	case f.Check == "K18":
		return exitError(exitDeterminism)
	default:
		return exitError(exitSafety)
	}
}

// outcome is a run as JSON.
type outcome struct {
	Seed      uint64            `json:"seed"`
	Options   string            `json:"options"`
	Check     string            `json:"check,omitempty"`
	At        string            `json:"at,omitempty"`
	Text      string            `json:"text,omitempty"`
	Hash      string            `json:"hash"`
	Virtual   string            `json:"virtual_seconds"`
	Decisions int               `json:"decisions"`
	Stats     sim.Stats         `json:"stats"`
	Faults    map[string]uint64 `json:"faults"`
	Replay    string            `json:"replay"`
	Commit    string            `json:"commit"`
}

func outcomeOf(r *sim.Result, replay string) outcome {
	o := outcome{Seed: r.Seed, Options: r.Options.String(), Hash: fmt.Sprintf("%016x", r.Hash), Virtual: seconds(r.Virtual),
		Decisions: len(r.Decisions), Stats: r.Stats, Faults: map[string]uint64{}, Replay: replay, Commit: commit()}
	for _, f := range sim.Faults() {
		if r.Faults[f] > 0 {
			o.Faults[f.String()] = r.Faults[f]
		}
	}
	if r.Failure != nil {
		o.Check, o.At, o.Text = r.Failure.Check, seconds(r.Failure.At), r.Failure.Text
	}
	return o
}

func seconds(ns int64) string { return fmt.Sprintf("%d.%03d", ns/1e9, ns%1e9/1e6) }

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// faultList prints how often each class was injected, rarest first of all those
// at zero.
func faultList(c *sim.FaultCounts) (text string, missing []string) {
	for _, f := range sim.Faults() {
		text += fmt.Sprintf(" %s=%d", f, c[f])
		if c[f] == 0 {
			missing = append(missing, f.String())
		}
	}
	return text, missing
}
