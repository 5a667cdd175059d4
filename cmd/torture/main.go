package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// options of a run.
type options struct {
	binary              string
	dir                 string
	kill, killAll, stop int
	clients             int
	lease               time.Duration
	seed                uint64
	keep                bool
}

func main() {
	var o options
	self, err := os.Executable()
	if err != nil {
		fail(err)
	}
	flag.StringVar(&o.binary, "arakoon", filepath.Join(filepath.Dir(self), "arakoon"), "the `binary` to torture")
	flag.StringVar(&o.dir, "dir", "", "`folder` for data and logs; empty: a temporary one, kept after a failure")
	flag.IntVar(&o.kill, "kill", 20, "rounds of SIGKILL of the master")
	flag.IntVar(&o.killAll, "kill-all", 10, "rounds of SIGKILL of all nodes")
	flag.IntVar(&o.stop, "stop", 20, "rounds of SIGSTOP of the master for 1.5 leases")
	flag.IntVar(&o.clients, "clients", 32, "clients that write and read")
	flag.DurationVar(&o.lease, "lease", 2*time.Second, "lease period")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "of what is random here; the processes' timing is not")
	flag.Parse()
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "arakoon-torture-"); err != nil {
			fail(err)
		}
	} else {
		o.keep = true
	}
	if err := run(o); err != nil {
		fail(fmt.Errorf("%w (seed=%d, data and logs in %s)", err, o.seed, o.dir))
	}
	if !o.keep {
		_ = os.RemoveAll(o.dir) // only tidiness
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "torture:", err)
	os.Exit(1)
}

// run does the rounds, judges, and prints the result. An error is a failed
// round, or a result that is not good.
func run(o options) error {
	c, err := cluster.Open(cluster.Options{Dir: o.dir, Nodes: 3, Lease: o.lease, Binary: o.binary})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nodes that won't end are killed
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		_ = c.Close()
		os.Exit(130)
	}()
	t, err := prepare(o, c)
	if err != nil {
		return err
	}
	if err := t.all(o); err != nil {
		return err
	}
	return t.report(o)
}

// prepare starts the nodes and gets ready.
func prepare(o options, c *cluster.Cluster) (*torture, error) {
	for _, name := range c.Names() {
		if err := c.Start(name); err != nil {
			return nil, err
		}
	}
	t := &torture{cluster: c, lease: o.lease, rng: rand.New(rand.NewPCG(o.seed, 0)), start: time.Now(),
		planned: o.kill + o.killAll + o.stop}
	t.print = func(format string, args ...any) {
		fmt.Printf("%7.2fs  %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...))
	}
	cfg := client.Config{Cluster: c.Config().ClusterID, StallTimeout: stall, DialTimeout: stall, Connections: 1}
	for _, n := range c.Config().Nodes {
		cfg.Nodes = append(cfg.Nodes, client.Node{Name: n.Name,
			Addresses: []string{net.JoinHostPort(n.IPs[0], strconv.Itoa(n.ClientPort))}})
	}
	var err error
	if t.admin, err = client.New(cfg); err != nil {
		return nil, err
	}
	t.load = &workload{counters: newCounters(o.clients), cfg: cfg, seed: o.seed}
	return t, nil
}

// all runs every round under load, and the last reads without.
func (t *torture) all(o options) error {
	defer func() { _ = t.admin.Close() }() // idle
	ctx, cancel := context.WithTimeout(context.Background(), roundLimit)
	defer cancel()
	if err := t.admin.Nop(ctx); err != nil {
		return err
	}
	t.print("three nodes serve, lease %v, seed %d", o.lease, o.seed)
	t.load.current.Store(&history{round: -1, start: t.start})
	if err := t.load.start(); err != nil {
		return err
	}
	err := t.disturb(o)
	t.load.end()
	if err != nil {
		return err
	}
	last, cancel := context.WithTimeout(context.Background(), roundLimit)
	defer cancel()
	return t.lastWord(last)
}

func (t *torture) disturb(o options) error {
	for _, r := range []struct {
		count   int
		what    string
		disturb func(context.Context) (string, error)
	}{
		{o.kill, "kill-master", t.killMaster},
		{o.killAll, "kill-all", t.killAll},
		{o.stop, "stop-master", t.stopMaster},
	} {
		for range r.count {
			if err := t.round(r.what, r.disturb); err != nil {
				return err
			}
		}
	}
	return nil
}

// report judges the histories and prints the result.
func (t *torture) report(o options) error {
	t.print("judging the histories")
	j := judge(t.histories, o.dir)
	t.print("porcupine judged %d operations", j.ops)
	cs := t.load.counters
	slices.Sort(t.newMaster)
	var median, longest time.Duration
	if n := len(t.newMaster); n > 0 {
		median, longest = t.newMaster[n/2], t.newMaster[n-1]
	}
	fmt.Printf("rounds=%d acked=%d lost=%d stale=%d porcupine=%s new_master_median=%.2fs max=%.2fs\n",
		t.rounds, cs.acks, cs.lost, cs.stale, j.word(), median.Seconds(), longest.Seconds())
	switch {
	case cs.lost > 0 || cs.stale > 0:
		return fmt.Errorf("first finding: %s", cs.first)
	case j.err != nil:
		return fmt.Errorf("%w; picture: %s", j.err, j.picture)
	default:
		return nil
	}
}
