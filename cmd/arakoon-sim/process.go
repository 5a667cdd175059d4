package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// Checks that no world can make: of the processes that run them.
const (
	checkDied = "DIED" // a worker ended inside a seed
	checkHung = "HUNG" // a worker did not end one in time
)

// lastWords is how much of a worker's standard error is kept, in bytes: a stack.
const lastWords = 8 << 10

// quitGrace is how long a hanging worker gets to print where it hangs.
const quitGrace = 3 * time.Second

// worker is a process that runs seeds, as its parent sees it.
type worker struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	errs    tail
}

// startWorker starts this program again, as a worker.
func startWorker(args ...string) (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &worker{cmd: exec.Command(self, append([]string{"worker"}, args...)...)}
	w.cmd.Stderr = &w.errs
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.answers = json.NewDecoder(out)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	return w, nil
}

// run lets the worker run one seed. A worker that dies or hangs gives an answer of
// its own kind, and is no use afterwards; so is one whose context has ended.
func (w *worker) run(ctx context.Context, seed uint64, limit time.Duration) (a *answer, usable bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = w.cmd.Process.Kill() }) // it may be dead already
	defer stop()
	var hung atomic.Bool
	alarm := time.AfterFunc(limit, func() {
		hung.Store(true)
		_ = w.cmd.Process.Signal(syscall.SIGQUIT) // the runtime prints all stacks, and ends
		time.AfterFunc(quitGrace, func() { _ = w.cmd.Process.Kill() })
	})
	defer alarm.Stop()
	a = &answer{}
	err = json.NewEncoder(w.in).Encode(seedTask{Seed: seed})
	if err == nil {
		err = w.answers.Decode(a)
	}
	if err == nil && a.Seed == seed {
		return a, true, nil
	}
	how := w.end()
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case hung.Load():
		return lost(seed, checkHung, "the worker did not end within %v: %s", limit, how), false, nil
	case err == nil:
		return nil, false, fmt.Errorf("a worker was given seed %d and answered seed %d", seed, a.Seed)
	default:
		return lost(seed, checkDied, "the worker ended inside this seed: %s", how), false, nil
	}
}

// lost is the answer of a worker that gave none.
func lost(seed uint64, check, format string, args ...any) *answer {
	return &answer{Seed: seed, Failure: &sim.Failure{Check: check, Text: fmt.Sprintf(format, args...)}}
}

// end closes the worker's input, waits for its end, and returns how it was.
func (w *worker) end() string {
	_ = w.in.Close() // it may be dead
	err := w.cmd.Wait()
	var exit *exec.ExitError
	switch text := w.errs.String(); {
	case err == nil && text == "":
		return "it ended by itself"
	case err == nil || errors.As(err, &exit) && text != "":
		return fmt.Sprintf("%v\n%s", w.cmd.ProcessState, text)
	default:
		return err.Error()
	}
}

// tail keeps the first lines of what a process says at its end: a Go program that
// dies says why before it prints its stacks.
type tail struct{ kept bytes.Buffer }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.kept.Write(p[:min(len(p), max(lastWords-t.kept.Len(), 0))])
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(t.kept.String()) }
