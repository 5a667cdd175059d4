package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/prove"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

func (a *app) proveVerb() *cobra.Command {
	var dump string
	var atBase bool
	c := &cobra.Command{
		Use:   "prove DATACENTRE",
		Short: "find out what one datacentre's directories hold of a lost cluster",
		Long: `Read the directories of all nodes of one datacentre, on this machine and with the
nodes stopped, and print what they prove: the instance through which every update is
known to be chosen, with key count and content digest of that state; then the accepted
updates above it, which may have been acknowledged or not. Under quorum_rule = locality
the state after the last of them holds everything that was ever acknowledged. Whatever
speaks against that (a missing or damaged log, a waiver, another rule) is printed, and
the exit code is then 9. Nothing is changed.

--dump writes that state to a file, one line per entry: key, tab, value. Bytes that
aren't printable, and backslashes, stand there as in Go's strings.`,
		Example: `  arakoon cluster prove west --config cluster.ini
  arakoon cluster prove west --config cluster.ini --dump west.tsv
  arakoon cluster prove west --config cluster.ini -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if a.flags.config == "" {
				return &usageError{"which cluster? Give --config FILE: its sections name the directories"}
			}
			cfg, _, err := ini.Load(a.flags.config)
			if err != nil {
				return err
			}
			o, err := proveOptions(cfg, args[0])
			if err != nil {
				return err
			}
			p, err := prove.Examine(o)
			if err != nil {
				return err
			}
			defer p.Close()
			if dump != "" {
				st := &p.AtThrough
				if atBase {
					st = &p.AtBase
				}
				if err := dumpFile(dump, st); err != nil {
					return err
				}
			}
			return a.printProof(args[0], p)
		},
	}
	c.Flags().StringVar(&dump, "dump", "", "write all keys and values to this file")
	c.Flags().BoolVar(&atBase, "at-base", false, "dump the state without what may be more")
	return c
}

// proveOptions are the nodes of a datacentre, as the file has them.
func proveOptions(cfg *ini.Config, dc string) (prove.Options, error) {
	o := prove.Options{ClusterID: cfg.ClusterID, Datacentre: dc}
	known := map[string]bool{}
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		if n.Datacentre == dc {
			o.Nodes = append(o.Nodes, prove.Node{Name: n.Name, LogDir: n.TLogDir, ArchiveDir: n.TLXDir, StoreDir: n.StoreDir(), StoreFile: n.StoreFile()})
		}
		known[n.Datacentre] = true
	}
	if len(o.Nodes) == 0 {
		var names []string
		for i := range cfg.Nodes {
			if name := cfg.Nodes[i].Datacentre; name != "" && known[name] {
				names, known[name] = append(names, name), false
			}
		}
		return o, &usageError{fmt.Sprintf("no node of %s is in datacentre %s; there are: %s", cfg.File, dc, strings.Join(names, " "))}
	}
	return o, nil
}

func dumpFile(path string, st *prove.State) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = st.Entries(func(key string, value []byte) error {
		_, err := fmt.Fprintf(w, "%s\t%s\n", escaped(key), escaped(string(value)))
		return err
	})
	return errors.Join(err, w.Flush(), f.Sync(), f.Close())
}

// escaped makes a key or value fit into a line of a dump.
func escaped(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// maxMore is how many instances above the base are listed for people.
const maxMore = 20

func (a *app) printProof(dc string, p *prove.Proof) error {
	var err error
	if !p.Complete() {
		err = &silentError{errIntegrity}
	}
	if a.isJSON() {
		return errors.Join(a.json(proofObject(dc, p)), err)
	}
	w := bufio.NewWriter(a.out)
	fmt.Fprintf(w, "datacentre %s, updates counted by %v\n", dc, p.Rule)
	for _, s := range p.Sources {
		if s.Problem != "" {
			fmt.Fprintf(w, "  node %s: %s\n", s.Node, s.Problem)
			continue
		}
		store := fmt.Sprintf("at %d", s.Checkpoint)
		if s.Store != "" {
			store = "unusable: " + s.Store
		}
		fmt.Fprintf(w, "  node %s: committed through %d, accepted through %d, store %s\n", s.Node, s.Commit, s.Last, store)
	}
	printState(w, "chosen through", &p.AtBase)
	updates := 0
	for _, m := range p.More {
		updates += m.Updates
	}
	if len(p.More) == 0 {
		fmt.Fprintln(w, "nothing more was accepted")
	} else {
		fmt.Fprintf(w, "accepted above, chosen or not: %d instances with %d updates\n", len(p.More), updates)
		for i, m := range p.More {
			if i == maxMore {
				fmt.Fprintln(w, "  ... (-o json lists all)")
				break
			}
			fmt.Fprintf(w, "  instance %d in ballot %v: %d updates, on %s\n", m.Instance, m.Ballot, m.Updates, strings.Join(m.Nodes, " "))
		}
		printState(w, "with them, through", &p.AtThrough)
	}
	if p.Complete() {
		fmt.Fprintf(w, "COMPLETE: whatever was acknowledged is in the state after instance %d\n", p.Through)
	}
	for _, d := range p.Doubts {
		fmt.Fprintf(w, "INCOMPLETE: %s\n", d)
	}
	return errors.Join(w.Flush(), err)
}

func printState(w io.Writer, what string, s *prove.State) {
	fmt.Fprintf(w, "%s instance %d: %d keys, content digest %v\n", what, s.Instance, s.Keys, s.Content)
}

func proofObject(dc string, p *prove.Proof) object {
	state := func(s *prove.State) object {
		return object{"instance": s.Instance, "keys": s.Keys, "content_digest": s.Content.String(), "chain": s.Chain.String()}
	}
	sources, more := []object{}, []object{}
	for _, s := range p.Sources {
		o := object{"node": s.Node, "commit": s.Commit, "accepted": s.Last, "promised": s.Promised.String(), "checkpoint": s.Checkpoint, "store_problem": s.Store}
		if s.Problem != "" {
			o = object{"node": s.Node, "problem": s.Problem}
		}
		sources = append(sources, o)
	}
	for _, m := range p.More {
		more = append(more, object{"instance": m.Instance, "ballot": m.Ballot.String(), "updates": m.Updates, "nodes": m.Nodes})
	}
	return object{"datacentre": dc, "quorum_rule": p.Rule.String(), "complete": p.Complete(), "doubts": orEmpty(p.Doubts), "sources": sources,
		"chosen": state(&p.AtBase), "accepted_above": more, "through": state(&p.AtThrough)}
}
