package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// checker runs models with TLC.
type checker struct {
	java, jar string
	dir       string // of the specs
	work      string // where TLC keeps its states; nothing is written beside the specs
	heapMB    int
	limit     time.Duration // for one model
}

// result is one model with what came of it.
type result struct {
	model
	Outcome outcome
	Took    time.Duration
	CPU     time.Duration // what the models cost, on a machine that does other things too
	Wrong   string        // "" if the model did what it is there for
}

// checkAll runs the models, jobs at a time, and gives each result to done in the
// order in which they end.
func (c *checker) checkAll(ctx context.Context, models []model, jobs int, done func(result)) {
	next := make(chan model)
	results := make(chan result)
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for m := range next {
				results <- c.check(ctx, m)
			}
		})
	}
	go func() {
		defer close(results)
		for _, m := range models {
			if ctx.Err() != nil {
				break // what was asked to stop starts nothing more
			}
			next <- m
		}
		close(next)
		workers.Wait()
	}()
	for r := range results {
		done(r)
	}
}

// check runs one model.
func (c *checker) check(ctx context.Context, m model) result {
	start := time.Now()
	o, cpu, err := c.run(ctx, m)
	r := result{model: m, Outcome: o, Took: time.Since(start), CPU: cpu}
	if err != nil {
		r.Wrong = err.Error()
	} else {
		r.Wrong = judge(m, o)
	}
	return r
}

// run starts TLC in a folder of its own: it unpacks the standard modules where
// java.io.tmpdir points, and two runs at once would write over each other's.
func (c *checker) run(ctx context.Context, m model) (outcome, time.Duration, error) {
	folder := filepath.Join(c.work, m.Name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return outcome{}, 0, err
	}
	defer os.RemoveAll(folder)
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.java, c.arguments(m, folder)...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ran := cmd.Run()
	if ctx.Err() != nil {
		return outcome{}, 0, fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	if cmd.ProcessState == nil {
		return outcome{}, 0, fmt.Errorf("start TLC: %w", ran)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	text := out.Bytes()
	o, err := parseOutput(bytes.NewReader(text))
	if err != nil {
		return outcome{}, 0, err
	}
	if o.End == endUnknown {
		// TLC's exit status tells nothing that its messages don't, but for this.
		return o, cpu, fmt.Errorf("TLC ended without a verdict: %v: %s", ran, tail(text))
	}
	return o, cpu, nil
}

// quickSeconds is how long a model may take for which the optimising compiler
// costs more than it gives: half of the time of a short one, as measured.
const quickSeconds = 10

// arguments fixes whatever TLC would draw, so that a model that fails has the
// same counterexample each time. One worker: breadth-first order is exact, and
// two models at once use two cores better than one with two workers.
func (c *checker) arguments(m model, folder string) []string {
	compiler := "-XX:TieredStopAtLevel=4"
	if m.Seconds <= quickSeconds {
		compiler = "-XX:TieredStopAtLevel=1"
	}
	args := []string{"-Xss16m", compiler, "-Xmx" + strconv.Itoa(c.heapMB) + "m", "-XX:+UseSerialGC",
		"-Djava.io.tmpdir=" + folder, "-cp", c.jar, "tlc2.TLC", "-tool", "-workers", "1", "-fp", "0", "-seed", "0",
		"-nowarning", "-metadir", folder, "-config", filepath.Join("models", m.Name+".cfg")}
	if m.Expect == expectSampled {
		args = append(args, "-depth", "100", "-simulate", "num="+strconv.FormatInt(m.States, 10))
	}
	return append(args, m.Module+".tla")
}

// tail is the end of what TLC printed, for a run that ended in no known way.
func tail(text []byte) string {
	const enough = 2000
	text = bytes.TrimSpace(text)
	return string(text[max(0, len(text)-enough):])
}
