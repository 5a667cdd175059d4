package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// clusterVerbs look at a cluster and act on it.
func (a *app) clusterVerbs() []*cobra.Command {
	return []*cobra.Command{a.whoMasterVerb(), a.statusVerb(), a.dropMasterVerb(), a.pingVerb()}
}

func (a *app) whoMasterVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "who-master",
		Short: "print the name of the master",
		Long: `Print the name of the master. While there is none it waits, at most --timeout; then
the exit code is 5.`,
		Example: `  arakoon who-master
  arakoon who-master --timeout 1s || echo "no master"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				name, err := c.WhoMaster(ctx)
				if err != nil {
					return err
				}
				if a.isJSON() {
					return a.json(object{"master": name})
				}
				_, err = fmt.Fprintln(a.out, name)
				return err
			})
		},
	}
}

func (a *app) dropMasterVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "drop-master [NODE]",
		Short: "let another node become master, without a pause",
		Long: `Let the master hand over to another node that is up to date: updates under way are
finished, and the gap is some milliseconds. If nobody takes over within half a lease
period, it steps down all the same and stays away for two. NODE names the node that is
meant to be master; one that isn't does nothing.`,
		Example: `  arakoon drop-master
  arakoon drop-master arakoon_0`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dropMaster(cmd.Context(), args) },
	}
}

func (a *app) pingVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "ping [NODE...]",
		Short: "ask nodes whether they are there, and how long it takes",
		Long:  "Ask the named nodes, or all, whether they are there. If any isn't the exit code is 5.",
		Example: `  arakoon ping
  arakoon ping arakoon_1 --timeout 1s`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, cfg *ini.Config) error {
				if len(args) == 0 {
					args = cfg.Names()
				}
				return a.printPings(args, pingAll(ctx, c, args))
			})
		},
	}
}

// pong is what became of a ping.
type pong struct {
	version string
	took    time.Duration
	err     error
}

// pingTimeout bounds the question to one node, so that a node that is down
// doesn't hide the others.
const pingTimeout = 3 * time.Second

func pingAll(ctx context.Context, c *client.Client, nodes []string) []pong {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	pongs := make([]pong, len(nodes))
	var wg sync.WaitGroup
	for i, name := range nodes {
		wg.Go(func() {
			start := time.Now()
			version, err := c.Ping(ctx, name)
			pongs[i] = pong{version, time.Since(start), err}
		})
	}
	wg.Wait()
	return pongs
}

func (a *app) printPings(nodes []string, pongs []pong) error {
	var failed error
	var list []object
	t := a.table("NODE", "TOOK", "VERSION")
	for i, p := range pongs {
		if errors.Is(p.err, client.ErrUnknownNode) {
			return &usageError{fmt.Sprintf("no node %s in the configuration", nodes[i])}
		}
		o := object{"node": nodes[i], "ok": p.err == nil}
		if p.err != nil {
			failed = errors.Join(failed, p.err)
			o["error"] = p.err.Error()
		} else {
			o["took_seconds"], o["version"] = p.took.Seconds(), p.version
			if err := t.row(nodes[i], p.took.Round(time.Microsecond).String(), p.version); err != nil {
				return err
			}
		}
		list = append(list, o)
	}
	if a.isJSON() {
		return errors.Join(a.jsonList("nodes", list), failed)
	}
	return errors.Join(t.end(), failed)
}

func (a *app) statusVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "print what every node says about itself",
		Long: `Print role, master, progress and content digest of every node: from its admin
listener if the configuration has an admin_port, else what the client port tells.
Two nodes with the same AT must show the same DIGEST. Without a serving master the
exit code is 5.`,
		Example: `  arakoon status
  arakoon status --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, cfg *ini.Config) error {
				return a.printStatus(nodeStatuses(ctx, c, cfg))
			})
		},
	}
}

// nodeStatus is what one node says.
type nodeStatus struct {
	page realnet.StatusPage
	// full: the page came from the admin listener; else only Name, Role, Master
	// and Applied are known.
	full bool
	err  error
}

func nodeStatuses(ctx context.Context, c *client.Client, cfg *ini.Config) []nodeStatus {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	all := make([]nodeStatus, len(cfg.Nodes))
	var wg sync.WaitGroup
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		wg.Go(func() {
			if n.AdminPort != 0 {
				page, err := adminport.Status(ctx, cfg.ClusterID, n, false)
				all[i] = nodeStatus{page, true, err}
			} else {
				all[i] = askStatus(ctx, c, n.Name)
			}
			all[i].page.Name = n.Name
		})
	}
	wg.Wait()
	return all
}

// askStatus asks the client port.
func askStatus(ctx context.Context, c *client.Client, name string) nodeStatus {
	var s nodeStatus
	role, err := c.CurrentState(ctx, name)
	if err != nil {
		s.err = err
		return s
	}
	s.page.Role = role
	master, err := c.AskMaster(ctx, name)
	s.page.Master, s.page.Serving = master, master == name
	s.err = err
	if at, err := c.GetTxID(ctx, name); err == nil {
		s.page.Applied = uint64(at)
	}
	return s
}

func (a *app) printStatus(all []nodeStatus) error {
	err := error(&silentError{fmt.Errorf("no node serves as master: %w", client.ErrNoMaster)})
	var list []object
	t := a.table("NODE", "ROLE", "MASTER", "COMMIT", "APPLIED", "AT", "KEYS", "DIGEST", "NOTE")
	for _, s := range all {
		p := s.page
		if p.Serving {
			err = nil
		}
		switch {
		case s.err != nil:
			list = append(list, object{"name": p.Name, "error": s.err.Error()})
			if err := t.row(p.Name, "-", "-", "-", "-", "-", "-", "-", s.err.Error()); err != nil {
				return err
			}
			continue
		case s.full:
			list = append(list, object{"name": p.Name, "status": p})
		default:
			list = append(list, object{"name": p.Name, "role": p.Role, "master": p.Master, "serving": p.Serving, "applied": p.Applied})
		}
		if err := t.row(statusCells(&s)...); err != nil {
			return err
		}
	}
	if a.isJSON() {
		return errors.Join(a.jsonList("nodes", list), err)
	}
	if endErr := t.end(); endErr != nil {
		return endErr
	}
	return err
}

func statusCells(s *nodeStatus) []string {
	p := &s.page
	master := p.Master
	if master == "" {
		master = "-"
	}
	if !s.full {
		return []string{p.Name, p.Role, master, "-", strconv.FormatUint(p.Applied, 10), "-", "-", "-", ""}
	}
	return []string{p.Name, p.Role, master, strconv.FormatUint(p.Commit, 10), strconv.FormatUint(p.Applied, 10),
		strconv.FormatUint(p.At, 10), strconv.FormatUint(p.KeyCount, 10), shortDigest(p.ContentDigest), p.Waiting}
}

// shortDigest is enough of a digest to compare by eye.
func shortDigest(d string) string {
	if len(d) > 16 {
		return d[:16]
	}
	return d
}
