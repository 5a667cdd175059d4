package main

import (
	"context"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
)

// fill writes every key once and says how fast that went.
func (b *bench) fill(ctx context.Context, c *cluster.Cluster, keys load.Keys) error {
	_, err := b.fillRate(ctx, c, keys)
	return err
}

// fillRate writes every key once and returns how many that were per second.
func (b *bench) fillRate(ctx context.Context, c *cluster.Cluster, keys load.Keys) (float64, error) {
	w := load.Batches{Router: b.router(c), Cluster: c.Config().ClusterID, Keys: keys, Conns: 4, Steps: 200, Window: 4}
	ended := make(chan error, 1)
	start := time.Now()
	b.say("writing %v", keys)
	go func() { ended <- w.Run(ctx) }()
	for {
		select {
		case err := <-ended:
			rate := float64(w.Done()) / time.Since(start).Seconds()
			b.say("wrote %d keys in %.1f s, %.0f/s", w.Done(), time.Since(start).Seconds(), rate)
			return rate, err
		case <-time.After(5 * time.Second):
			done := float64(w.Done())
			took := time.Since(start)
			b.say("%.1f %%, %.0f keys/s, %.0f s to go", 100*done/float64(keys.Count), done/took.Seconds(),
				(float64(keys.Count)-done)*took.Seconds()/max(done, 1))
		}
	}
}
