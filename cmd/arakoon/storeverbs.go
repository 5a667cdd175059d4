package main

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/offline"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// storeVerb is the parent of what looks at a store's file.
func (a *app) storeVerb() *cobra.Command {
	c := &cobra.Command{
		Use:   "store VERB",
		Short: "look at a node's store",
		Long:  "Look at a node's store, or at a backup of one, on this machine, without the node.",
		Example: `  arakoon store check /var/lib/arakoon/arakoon_0.db
  arakoon store stat --config cluster.ini --node arakoon_0`,
	}
	c.AddCommand(a.storeTool("check", "read every page of a store and check it", `Read every page of a store and check it: sums, order, counts, the content digest, and
that every page is used or free exactly once. Everything that is wrong is printed, and
the exit code is 9 then.`, a.checkStore),
		a.dumpStoreVerb(),
		a.storeTool("stat", "print what a store's file consists of", `Print what a store's file consists of: keys, pages by use, height, fill, both
checkpoints.`, a.statStore))
	return c
}

// storeFile is a store's file on a disk that changes nothing.
type storeFile struct {
	*offline.Disk
	name string
}

// storeTool is a verb that looks at a store.
func (a *app) storeTool(name, short, long string, do func(f storeFile) error) *cobra.Command {
	var node string
	c := &cobra.Command{
		Use:   name + " FILE | " + name + " --config FILE --node NAME",
		Short: short,
		Long: long + `

The node must not run: it would change the file meanwhile. Nothing is changed.`,
		Example: fmt.Sprintf("  arakoon store %s /var/lib/arakoon/arakoon_0.db\n  arakoon store %[1]s --config cluster.ini --node arakoon_0", name),
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := a.openStore(args, node)
			if err != nil {
				return err
			}
			defer f.Close()
			return storeError(do(f))
		},
	}
	c.Flags().StringVar(&node, "node", "", "the node of --config whose store it is")
	return c
}

func (a *app) openStore(args []string, node string) (storeFile, error) {
	var dir, name string
	switch {
	case len(args) == 1 && node == "":
		dir, name = filepath.Split(args[0])
		if dir == "" {
			dir = "."
		}
	case len(args) == 1 || node == "" || a.flags.config == "":
		return storeFile{}, &usageError{"which store? Give its file, or --config FILE and --node NAME"}
	default:
		n, err := a.configuredNode(node)
		if err != nil {
			return storeFile{}, err
		}
		dir, name = n.StoreDir(), n.StoreFile()
	}
	running, err := offline.Running(dir)
	if err != nil {
		return storeFile{}, err
	}
	if running {
		return storeFile{}, fmt.Errorf("a node runs on %s and changes the store meanwhile: stop it, or look at a backup", dir)
	}
	d, err := offline.Open(dir, "")
	return storeFile{d, name}, err
}

// storeError gives a file that is no store, or a damaged one, its exit code.
func storeError(err error) error {
	if errors.Is(err, tree.ErrDamaged) {
		return fmt.Errorf("%w: %w", errIntegrity, err)
	}
	return err
}

func (a *app) checkStore(f storeFile) error {
	tell := a.progress("page", 1)
	r, err := tree.Check(f, f.name, func(done, total uint64) { tell(int(done), int(total)) })
	if err != nil {
		return err
	}
	var failed error
	if !r.Clean() {
		failed = &silentError{errIntegrity}
	}
	if a.isJSON() {
		findings := []object{}
		for _, x := range r.Findings {
			findings = append(findings, object{"page": x.Page, "text": x.Text})
		}
		return errors.Join(a.json(object{"clean": r.Clean(), "instance": r.Meta.Applied, "keys": r.Keys, "content_digest": r.Sum.String(),
			"pages": r.Pages, "free_pages": r.FreePages, "findings": findings, "more_findings": r.More}), failed)
	}
	w := bufio.NewWriter(a.out)
	for _, x := range r.Findings {
		fmt.Fprintf(w, "DAMAGED page %d: %s\n", x.Page, x.Text)
	}
	if r.More > 0 {
		fmt.Fprintf(w, "... and %d findings more\n", r.More)
	}
	word := "clean"
	if failed != nil {
		word = "damaged"
	}
	fmt.Fprintf(w, "%s: %d keys at instance %d, content digest %v, %d pages of which %d are free\n",
		word, r.Keys, r.Meta.Applied, r.Sum, r.Pages, r.FreePages)
	return errors.Join(w.Flush(), failed)
}

func (a *app) dumpStoreVerb() *cobra.Command {
	var values bool
	c := a.storeTool("dump", "print a store", `Print a store: its checkpoints, pages and keys; with --values the values too.`,
		func(f storeFile) error {
			w := bufio.NewWriter(a.out)
			return errors.Join(tree.Dump(w, f, f.name, values), w.Flush())
		})
	c.Flags().BoolVar(&values, "values", false, "print values too")
	return c
}

func (a *app) statStore(f storeFile) error {
	s, err := tree.Stat(f, f.name)
	if err != nil {
		return err
	}
	if a.isJSON() {
		return a.json(statObject(&s))
	}
	t := a.table("WHAT", "VALUE")
	row := func(what, format string, args ...any) {
		if err == nil {
			err = t.row(what, fmt.Sprintf(format, args...))
		}
	}
	row("keys", "%d", s.Keys)
	row("content digest", "%v", s.Sum)
	row("file", "%s, %d pages", size(s.FileBytes), s.Pages)
	row("height", "%d", s.Height)
	row("leaf pages", "%d, filled %d %%", s.LeafPages, s.LeafFill)
	row("branch pages", "%d", s.BranchPages)
	row("pages of large values", "%d", s.OverflowPages)
	row("free pages", "%d, and %d that list them", s.FreePages, s.FreeListPages)
	row("subtrees to be freed", "%d", s.ToFree)
	for i, m := range s.Slots {
		switch {
		case m.Bad != "":
			row(fmt.Sprintf("slot %d", i), "unusable: %s", m.Bad)
		default:
			note := ""
			if m.Newest {
				note = ", the newest"
			}
			row(fmt.Sprintf("slot %d", i), "checkpoint %d of instance %d%s", m.Checkpoint, m.Meta.Applied, note)
		}
	}
	return errors.Join(err, t.end())
}

func statObject(s *tree.FileStat) object {
	slots := []object{}
	for _, m := range s.Slots {
		slots = append(slots, object{"checkpoint": m.Checkpoint, "instance": m.Meta.Applied, "installed": m.Meta.Installed, "newest": m.Newest, "bad": m.Bad})
	}
	return object{"keys": s.Keys, "content_digest": s.Sum.String(), "file_bytes": s.FileBytes, "pages": s.Pages, "height": s.Height,
		"leaf_pages": s.LeafPages, "leaf_fill_percent": s.LeafFill, "branch_pages": s.BranchPages, "overflow_pages": s.OverflowPages,
		"free_pages": s.FreePages, "free_list_pages": s.FreeListPages, "subtrees_to_free": s.ToFree, "slots": slots}
}
