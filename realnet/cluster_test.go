package realnet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/realnet/client"
)

func (tr *trio) newClient() *client.Client {
	tr.t.Helper()
	cfg := client.Config{Cluster: "ricky", StallTimeout: time.Second}
	for _, n := range tr.nodes {
		cfg.Nodes = append(cfg.Nodes, client.Node{Name: n.Name, Addresses: n.addresses(n.ClientPort)})
	}
	c, err := client.New(cfg)
	require.NoError(tr.t, err)
	return c
}

// write sets the keys from..to-1, many at a time, and waits until every one is
// acknowledged.
func (tr *trio) write(from, to int) {
	tr.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	const writers = 64
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for i := from + w; i < to && errs[w] == nil; i += writers {
				errs[w] = tr.client.Set(ctx, fmt.Sprintf("key%06d", i), []byte("value"))
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(tr.t, err)
	}
}

// attempt sends an update and learns nothing of what becomes of it.
func (tr *trio) attempt() {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_ = tr.client.Set(ctx, "key", []byte("value")) // it must fail, or be executed elsewhere
}
