package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// nodeVerb is the parent of what concerns one node.
func (a *app) nodeVerb() *cobra.Command {
	c := &cobra.Command{
		Use:   "node VERB",
		Short: "look at nodes and after their files",
		Long:  "Look at nodes and after their files, while they run.",
		Example: `  arakoon node status
  arakoon node collapse arakoon_1 --leave 2`,
	}
	c.AddCommand(a.nodeStatusVerb(), a.nodeHealthVerb(), a.nodeCheckpointVerb(), a.nodeCollapseVerb(), a.nodeBackupVerb())
	return c
}

// oneNode finds a node by its name.
func (a *app) oneNode(name string) (*ini.Config, *ini.Node, error) {
	cfg, err := a.clientConfig()
	if err != nil {
		return nil, nil, err
	}
	n := cfg.Node(name)
	if n == nil {
		return nil, nil, &usageError{fmt.Sprintf("no node %s in the configuration, which has %v", name, cfg.Names())}
	}
	return cfg, n, nil
}

// withNode runs f with a connection to a node's client port. There is no time-out:
// the work that is asked for takes as long as it takes.
func (a *app) withNode(ctx context.Context, name string, f func(r *remote) error) error {
	cfg, n, err := a.oneNode(name)
	if err != nil {
		return err
	}
	r, err := dialRemote(ctx, cfg.ClusterID, n)
	if err != nil {
		return fmt.Errorf("%w: %w", client.ErrUnavailable, err)
	}
	defer r.close()
	return f(r)
}

func (a *app) nodeHealthVerb() *cobra.Command {
	var level string
	var exclude []string
	c := &cobra.Command{
		Use:   "health NODE",
		Short: "ask a node whether it is ready to serve",
		Long: `Ask a node whether it is ready to serve, as /readyz of its admin port tells, and
print its checks. A node that isn't ready, or isn't there, ends with exit code 5.`,
		Example: `  arakoon node health arakoon_0
  arakoon node health arakoon_0 --level local
  arakoon node health arakoon_0 --exclude lag`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, n, err := a.oneNode(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), a.flags.timeout)
			defer cancel()
			q := url.Values{"verbose": {""}, "exclude": exclude}
			if level != "" {
				q.Set("level", level)
			}
			return a.printHealth(adminport.Ask(ctx, cfg.ClusterID, http.MethodGet, n, "/readyz?"+q.Encode()))
		},
	}
	c.Flags().StringVar(&level, "level", "", "local: can it answer from its own state?")
	c.Flags().StringSliceVar(&exclude, "exclude", nil, "leave these checks out")
	return c
}

// printHealth prints what /readyz said.
func (a *app) printHealth(body []byte, err error) error {
	var refused *adminport.Refusal
	if errors.As(err, &refused) && refused.Status != http.StatusServiceUnavailable {
		return &usageError{refused.Text}
	}
	if err != nil && refused == nil {
		return err
	}
	ready := err == nil
	if a.isJSON() {
		err = a.json(object{"ready": ready, "report": string(body)})
	} else {
		_, err = a.out.Write(body)
	}
	if err == nil && !ready {
		err = &silentError{fmt.Errorf("not ready: %w", client.ErrUnavailable)}
	}
	return err
}

func (a *app) nodeCheckpointVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "checkpoint NODE",
		Short: "write what a node has applied to the pages of its store",
		Long: `Write what a node has applied to the pages of its store now, and wait until that is
durable. Nodes do it by themselves; after it a restart has nothing to replay.`,
		Example: "  arakoon node checkpoint arakoon_0",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNode(cmd.Context(), args[0], func(r *remote) error {
				return a.done(r.do(cmd.Context(), wire.OpFlushStore, wire.AppendCommand(nil, wire.OpFlushStore)))
			})
		},
	}
}

func (a *app) nodeCollapseVerb() *cobra.Command {
	var leave int32
	c := &cobra.Command{
		Use:   "collapse NODE",
		Short: "remove the log files that a node no longer needs",
		Long: `Write what a node has applied to its store, then remove all but --leave files of its
log, whatever its retention says; files that it still needs stay. Nodes remove files
by themselves; this verb is for a disk that must have room now. A node that is away
meanwhile catches up by a snapshot instead of the log.`,
		Example: "  arakoon node collapse arakoon_0 --leave 1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if leave < 1 {
				return &usageError{fmt.Sprintf("--leave %d: at least the file that is written stays", leave)}
			}
			return a.withNode(cmd.Context(), args[0], func(r *remote) error {
				return a.done(r.collapse(cmd.Context(), leave, a.progress("step", 1)))
			})
		},
	}
	c.Flags().Int32Var(&leave, "leave", 1, "how many log files stay")
	return c
}

func (a *app) nodeBackupVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "backup NODE FILE",
		Short: "save a copy of a node's store",
		Long: `Save a copy of all that a node has applied in a file, compact and complete. The node
works on. As in Arakoon, the master and witnesses refuse. The file is a store:
arakoon store check and arakoon store dump read it.`,
		Example: `  arakoon node backup arakoon_1 /backup/ricky.db
  arakoon store check /backup/ricky.db`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			tell := a.progress("MiB", 1<<20)
			return a.withNode(cmd.Context(), args[0], func(r *remote) error {
				return a.done(r.backup(cmd.Context(), args[1], func(done, total int64) { tell(int(done), int(total)) }))
			})
		},
	}
}

// progress tells how far something is, on a terminal only: done and total are
// divided by unit.
func (a *app) progress(what string, unit int) func(done, total int) {
	if !isTerminal(a.err) {
		return func(int, int) {}
	}
	return func(done, total int) {
		end := ""
		if done >= total {
			end = "\n"
		}
		fmt.Fprintf(a.err, "\r%s %d of %d%s", what, done/unit, total/unit, end)
	}
}
