package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

func showCommand() *cobra.Command {
	var src source
	var f showFilter
	var page string
	cmd := &cobra.Command{
		Use:   "show SEED | FILE",
		Short: "Show what happened in a run, as lines or as a page",
		Example: `  arakoon-sim show 42 --what action,process,fault
  arakoon-sim show lost.schedule --node n0,n2 --from 1.2s --to 1.5s
  arakoon-sim show lost.schedule --html lost.html      one file that opens in any browser`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.parse(); err != nil {
				return err
			}
			if err := src.load(cmd, args); err != nil {
				return err
			}
			w, err := src.world()
			if err != nil {
				return err
			}
			t := w.Watch()
			r := w.Run()
			if page != "" {
				return f.writePage(cmd, page, t, &r)
			}
			f.print(cmd.OutOrStdout(), t)
			return report(cmd, &r)
		},
	}
	src.flags(cmd)
	cmd.Flags().StringVar(&f.nodes, "node", "", "only what is about these: n0,n2; -- is the world")
	cmd.Flags().DurationVar(&f.from, "from", 0, "only from this true time on")
	cmd.Flags().DurationVar(&f.to, "to", 0, "only up to this true time; 0: all")
	cmd.Flags().StringVar(&f.what, "what", "", fmt.Sprintf("only these kinds of lines (%v), or lines with these words: action,Accept", sim.EntryKinds()))
	cmd.Flags().StringVar(&page, "html", "", "write a page instead, all in one file")
	return cmd
}

// showFilter picks lines.
type showFilter struct {
	nodes, what string
	from, to    time.Duration

	seats []int
	words []string
}

func (f *showFilter) parse() error {
	for _, name := range strings.FieldsFunc(f.nodes, comma) {
		seat, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
		switch {
		case name == "--":
			seat = -1
		case err != nil || seat < 0 || seat >= sim.MaxNodes:
			return usagef("--node %s: n0 to n%d or -- is wanted", name, sim.MaxNodes-1)
		}
		f.seats = append(f.seats, seat)
	}
	f.words = strings.FieldsFunc(f.what, comma)
	return nil
}

func comma(r rune) bool { return r == ',' }

func (f *showFilter) picks(e *sim.Entry) bool {
	if e.At < int64(f.from) || f.to > 0 && e.At > int64(f.to) || f.seats != nil && !slices.Contains(f.seats, e.Node) {
		return false
	}
	return f.words == nil || slices.ContainsFunc(f.words, func(w string) bool {
		return string(e.Kind) == w || strings.Contains(" "+e.Text+" ", " "+w+" ")
	})
}

const showHeader = `# true time in seconds
# |        node ("--": none)
# |        |  kind: message, action (of the spec), process, fault, network, disk, clock, client, world, failure
# |        |  |       what happened; of a message: send, lose, cut (no link), recv, then its fields
`

func (f *showFilter) print(to io.Writer, t *sim.Timeline) {
	out := bufio.NewWriterSize(to, 1<<16)
	defer out.Flush()
	fmt.Fprint(out, showHeader)
	shown := 0
	for i := range t.Entries {
		e := &t.Entries[i]
		if !f.picks(e) {
			continue
		}
		shown++
		node := "--"
		if e.Node >= 0 {
			node = fmt.Sprintf("n%d", e.Node)
		}
		fmt.Fprintf(out, "%s %s %-7s %s\n", micros(e.At), node, e.Kind, e.Text)
	}
	fmt.Fprintf(out, "# %d of %d lines\n", shown, len(t.Entries))
}

func micros(ns int64) string { return fmt.Sprintf("%d.%06d", ns/1e9, ns%1e9/1e3) }

// longPage is how many lines of the trace a page has at most, unless one asks for more:
// what leads to a failure are the last ones.
const longPage = 60_000

// writePage writes the page of a run, or of the part of it that was asked for.
func (f *showFilter) writePage(cmd *cobra.Command, file string, t *sim.Timeline, r *sim.Result) error {
	out := cmd.OutOrStdout()
	from := int64(f.from)
	if k := len(t.Entries) - longPage; k > 0 && !cmd.Flags().Changed("from") {
		from = t.Entries[k].At
		fmt.Fprintf(out, "a long run: its page begins at %s; --from 0s shows all\n", micros(from))
	}
	page, err := renderPage(t.Between(from, int64(f.to)), r, replayOf(cmd, r))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, page, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d bytes\n", file, len(page))
	return report(cmd, r)
}
