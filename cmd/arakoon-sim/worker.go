package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// A hunt runs its seeds in worker processes: one that dies or hangs takes nobody
// with it, and what a run leaves behind in memory ends with the process. Parent and
// worker speak JSON lines over pipes: a task, its answer, the next task.

// seedTask is one seed to run.
type seedTask struct {
	Seed uint64 `json:"seed"`
}

// answer is what became of it.
type answer struct {
	Seed      uint64          `json:"seed"`
	Options   string          `json:"options,omitempty"` // of a run that failed
	Failure   *sim.Failure    `json:"failure,omitempty"`
	Hash      uint64          `json:"hash"`
	Decisions int             `json:"decisions"`
	Stats     sim.Stats       `json:"stats"`
	Faults    sim.FaultCounts `json:"faults"`
	Marks     sim.MarkCounts  `json:"marks"`
	Virtual   int64           `json:"virtual"` // ns
	Busy      time.Duration   `json:"busy"`    // CPU time that the run took
}

// result is what two runs are held against each other by. Both have the options that
// the hunt gives their seed.
func (a *answer) result() *sim.Result {
	return &sim.Result{Seed: a.Seed, Failure: a.Failure, Hash: a.Hash, Stats: a.Stats, Faults: a.Faults, Virtual: a.Virtual}
}

// workerGC lets the heap grow to so many percent of what lives: runs are short and
// leave all they made.
const workerGC = 800

func workerCommand() *cobra.Command {
	var options, profileName string
	cmd := &cobra.Command{
		Use:    "worker",
		Short:  "Run the seeds that come on standard input, for a hunt",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := profileOf(profileName)
			if err != nil {
				return err
			}
			signal.Ignore(os.Interrupt) // the hunt ends its workers
			runtime.GOMAXPROCS(1)       // one worker, one core
			debug.SetGCPercent(workerGC)
			return work(cmd.InOrStdin(), cmd.OutOrStdout(), p, options)
		},
	}
	cmd.Flags().StringVar(&options, "options", "", "")
	cmd.Flags().StringVar(&profileName, "profile", "ci", "")
	return cmd
}

// work answers tasks until there are no more.
func work(in io.Reader, out io.Writer, p *profile, options string) error {
	tasks, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var t seedTask
		err := tasks.Decode(&t)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a task: %w", err)
		}
		a, err := runTask(t, p, options)
		if err != nil {
			return err
		}
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
}

func runTask(t seedTask, p *profile, options string) (*answer, error) {
	opts, err := p.optionsOf(t.Seed, options)
	if err != nil {
		return nil, err
	}
	start := cpuTime()
	r := sim.RunWith(t.Seed, opts)
	a := &answer{Seed: t.Seed, Failure: r.Failure, Hash: r.Hash, Decisions: len(r.Decisions), Stats: r.Stats,
		Faults: r.Faults, Marks: r.Marks, Virtual: r.Virtual, Busy: cpuTime() - start}
	if r.Failure != nil {
		a.Options = opts.String()
	}
	return a, nil
}

// cpuTime returns what this process has used of its core so far: other than the
// clock on the wall, it doesn't count whom the core was shared with.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it can't fail with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
