package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// Sampled runs of the simulator, each held against TLogCore by TLC, step by step; and
// the same with lies in them, each of which must be refused at its very line.

// sampled is one run.
type sampled struct {
	sim.SpecRun
	seed uint64
}

// actions are the names that the lines of a sample must have, all of them.
var actions = strings.Fields("Hand Sync Start Promise Master Propose Accept Commit Learn Follow GiveUp HandOver Release Take Install Collapse Crash LeaseReq Grant Hold Read Tick")

// tracer validates traces.
type tracer struct {
	c   *checker
	out io.Writer
}

// sample runs so many seeds.
func sample(from uint64, count int) ([]*sampled, error) {
	var runs []*sampled
	for seed := from; seed < from+uint64(count); seed++ {
		w := sim.New(seed, sim.SpecOptions(seed), sim.NewRandom(seed))
		t := w.RecordSpec()
		if r := w.Run(); r.Failure != nil {
			return nil, fmt.Errorf("seed %d: %s: arakoon-sim tells more", seed, r.Failure.Check)
		}
		run, err := t.Lines()
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		runs = append(runs, &sampled{run, seed})
	}
	return runs, nil
}

// batches sorts runs by what TLC must be told once.
func batches(runs []*sampled) []*batch {
	var all []*batch
	for _, r := range runs {
		s := shape{r.Nodes, r.Voters}
		k := slices.IndexFunc(all, func(b *batch) bool { return b.shape == s })
		if k < 0 {
			all, k = append(all, &batch{shape: s}), len(all)
		}
		all[k].runs = append(all[k].runs, r)
	}
	return all
}

// Why a validation failed.
var (
	errRefused = errors.New("a trace was refused: the spec and the core disagree")
	errBlind   = errors.New("not every lie was refused where it is")
)

// validate walks a batch. A line that no step of the spec fits is a deadlock: the
// number of states is its number. 0: all lines fit.
func (t *tracer) validate(ctx context.Context, b *batch) (refused int, why string, err error) {
	folder, err := os.MkdirTemp(t.c.work, "trace-")
	if err != nil {
		return 0, "", err
	}
	defer os.RemoveAll(folder)
	if err := b.write(t.c.dir, folder); err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, t.c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.c.java, "-Xss64m", fmt.Sprintf("-Xmx%dm", t.c.heapMB), "-XX:+UseSerialGC",
		"-Djava.io.tmpdir="+folder, "-cp", t.c.jar, "tlc2.TLC", "-tool", "-workers", "1", "-fp", "0", "-seed", "0", "-nowarning",
		"-metadir", filepath.Join(folder, "states"), "-config", "TLogCoreTrace.cfg", "TLogCoreTrace.tla")
	cmd.Dir = folder
	text, ran := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return 0, "", fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	o, err := parseOutput(bytes.NewReader(text))
	switch {
	case err != nil:
		return 0, "", err
	case o.End == endViolated:
		return int(o.States), o.Property, nil
	case o.End != endHolds:
		return 0, "", fmt.Errorf("TLC: %v %s %s", ran, o.Error, tail(text))
	case int(o.States) != b.lines()+1:
		return 0, "", fmt.Errorf("%d states for %d lines: a line has more than one step, or none was looked at", o.States, b.lines())
	}
	return 0, "", nil
}

// accept wants every run of the sample to be a behaviour of the spec.
func (t *tracer) accept(ctx context.Context, runs []*sampled) error {
	for _, b := range batches(runs) {
		start := time.Now()
		refused, why, err := t.validate(ctx, b)
		if err != nil {
			return err
		}
		if refused > 0 {
			fmt.Fprintf(t.out, "refused (%s): %s\n", why, b.tell(refused))
			return errRefused
		}
		took := time.Since(start)
		fmt.Fprintf(t.out, "accepted: %d traces of %v, %d lines, %d states, %.1fs\n", len(b.runs), b.shape, b.lines(), b.lines()+1, took.Seconds())
	}
	return nil
}

// tell names the run of a line, and prints it with those before it.
func (b *batch) tell(line int) string {
	for _, r := range b.runs {
		if line--; line <= len(r.Lines) {
			at := line - 1
			text := fmt.Sprintf("seed %d, line %d (arakoon-sim trace --seed %d)", r.seed, line, r.seed)
			for i := max(0, at-5); i <= at && i >= 0; i++ {
				text += "\n  " + r.Lines[i].String()
			}
			return text
		}
		line -= len(r.Lines)
	}
	return "no line"
}
