package main

import (
	"context"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
)

// three measures three nodes with all keys between two measurements of three with
// few, so that a machine that gets slower or faster meanwhile shows.
func (t *bigTrial) three(ctx context.Context) error {
	small := load.Keys{Count: t.small, Value: t.keys.Value}
	few, err := t.open("few", cluster.Options{Settings: t.settings()})
	if err != nil {
		return err
	}
	many, err := t.open("many", cluster.Options{Settings: t.settings()})
	if err != nil {
		return err
	}
	if err := t.loadThree(ctx, many, few, small); err != nil {
		return err
	}
	var rates [3]float64
	for k, m := range []struct {
		name string
		c    *cluster.Cluster
		keys load.Keys
		d    time.Duration
	}{{"few", few, small, t.measure / 2}, {"many", many, t.keys, t.measure}, {"few", few, small, t.measure / 2}} {
		if rates[k], err = t.throughput(ctx, m.name, m.c, m.keys, m.d); err != nil {
			return err
		}
	}
	t.atLeast("throughput_ratio", 2*rates[1]/(rates[0]+rates[2]), aimThroughput)
	return nil
}

// loadThree fills both clusters and stops them.
func (t *bigTrial) loadThree(ctx context.Context, many, few *cluster.Cluster, small load.Keys) error {
	if _, err := t.up(ctx, many); err != nil {
		return err
	}
	rate, err := t.fillRate(ctx, many, t.keys)
	if err != nil {
		return err
	}
	t.value("three_load_keys_per_s", rate)
	if err := t.down(many); err != nil {
		return err
	}
	if _, err := t.up(ctx, few); err != nil {
		return err
	}
	if err := t.fill(ctx, few, small); err != nil {
		return err
	}
	return t.down(few)
}

// throughput starts the nodes, measures updates and stops them.
func (t *bigTrial) throughput(ctx context.Context, name string, c *cluster.Cluster, keys load.Keys, d time.Duration) (float64, error) {
	if _, err := t.up(ctx, c); err != nil {
		return 0, err
	}
	t.say("updates of %v from %d clients", keys, t.clients)
	w, err := t.closed(ctx, c, t.clients, keys.Updates(), 5*time.Second, d)
	if err != nil {
		return 0, err
	}
	t.line("%s updates_per_s=%s p50_s=%s p99_s=%s max_s=%s stall_s=%s failed=%d", name, text(w.Rate()), text(w.At(50)), text(w.At(99)), text(w.Max()), text(w.Stall), w.Failed)
	return w.Rate(), t.down(c)
}
