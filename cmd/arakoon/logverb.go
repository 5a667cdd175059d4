package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/realnet/ini"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// logVerb is the parent of what looks at a transaction log.
func (a *app) logVerb() *cobra.Command {
	c := &cobra.Command{
		Use:     "log VERB",
		Short:   "look at a node's transaction log",
		Long:    "Look at a node's transaction log, on this machine, without the node.",
		Example: "  arakoon log dump /var/lib/arakoon/arakoon_0",
	}
	c.AddCommand(a.logDumpVerb())
	return c
}

func (a *app) logDumpVerb() *cobra.Command {
	var node string
	c := &cobra.Command{
		Use:   "dump DIR | dump --config FILE --node NAME",
		Short: "print a transaction log",
		Long: `Print a transaction log, one line per batch and per record. Damage is judged as at a
start of the node, and nothing is changed. The node may run: then it shows what has
been written so far.`,
		Example: `  arakoon log dump /var/lib/arakoon/arakoon_0
  arakoon log dump --config cluster.ini --node arakoon_0`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := a.logDir(args, node)
			if err != nil {
				return err
			}
			return a.dumpLog(dir)
		},
	}
	c.Flags().StringVar(&node, "node", "", "the node of --config whose log it is")
	return c
}

// logDir is the directory that the arguments mean.
func (a *app) logDir(args []string, node string) (string, error) {
	switch {
	case len(args) == 1 && node == "":
		return args[0], nil
	case len(args) == 1 || node == "" || a.flags.config == "":
		return "", &usageError{"which log? Give its directory, or --config FILE and --node NAME"}
	}
	cfg, _, err := ini.Load(a.flags.config)
	if err != nil {
		return "", err
	}
	n := cfg.Node(node)
	if n == nil {
		return "", &usageError{fmt.Sprintf("no node %s in %s", node, cfg.File)}
	}
	return n.TLogDir, nil
}

func (a *app) dumpLog(dir string) error {
	// The disk would make an absent directory.
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is a file; give the directory of the log", dir)
	}
	d, err := osdisk.New(dir)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(a.out)
	return errors.Join(tlog.Dump(w, d, "."), w.Flush())
}
