package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/offline"
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// logVerb is the parent of what looks at a transaction log.
func (a *app) logVerb() *cobra.Command {
	c := &cobra.Command{
		Use:   "log VERB",
		Short: "look at a node's transaction log",
		Long:  "Look at a node's transaction log, on this machine, without the node.",
		Example: `  arakoon log ls /var/lib/arakoon/arakoon_0
  arakoon log verify --config cluster.ini --node arakoon_0`,
	}
	c.AddCommand(a.logTool("ls", "list the files of a transaction log", `List the files of a transaction log, oldest first: what instances they hold, how large
they are, whether they are compressed or damaged. Only headers are read.`, a.listLog),
		a.logTool("dump", "print a transaction log", `Print a transaction log, one line per batch and per record. Damage is judged as at a
start of the node.`, a.dumpLog),
		a.logTool("verify", "read all of a transaction log and check it", `Read all of a transaction log, compressed files included, and check every sum and how
the files follow each other. Damage is printed, and the exit code is 9 then. A torn end,
as a power loss leaves it, is no damage.`, a.verifyLog))
	return c
}

// logTool is a verb that looks at a log.
func (a *app) logTool(name, short, long string, do func(d *offline.Disk) error) *cobra.Command {
	var node string
	c := &cobra.Command{
		Use:   name + " DIR | " + name + " --config FILE --node NAME",
		Short: short,
		Long: long + `

Nothing is changed. The node may run: then it shows what has been written so far. With
tlx_dir in use give --config and --node.`,
		Example: fmt.Sprintf("  arakoon log %s /var/lib/arakoon/arakoon_0\n  arakoon log %[1]s --config cluster.ini --node arakoon_0", name),
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, archive, err := a.logDirs(args, node)
			if err != nil {
				return err
			}
			d, err := offline.Open(dir, archive)
			if err != nil {
				return err
			}
			defer d.Close()
			return do(d)
		},
	}
	c.Flags().StringVar(&node, "node", "", "the node of --config whose log it is")
	return c
}

// logDirs are the directories that the arguments mean: of the log, and of its
// compressed files.
func (a *app) logDirs(args []string, node string) (dir, archive string, err error) {
	if len(args) == 1 && node == "" {
		return args[0], "", nil
	}
	if len(args) == 1 || node == "" || a.flags.config == "" {
		return "", "", &usageError{"which log? Give its directory, or --config FILE and --node NAME"}
	}
	n, err := a.configuredNode(node)
	if err != nil {
		return "", "", err
	}
	return n.TLogDir, n.TLXDir, nil
}

// configuredNode is a node of the server's configuration.
func (a *app) configuredNode(name string) (*ini.Node, error) {
	cfg, _, err := ini.Load(a.flags.config)
	if err != nil {
		return nil, err
	}
	n := cfg.Node(name)
	if n == nil {
		return nil, &usageError{fmt.Sprintf("no node %s in %s", name, cfg.File)}
	}
	return n, nil
}

func (a *app) dumpLog(d *offline.Disk) error {
	w := bufio.NewWriter(a.out)
	return errors.Join(tlog.Dump(w, d, "."), w.Flush())
}

func (a *app) listLog(d *offline.Disk) error {
	segments, err := tlog.Ls(d, ".")
	if err != nil {
		return err
	}
	var list []object
	damaged := false
	t := a.table("FILE", "FIRST", "LAST", "ENTRIES", "BATCHES", "SIZE", "UNCOMPRESSED", "NOTE")
	for i := range segments {
		s := &segments[i]
		damaged = damaged || len(s.Damage) > 0
		list = append(list, segmentObject(s))
		if err := t.row(s.Name, instance(s.First), instance(s.Last), strconv.Itoa(s.Entries), strconv.Itoa(s.Batches),
			size(s.Bytes), size(s.Length), segmentNote(s)); err != nil {
			return err
		}
	}
	err = t.end()
	if a.isJSON() {
		err = a.jsonList("segments", list)
	}
	if err == nil && damaged {
		err = &silentError{errIntegrity}
	}
	return err
}

// instance prints an instance, or that there is none.
func instance(i core.Instance) string {
	if i == 0 {
		return "-"
	}
	return strconv.FormatUint(uint64(i), 10)
}

// size prints bytes for people.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, k := float64(n), 0
	for v >= 1024 && k < len(units)-1 {
		v, k = v/1024, k+1
	}
	if k == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[k])
}

// segmentNote says what is special about a file.
func segmentNote(s *tlog.SegmentInfo) string {
	var notes []string
	if !s.Counts {
		notes = append(notes, "not a part of the log: the next start removes it")
	}
	if s.Replaces != 0 {
		notes = append(notes, fmt.Sprintf("replaces %03d", s.Replaces))
	}
	for _, d := range s.Damage {
		notes = append(notes, "DAMAGED "+d)
	}
	return strings.Join(notes, "; ")
}

func segmentObject(s *tlog.SegmentInfo) object {
	return object{"file": s.Name, "number": s.Number, "kind": s.Kind, "first": s.First, "last": s.Last, "entries": s.Entries,
		"batches": s.Batches, "size_bytes": s.Bytes, "uncompressed_bytes": s.Length, "follows": s.Follows, "replaces": s.Replaces,
		"sealed": s.Sealed, "counts": s.Counts, "damage": orEmpty(s.Damage)}
}

func (a *app) verifyLog(d *offline.Disk) error {
	var progress io.Writer = io.Discard
	if isTerminal(a.err) {
		progress = a.err
	}
	r, err := tlog.Verify(progress, d, ".")
	if err != nil {
		return err
	}
	var failed error
	if len(r.Damage) > 0 {
		failed = &silentError{errIntegrity}
	}
	if a.isJSON() {
		return errors.Join(a.json(object{"intact": failed == nil, "segments": r.Segments, "batches": r.Batches, "entries": r.Entries,
			"read_bytes": r.Bytes, "damage": orEmpty(r.Damage), "notes": orEmpty(r.Notes)}), failed)
	}
	w := bufio.NewWriter(a.out)
	for _, d := range r.Damage {
		fmt.Fprintln(w, "DAMAGED "+d)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note: "+n)
	}
	word := "intact"
	if failed != nil {
		word = "damaged"
	}
	fmt.Fprintf(w, "%s: %d files, %d batches, %d entries, %s\n", word, r.Segments, r.Batches, r.Entries, size(r.Bytes))
	return errors.Join(w.Flush(), failed)
}

// orEmpty is a list that JSON shows as one also if it is empty.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
