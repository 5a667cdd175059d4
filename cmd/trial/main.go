package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// trial is one subcommand.
type trial struct {
	name  string
	short string
	// prepare declares the trial's own flags and returns what runs it.
	prepare func(f *flag.FlagSet) func(ctx context.Context, b *bench) error
}

var trials = []trial{
	{"bigstore", "ten million keys: load, restart, memory, checkpoints, ranges, throughput", bigstore},
	{"catchup", "a node that was away catches up by log and by snapshot, under load", catchup},
	{"handover", "the gap between two writes when mastership moves", handover},
	{"steady", "minutes at full load with checkpoints, rolls, compression and collapse", steady},
	{"sites", "a datacentre is lost; the other one proves what was acknowledged", sites},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == bboltArg {
		if err := serveBBolt(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "trial:", err)
			os.Exit(1)
		}
		return
	}
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "trial: interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1)
	}
}

// run runs one trial.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) > 0 {
		for _, t := range trials {
			if t.name == args[0] {
				return t.run(ctx, args[1:], out, progress)
			}
		}
	}
	fmt.Fprintln(progress, "usage: trial NAME [flags]; each has --help")
	for _, t := range trials {
		fmt.Fprintf(progress, "  %-10s %s\n", t.name, t.short)
	}
	return errors.New("which trial?")
}

func (t *trial) run(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b := newBench(t.name, out, progress)
	f := flag.NewFlagSet(t.name, flag.ContinueOnError)
	f.SetOutput(progress)
	f.StringVar(&b.binary, "arakoon", filepath.Join(filepath.Dir(self), "arakoon"), "the `binary` of the nodes")
	f.StringVar(&b.dir, "dir", "", "`folder` for data and logs, kept; empty: a temporary one, kept after a failure")
	f.Uint64Var(&b.seed, "seed", 1, "of what is random here; the processes' timing is not")
	do := t.prepare(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s: %q is no flag", t.name, f.Arg(0))
	}
	return b.run(ctx, do)
}
