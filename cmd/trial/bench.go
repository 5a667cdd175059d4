package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
)

// Times that no healthy cluster needs.
const (
	masterPatience = time.Minute
	stopGrace      = 3 * time.Minute
)

// bench is what every trial has.
type bench struct {
	figures
	progress io.Writer
	binary   string
	dir      string // of everything
	seed     uint64
	start    time.Time

	mu       sync.Mutex
	clusters []*cluster.Cluster
}

func newBench(name string, out, progress io.Writer) *bench {
	return &bench{figures: figures{trial: name, w: out}, progress: progress, start: time.Now()}
}

// run runs a trial in a folder of its own and cleans up behind it.
func (b *bench) run(ctx context.Context, do func(ctx context.Context, b *bench) error) (err error) {
	if _, err := os.Stat(b.binary); err != nil {
		return fmt.Errorf("no binary of arakoon: %w", err)
	}
	keep := b.dir != ""
	if !keep {
		if b.dir, err = os.MkdirTemp("", "arakoon-"+b.trial+"-"); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	err = do(ctx, b)
	for _, c := range b.clusters {
		err = errors.Join(err, c.Close())
	}
	switch {
	case err != nil && ctx.Err() == nil:
		return fmt.Errorf("%w (data and logs in %s)", err, b.dir)
	case !keep:
		err = errors.Join(err, os.RemoveAll(b.dir))
	}
	if err == nil {
		b.last(fmt.Sprintf("seconds=%.0f", time.Since(b.start).Seconds()))
	}
	return err
}

// say prints progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "%8.1fs  %s\n", time.Since(b.start).Seconds(), fmt.Sprintf(format, args...))
}

// open makes a cluster in a subfolder, without starting it.
func (b *bench) open(name string, o cluster.Options) (*cluster.Cluster, error) {
	o.Dir, o.Binary, o.StopGrace = filepath.Join(b.dir, name), b.binary, stopGrace
	c, err := cluster.Open(o)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.clusters = append(b.clusters, c)
	}
	return c, err
}

// up starts every node and waits for a master.
func (b *bench) up(ctx context.Context, c *cluster.Cluster) (string, error) {
	for _, name := range c.Names() {
		if err := c.Start(name); err != nil {
			return "", err
		}
	}
	return b.master(ctx, c)
}

// down stops every node cleanly, all at once.
func (b *bench) down(c *cluster.Cluster) error {
	errs := make([]error, len(c.Names()))
	var wg sync.WaitGroup
	for i, name := range c.Names() {
		wg.Go(func() { errs[i] = c.Stop(name) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// master waits for a master.
func (b *bench) master(ctx context.Context, c *cluster.Cluster) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, masterPatience)
	defer cancel()
	return c.WaitMaster(ctx)
}

// router finds a cluster's master for the load.
func (b *bench) router(c *cluster.Cluster) *load.Router {
	return load.NewRouter(func(ctx context.Context) (string, error) {
		name, err := b.master(ctx, c)
		if err != nil {
			return "", err
		}
		return c.Address(name), nil
	})
}

// closed measures clients that wait for their answers, after a warm-up.
func (b *bench) closed(ctx context.Context, c *cluster.Cluster, clients int, source load.Source, warm, d time.Duration) (load.Window, error) {
	return b.closedAt(ctx, b.router(c), c.Config().ClusterID, clients, source, warm, d)
}

func (b *bench) closedAt(ctx context.Context, router *load.Router, cluster string, clients int, source load.Source, warm, d time.Duration) (load.Window, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := load.Closed{Router: router, Cluster: cluster, Clients: clients, Source: source, Seed: b.seed, Recorder: load.NewRecorder()}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	if err := during(ctx, warm, ended); err != nil {
		return load.Window{}, err
	}
	w.Recorder.Take()
	if err := during(ctx, d, ended); err != nil {
		return load.Window{}, err
	}
	window := w.Recorder.Take()
	cancel()
	return window, <-ended
}

// during waits a while, unless what runs meanwhile ends before.
func during(ctx context.Context, d time.Duration, ended <-chan error) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case err := <-ended:
		return errors.Join(errors.New("the load ended too early"), err)
	}
}

// until looks every few milliseconds whether something has become true.
func until(ctx context.Context, limit time.Duration, what string, done func(ctx context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	const every = 5 * time.Millisecond
	for {
		ok, err := done(ctx)
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s: not within %v", what, limit), err)
		case <-time.After(every):
		}
	}
}

// rng is a fresh stream of the seed.
func (b *bench) rng() *rand.Rand { return rand.New(rand.NewPCG(b.seed, 99)) }

// failures says how many requests of a window failed and why, if any did.
func failures(w *load.Window) string {
	if w.Failed == 0 {
		return ""
	}
	return fmt.Sprintf("  %d failed: %v", w.Failed, w.Why)
}
