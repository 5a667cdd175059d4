package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/model/explore"
)

// exploration is one walk through all worlds within some bounds.
type exploration struct {
	bounds string
	span   time.Duration
	worlds uint64
	memory uint64 // GiB
	save   string
	replay string
	quiet  bool

	out, errs io.Writer
}

// batch is how many worlds are expanded between two looks at the clock.
const batch = 20_000

func exploreCommand() *cobra.Command {
	var x exploration
	var k kills
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "Walk all interleavings of a small cluster of the core, breadth first",
		Long: `Walks everything that a small cluster of the shipped core can do within some bounds:
every order, loss and repetition of messages, every moment of syncs, timers and power
losses. A broken rule is printed with the shortest path to it. See package
model/explore for what that leaves out.

Bounds, as name=number pairs separated by commas:
` + explore.BoundsHelp(),
		Example: `  arakoon-sim explore
  arakoon-sim explore --bounds ballots=2,values=1,crashes=0,slow=0
  arakoon-sim explore --replay path.txt
  arakoon-sim-planted explore --plant commit-older-ballot --save path.txt
  arakoon-sim-planted explore --kills --markdown model/explore/KILLS.md`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x.out, x.errs = cmd.OutOrStdout(), cmd.ErrOrStderr()
			switch {
			case k.on:
				return k.run(cmd, args)
			case len(args) > 0:
				return usagef("explore takes no arguments, but with --kills")
			case x.replay != "":
				return x.again(cmd)
			default:
				return x.run(cmd)
			}
		},
	}
	f := cmd.Flags()
	f.StringVar(&x.bounds, "bounds", "", "what differs from "+explore.DefaultBounds().String())
	f.DurationVar(&x.span, "for", time.Minute, "how long to walk at most")
	f.Uint64Var(&x.worlds, "worlds", 0, "how many distinct worlds to visit at most (0: no limit)")
	f.Uint64Var(&x.memory, "memory", 8, "how many GiB to take at most")
	f.StringVar(&x.save, "save", "", "write the path to a broken rule to a file")
	f.StringVar(&x.replay, "replay", "", "take the steps of such a file instead")
	f.BoolVar(&x.quiet, "quiet", false, "print no progress")
	k.flags(f)
	return cmd
}

// run walks, and ends with exit code 10 if a rule was seen broken, with 13 if a limit
// ended the walk.
func (x *exploration) run(cmd *cobra.Command) error {
	b, err := explore.ParseBounds(explore.DefaultBounds(), x.bounds)
	if err != nil {
		return usagef("%v", err)
	}
	w, err := x.walk(b)
	if err != nil {
		return err
	}
	if w.e.Found() != nil {
		text := w.e.Text(planted(cmd))
		fmt.Fprint(x.out, text)
		if x.save != "" {
			if err := os.WriteFile(x.save, []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	if asJSON(cmd) {
		if err := printJSON(x.out, w.report()); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(x.out, w.line())
	}
	switch {
	case w.e.Found() != nil:
		return exitError(exitSafety)
	case !w.e.Exhausted():
		return exitError(exitCoverage)
	default:
		return nil
	}
}

// walked is a walk that has ended.
type walked struct {
	e    *explore.Explorer
	took time.Duration
	cpu  time.Duration
}

// walk explores until the space is exhausted, a rule is broken or a limit is reached.
func (x *exploration) walk(b explore.Bounds) (*walked, error) {
	start, cpu := time.Now(), cpuTime()
	e, err := explore.New(b)
	if err != nil {
		return nil, err
	}
	w := &walked{e: e}
	next := 5 * time.Second
	for e.Explore(batch) {
		f := e.Figures()
		w.took = time.Since(start)
		if w.took > x.span || x.worlds > 0 && f.Distinct > x.worlds || f.Memory > x.memory<<30 {
			break
		}
		if w.took > next && !x.quiet {
			next += 5 * time.Second
			fmt.Fprintf(x.errs, "%5.0fs depth=%d distinct=%d waiting=%d transitions=%d worlds/s=%.0f machines=%d messages=%d memory=%dMiB\n",
				w.took.Seconds(), f.Depth, f.Distinct, f.Waiting, f.Transitions, perSecond(f.Distinct, w.took), f.Machines, f.Messages, f.Memory>>20)
		}
	}
	w.took, w.cpu = time.Since(start), cpuTime()-cpu
	return w, nil
}

func perSecond(n uint64, d time.Duration) float64 { return float64(n) / max(d.Seconds(), 1e-6) }

// line is the last line of a walk.
func (w *walked) line() string {
	f := w.e.Figures()
	return fmt.Sprintf("explore bounds=%s complete=%v distinct=%d transitions=%d depth=%d machines=%d memory_mib=%d seconds=%.1f states_per_s=%.0f states_per_cpu_s=%.0f",
		f.Bounds, w.e.Exhausted(), f.Distinct, f.Transitions, f.Depth, f.Machines, f.Memory>>20, w.took.Seconds(), perSecond(f.Distinct, w.took), perSecond(f.Distinct, w.cpu))
}

// walkReport is a walk as JSON.
type walkReport struct {
	explore.Figures
	Complete bool     `json:"complete"`
	Seconds  float64  `json:"seconds"`
	CPU      float64  `json:"cpu_seconds"`
	Rate     float64  `json:"states_per_second"`
	Check    string   `json:"check,omitempty"`
	Text     string   `json:"text,omitempty"`
	Path     []string `json:"path,omitempty"`
}

func (w *walked) report() walkReport {
	f := w.e.Figures()
	r := walkReport{Figures: f, Complete: w.e.Exhausted(), Seconds: w.took.Seconds(), CPU: w.cpu.Seconds(), Rate: perSecond(f.Distinct, w.took)}
	if c := w.e.Found(); c != nil {
		r.Check, r.Text, r.Path = c.Check, c.Text, w.e.Path()
	}
	return r
}

// again takes the steps of a file. The file names the bug that it needs.
func (x *exploration) again(cmd *cobra.Command) error {
	text, err := os.ReadFile(x.replay)
	if err != nil {
		return err
	}
	f, err := explore.ReadPath(string(text))
	if err != nil {
		return usagef("%s: %v", x.replay, err)
	}
	if f.Plant != "" && planted(cmd) == "" {
		if err := plantAll(f.Plant); err != nil {
			return err
		}
	}
	e, err := explore.New(f.Bounds)
	if err != nil {
		return err
	}
	found, err := e.Replay(f.Steps)
	if err != nil {
		return err
	}
	if found == nil {
		fmt.Fprintf(x.out, "explore replay steps=%d ok\n", len(f.Steps))
		return nil
	}
	fmt.Fprintf(x.out, "FAIL %s: %s\nexplore replay steps=%d check=%s\n", found.Check, found.Text, len(f.Steps), found.Check)
	return exitError(exitSafety)
}
