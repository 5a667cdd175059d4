package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// aimGap is the aim for the median gap, in seconds.
const aimGap = 0.020

// handoverTrial moves mastership again and again while clients write.
type handoverTrial struct {
	*bench
	rounds  int
	writers int
	pace    time.Duration
	lease   time.Duration

	c     *cluster.Cluster
	admin *client.Client
	rec   *load.Recorder
}

func handover(f *flag.FlagSet) func(ctx context.Context, b *bench) error {
	var t handoverTrial
	f.IntVar(&t.rounds, "rounds", 20, "of each kind: drop-master, and SIGTERM of the master")
	f.IntVar(&t.writers, "writers", 16, "clients that write")
	f.DurationVar(&t.pace, "pace", time.Millisecond, "between two writes of a client")
	f.DurationVar(&t.lease, "lease", 2*time.Second, "lease period")
	return func(ctx context.Context, b *bench) error {
		t.bench = b
		return t.run(ctx)
	}
}

func (t *handoverTrial) run(ctx context.Context) (err error) {
	if t.c, err = t.open("cluster", cluster.Options{Lease: t.lease}); err != nil {
		return err
	}
	if t.admin, err = client.New(t.c.ClientConfig()); err != nil {
		return err
	}
	defer func() { _ = t.admin.Close() }() // idle
	if _, err := t.up(ctx, t.c); err != nil {
		return err
	}
	t.rec = load.NewRecorder()
	stop, err := t.write(ctx)
	if err != nil {
		return err
	}
	err = t.all(ctx)
	stop()
	return err
}

// write starts the writers.
func (t *handoverTrial) write(ctx context.Context) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var clients []*client.Client
	for range t.writers {
		c, err := client.New(t.c.ClientConfig())
		if err != nil {
			cancel()
			return nil, err
		}
		clients = append(clients, c)
	}
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			defer func() { _ = c.Close() }() // idle
			t.writer(ctx, c, i)
		})
	}
	return func() {
		cancel()
		wg.Wait()
	}, nil
}

// writer is one client: what fails it leaves, and writes the next.
func (t *handoverTrial) writer(ctx context.Context, c *client.Client, id int) {
	const patience = 5 * time.Second
	rng := rand.New(rand.NewPCG(t.seed, uint64(id)))
	for n := 0; ctx.Err() == nil; n++ {
		once, cancel := context.WithTimeout(ctx, patience)
		sent := time.Now()
		err := c.Set(once, fmt.Sprintf("writer%d/%d", id, n%1000), fmt.Appendf(nil, "%d", n))
		cancel()
		if err == nil {
			t.rec.Ack(id, time.Since(sent))
		} else if ctx.Err() == nil {
			t.rec.Fail(id, 1, err)
		}
		time.Sleep(t.pace/2 + time.Duration(rng.Int64N(int64(t.pace)+1)))
	}
}

// all does the rounds and prints their gaps.
func (t *handoverTrial) all(ctx context.Context) error {
	var failed int64
	for _, kind := range []struct {
		name string
		move func(ctx context.Context, master string) error
	}{
		{"drop", func(ctx context.Context, master string) error { return t.admin.DropMaster(ctx, master) }},
		{"term", func(_ context.Context, master string) error { return t.c.Stop(master) }},
	} {
		var gaps []time.Duration
		for i := range t.rounds {
			w, err := t.round(ctx, kind.move)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", kind.name, i+1, err)
			}
			gaps, failed = append(gaps, w.Stall), failed+w.Failed
			t.say("%s %d/%d  gap %v%s", kind.name, i+1, t.rounds, w.Stall.Round(10*time.Microsecond), failures(&w))
		}
		slices.Sort(gaps)
		t.atMost("gap_"+kind.name+"_median_s", median(gaps).Seconds(), aimGap)
		t.value("gap_"+kind.name+"_max_s", gaps[len(gaps)-1])
	}
	t.value("writes_failed", failed)
	return nil
}

// round moves mastership once and returns what the writers saw around it.
func (t *handoverTrial) round(ctx context.Context, move func(ctx context.Context, master string) error) (w load.Window, err error) {
	if err := t.whole(ctx, t.c); err != nil {
		return w, err
	}
	master, err := t.master(ctx, t.c)
	if err != nil {
		return w, err
	}
	if err := t.written(ctx); err != nil {
		return w, err
	}
	t.rec.Take()
	if err := move(ctx, master); err != nil {
		return w, err
	}
	err = until(ctx, masterPatience, "another node is master", func(ctx context.Context) (bool, error) {
		for _, name := range others(t.c, master) {
			if p, err := t.c.Brief(ctx, name); err == nil && p.Serving {
				return true, nil
			}
		}
		return false, nil
	})
	if err = errors.Join(err, t.written(ctx)); err != nil {
		return w, err
	}
	w = t.rec.Take()
	if t.c.PID(master) == 0 {
		err = t.c.Start(master)
	}
	return w, err
}

// written waits until writes have been acknowledged again for a while.
func (t *handoverTrial) written(ctx context.Context) error {
	const enough = 500
	from := t.rec.Total()
	return until(ctx, masterPatience, "writes go on", func(context.Context) (bool, error) {
		return t.rec.Total() >= from+enough, nil
	})
}

// median of a sorted list.
func median(d []time.Duration) time.Duration { return d[len(d)/2] }
