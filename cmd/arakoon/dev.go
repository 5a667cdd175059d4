package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
)

func (a *app) devVerb() *cobra.Command {
	var once bool
	var dir string
	var lease time.Duration
	c := &cobra.Command{
		Use:   "dev",
		Short: "run a cluster of three nodes on this machine",
		Long: `Run a cluster of three nodes on this machine, three processes on free ports of
loopback, until ctrl-C. The data stays in the folder, and the next run goes on with
it. Nothing is restarted by itself: kill a node and watch.

With --once it makes a tour by itself: it starts the cluster, writes, reads, kills the
master with SIGKILL, writes and reads again through the new one, restarts the dead
node, waits until all three content digests agree, cleans up and ends with 0, or says
what went wrong.`,
		Example: `  arakoon dev
  arakoon dev --dir /tmp/ark --lease 5s
  arakoon dev --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if once {
				return a.tour(cmd.Context(), dir, lease)
			}
			return a.dev(cmd.Context(), dir, lease)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "make the tour unattended and end")
	c.Flags().StringVar(&dir, "dir", "", "folder of the data (default: arakoon-dev in the folder for temporary files; with --once a new one that is removed)")
	c.Flags().DurationVar(&lease, "lease", 2*time.Second, "lease period of a new cluster")
	return c
}

// openCluster prepares a cluster of processes of this same binary.
func openCluster(dir string, lease time.Duration) (*cluster.Cluster, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return cluster.Open(cluster.Options{Dir: dir, Lease: lease, Binary: self, Env: []string{selfEnv}})
}

// selfEnv is set for the nodes that this binary starts.
const selfEnv = "ARAKOON_CHILD=1"

// dev runs a cluster until ctrl-C.
func (a *app) dev(ctx context.Context, dir string, lease time.Duration) (err error) {
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "arakoon-dev")
	}
	c, err := openCluster(dir, lease)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Fprintln(a.err, "stopping the nodes")
		err = errors.Join(err, c.Close())
	}()
	for _, name := range c.Names() {
		if err := c.Start(name); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.err, "three nodes are starting; their data is in %s\n", c.Dir())
	start := time.Now()
	wait, cancel := context.WithTimeout(ctx, masterPatience(c))
	defer cancel()
	master, err := c.WaitMaster(wait)
	if ctx.Err() != nil {
		return nil // ctrl-C
	}
	if err != nil {
		return errors.Join(err, errors.New(nodeLogs(c)))
	}
	a.printUsage(c, master, time.Since(start))
	a.watch(ctx, c, master)
	return nil
}

// masterPatience is how long a first master may take: a few leases, and time to
// start processes on a busy machine.
func masterPatience(c *cluster.Cluster) time.Duration {
	return 6*c.Config().LeasePeriod + 15*time.Second
}

func (a *app) printUsage(c *cluster.Cluster, master string, took time.Duration) {
	w := a.err
	fmt.Fprintf(w, "%s is master after %.1f s (lease period %v)\n\n", master, took.Seconds(), c.Config().LeasePeriod)
	for _, n := range c.Config().Nodes {
		fmt.Fprintf(w, "  %s  clients 127.0.0.1:%d  status http://127.0.0.1:%d/  pid %d\n", n.Name, n.ClientPort, n.AdminPort, c.PID(n.Name))
	}
	fmt.Fprintf(w, `
Use it from another terminal:

  export %[1]s=%[2]s
  %[3]s set colour green
  %[3]s get colour
  %[3]s status
  %[3]s node status --watch

Kill the master, look at the status again, and bring it back:

  kill -9 %[4]d
  %[3]s status
  %[3]s server --node %[5]s

ctrl-C here stops the nodes; the data stays.

`, envConfig, c.ConfigPath(), os.Args[0], c.PID(master), master)
}

// watch reports what changes until ctrl-C.
func (a *app) watch(ctx context.Context, c *cluster.Cluster, master string) {
	reported := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(300 * time.Millisecond):
		}
		ended := c.Ended()
		for _, name := range c.Names() {
			if ended[name] != nil && !reported[name] {
				reported[name] = true
				fmt.Fprintf(a.err, "%v\n", ended[name])
			}
			page, err := c.Status(ctx, name)
			if err == nil && page.Serving && name != master {
				master = name
				fmt.Fprintf(a.err, "%s is master now\n", master)
			}
		}
	}
}
