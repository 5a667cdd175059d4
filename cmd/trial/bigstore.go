package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// The aims.
const (
	aimCleanRestart = 2.0              // seconds
	aimKillRestart  = 10.0             // seconds
	aimMemory       = 1.25 * (1 << 30) // bytes
	aimPages        = 20               // written by a checkpoint of one update
	aimDelete       = 0.100            // seconds
	aimThroughput   = 0.5              // of a small store's
)

// spacePerKey is what the largest part of the trial has on disk, in bytes: three
// stores while they are rewritten, and bbolt's.
const spacePerKey = 1500

// bigTrial measures a node, and then three, with many keys.
type bigTrial struct {
	*bench
	keys    load.Keys
	cache   int
	dirty   int64
	mixed   time.Duration
	ranges  time.Duration
	measure time.Duration
	clients int
	small   int
	nodes   int
	cold    bool

	c    *cluster.Cluster // of one node
	node string
}

func bigstore(f *flag.FlagSet) func(ctx context.Context, b *bench) error {
	t := bigTrial{keys: load.Keys{Value: 100}}
	f.IntVar(&t.keys.Count, "keys", 10_000_000, "keys in the store; even")
	f.IntVar(&t.cache, "cache", 512, "page cache of each node, `MiB`")
	f.Int64Var(&t.dirty, "dirty", 950_000, "updates since the last clean stop when the node is killed")
	f.DurationVar(&t.mixed, "mixed", time.Minute, "of reads and updates while memory is watched")
	f.DurationVar(&t.ranges, "ranges", 10*time.Second, "of reading ranges, here and from bbolt")
	f.DurationVar(&t.measure, "measure", time.Minute, "of the three nodes' throughput")
	f.IntVar(&t.clients, "clients", 256, "clients of the three nodes")
	f.IntVar(&t.small, "small", 10_000, "keys of the small store beside")
	f.BoolVar(&t.cold, "cold", false, "before each restart the system forgets what it has of the files, as if the machine had started")
	f.IntVar(&t.nodes, "nodes", 0, "1 or 3: only the part with so many nodes; 0: both")
	return func(ctx context.Context, b *bench) error {
		t.bench = b
		if t.keys.Count < 2000 || t.keys.Count%2 != 0 {
			return fmt.Errorf("--keys %d: an even number, at least 2000", t.keys.Count)
		}
		return t.run(ctx)
	}
}

func (t *bigTrial) run(ctx context.Context) error {
	free, err := freeSpace(t.dir)
	if err != nil {
		return err
	}
	if need := int64(t.keys.Count) * spacePerKey; free < need {
		return fmt.Errorf("%s has %d MiB free, the trial needs %d", t.dir, free>>20, need>>20)
	}
	type part struct {
		name string
		do   func(ctx context.Context) error
	}
	parts := []part{{"load", t.load}, {"clean restart", t.cleanRestart}, {"restart after a kill", t.killRestart},
		{"memory", t.memory}, {"one update", t.oneUpdate}, {"ranges", t.rangesBeside}, {"deleting a prefix", t.deletePrefix},
		{"one node's end", t.end}, {"three nodes", t.three}}
	switch t.nodes {
	case 1:
		parts = parts[:len(parts)-1]
	case 3:
		parts = parts[len(parts)-1:]
	}
	for _, p := range parts {
		t.say("-- %s", p.name)
		if err := p.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// end stops the one node and makes room.
func (t *bigTrial) end(context.Context) error {
	if err := t.down(t.c); err != nil {
		return err
	}
	return os.RemoveAll(t.c.Dir())
}

func (t *bigTrial) settings() []cluster.Setting {
	return []cluster.Setting{{Key: "store_cache", Value: fmt.Sprintf("%d MiB", t.cache)}}
}

// load makes the node and writes all keys.
func (t *bigTrial) load(ctx context.Context) (err error) {
	if t.c, err = t.open("one", cluster.Options{Nodes: 1, Settings: t.settings()}); err != nil {
		return err
	}
	if t.node, err = t.up(ctx, t.c); err != nil {
		return err
	}
	rate, err := t.fillRate(ctx, t.c, t.keys)
	if err != nil {
		return err
	}
	t.value("keys", t.keys.Count)
	t.value("load_keys_per_s", rate)
	_, most, err := memory(t.c.PID(t.node))
	t.atMost("load_rss_bytes", float64(most), aimMemory)
	return err
}

// cleanRestart stops the node and starts it again.
func (t *bigTrial) cleanRestart(ctx context.Context) error {
	if err := t.settle(ctx); err != nil {
		return err
	}
	start := time.Now()
	if err := t.c.Stop(t.node); err != nil {
		return err
	}
	t.value("stop_s", time.Since(start))
	use, err := diskUse(t.c.Config().Node(t.node).Home, "*.db")
	if err != nil {
		return err
	}
	t.value("store_bytes", use)
	if err := t.forget(); err != nil {
		return err
	}
	took, err := t.firstGet(ctx)
	t.atMost("restart_clean_s", took.Seconds(), aimCleanRestart)
	return err
}

// settle waits until the writes of before are in pages, as those of the last half
// minute are not on a node that is stopped one day.
func (t *bigTrial) settle(ctx context.Context) error {
	c, err := client.New(t.c.ClientConfig())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // idle
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	start := time.Now()
	_, err = t.quiet(ctx, c)
	t.value("settle_s", time.Since(start))
	return err
}

// forget empties the system's cache of files if that is wanted.
func (t *bigTrial) forget() error {
	if !t.cold {
		return nil
	}
	return dropCaches(t.c.Dir())
}

// killRestart kills the node under updates and starts it again.
func (t *bigTrial) killRestart(ctx context.Context) error {
	if err := t.update(ctx, t.dirty); err != nil {
		return err
	}
	if err := t.forget(); err != nil {
		return err
	}
	took, err := t.firstGet(ctx)
	if err != nil {
		return err
	}
	t.atMost("restart_kill_s", took.Seconds(), aimKillRestart)
	p, err := t.c.Brief(ctx, t.node)
	if err != nil {
		return err
	}
	from := "checkpoint"
	if p.ReplayedFrom <= 1 {
		from = "beginning"
	}
	t.line("replayed=%d from=%s first=%d through=%d updates=%d", p.ReplayedThrough+1-p.ReplayedFrom, from, p.ReplayedFrom, p.ReplayedThrough, t.dirty)
	return nil
}

// update has clients update until the node has acknowledged so many updates, and
// kills it while they go on.
func (t *bigTrial) update(ctx context.Context, n int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rec := load.NewRecorder()
	w := load.Closed{Router: t.router(t.c), Cluster: t.c.Config().ClusterID, Clients: 64, Source: t.keys.Updates(), Seed: t.seed, Recorder: rec}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	err := until(ctx, 10*time.Minute, fmt.Sprintf("%d updates", n), func(context.Context) (bool, error) { return rec.Total() >= n, nil })
	if err = errors.Join(err, t.c.Kill(t.node)); err != nil {
		return err
	}
	cancel()
	return <-ended
}

// firstGet starts the node and takes the time until it answers a get.
func (t *bigTrial) firstGet(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	if err := t.c.Start(t.node); err != nil {
		return 0, err
	}
	request, shape := t.keys.Reads()(nil, t.rng())
	err := until(ctx, 10*time.Minute, "the first answer", func(ctx context.Context) (bool, error) {
		if err := t.c.Ended()[t.node]; err != nil {
			return false, err
		}
		c, err := load.Dial(ctx, t.c.Address(t.node), t.c.Config().ClusterID)
		if err != nil {
			return false, err
		}
		defer c.Close()
		if err := c.Send(request); err != nil {
			return false, err
		}
		err = c.Receive(shape)
		return err == nil, err
	})
	return time.Since(start), err
}

// memory watches the node's memory under reads and updates.
func (t *bigTrial) memory(ctx context.Context) error {
	if _, err := t.master(ctx, t.c); err != nil {
		return err
	}
	stop := watchMemory(t.c.PID(t.node))
	w, err := t.closed(ctx, t.c, 64, t.keys.Mixed(50), time.Second, t.mixed)
	most := stop()
	if err != nil {
		return err
	}
	t.line("mixed_per_s=%s p50_s=%s p99_s=%s stall_s=%s failed=%d", text(w.Rate()), text(w.At(50)), text(w.At(99)), text(w.Stall), w.Failed)
	t.atMost("rss_bytes", float64(most), aimMemory)
	return nil
}

// oneUpdate counts the pages that a checkpoint of one update writes.
func (t *bigTrial) oneUpdate(ctx context.Context) error {
	c, err := client.New(t.c.ClientConfig())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // idle
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	before, err := t.quiet(ctx, c)
	if err != nil {
		return err
	}
	key := t.keys.Scattered(t.keys.Count / 3)
	if err := c.Set(ctx, t.keys.Name(key), t.keys.AppendValue(nil, t.rng().Uint64())); err != nil {
		return err
	}
	after, err := t.checkpointed(ctx, c, before.PagesWritten+1)
	if err != nil {
		return err
	}
	t.atMost("pages_written", float64(after.PagesWritten-before.PagesWritten), aimPages)
	if after, err = t.quiet(ctx, c); err != nil {
		return err
	}
	t.value("pages_written_with_upkeep", after.PagesWritten-before.PagesWritten)
	return nil
}

// checkpointed has everything written to pages, and waits until the status page, which
// lags a little, tells of so many pages at least.
func (t *bigTrial) checkpointed(ctx context.Context, c *client.Client, pages int) (s realnet.StorePage, err error) {
	err = until(ctx, 10*time.Minute, "everything is in pages", func(ctx context.Context) (bool, error) {
		if err := c.FlushStore(ctx, t.node); err != nil {
			return false, err
		}
		p, err := t.c.Brief(ctx, t.node)
		s = p.Store
		return err == nil && s.Writing == 0 && s.Checkpoint == p.Applied && s.PagesWritten >= pages, err
	})
	return s, err
}

// quiet has everything written to pages, and waits until nothing more is written,
// by looking after the file, say.
func (t *bigTrial) quiet(ctx context.Context, c *client.Client) (s realnet.StorePage, err error) {
	last := -1
	err = until(ctx, 10*time.Minute, "the store is quiet", func(ctx context.Context) (bool, error) {
		if s, err = t.checkpointed(ctx, c, 0); err != nil {
			return false, err
		}
		quiet := s.PagesWritten == last
		last = s.PagesWritten
		return quiet, during(ctx, time.Second, nil)
	})
	return s, err
}

// deletePrefix deletes half of all keys, and watches the file.
func (t *bigTrial) deletePrefix(ctx context.Context) error {
	c, err := client.New(t.c.ClientConfig())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // idle
	home := t.c.Config().Node(t.node).Home
	before, err := diskUse(home, "*.db")
	if err != nil {
		return err
	}
	once, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	start := time.Now()
	n, err := c.DeletePrefix(once, load.LowHalf)
	took := time.Since(start)
	if err != nil {
		return err
	}
	if n != t.keys.Count/2 {
		return fmt.Errorf("the node deleted %d keys, not %d", n, t.keys.Count/2)
	}
	t.atMost("delete_prefix_s", took.Seconds(), aimDelete)
	return t.shrinks(ctx, c, home, before)
}

// shrinks watches the store's file until it hasn't changed for a while.
func (t *bigTrial) shrinks(ctx context.Context, c *client.Client, home string, before int64) error {
	const quiet, limit = 75 * time.Second, 5 * time.Minute // a store's file rests for a minute after a long checkpoint
	start, changed, last := time.Now(), time.Now(), before
	for time.Since(changed) < quiet && time.Since(start) < limit {
		if err := during(ctx, time.Second, nil); err != nil {
			return err
		}
		if err := c.FlushStore(ctx, t.node); err != nil { // the space comes back behind a checkpoint
			return err
		}
		now, err := diskUse(home, "*.db")
		if err != nil {
			return err
		}
		if now != last {
			changed, last = time.Now(), now
			t.say("the store has %d MiB", now>>20)
		}
	}
	t.line("store_bytes_before=%d after=%d ratio=%s seconds=%s", before, last, text(float64(last)/float64(max(before, 1))), text(changed.Sub(start)))
	return nil
}
