package prove

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// Three nodes in two datacentres, with checkpoints, rolls and collapse all the
// time, closed in the middle of writes: either datacentre's directories hold every
// update that was acknowledged.
func TestExamine_HoldsWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	nodes := []realnet.Node{{Name: "a", Datacentre: "east"}, {Name: "b", Datacentre: "east"}, {Name: "c", Datacentre: "west"}}
	peers, clients := make([]net.Listener, len(nodes)), make([]net.Listener, len(nodes))
	cc := client.Config{Cluster: "ricky"}
	for i := range nodes {
		n := &nodes[i]
		n.IPs = []string{"127.0.0.1"}
		peers[i], n.PeerPort = listener(t)
		clients[i], n.ClientPort = listener(t)
		cc.Nodes = append(cc.Nodes, client.Node{Name: n.Name, Addresses: []string{clients[i].Addr().String()}})
	}
	var servers []*realnet.Server
	for i := range nodes {
		s, err := realnet.Start(realnet.Config{ClusterID: "ricky", Nodes: nodes, Name: nodes[i].Name, Home: filepath.Join(dir, nodes[i].Name),
			LeasePeriod: time.Second, Rule: core.RuleLocality, PeerListener: peers[i], ClientListener: clients[i],
			SegmentEntries: 16, CheckpointEntries: 50})
		require.NoError(t, err)
		servers = append(servers, s)
	}
	c, err := client.New(cc)
	require.NoError(t, err)
	acked := load(t, c, func() {
		for _, s := range servers {
			require.NoError(t, s.Close())
		}
	})
	require.NoError(t, c.Close())

	for _, dc := range []string{"east", "west"} {
		o := Options{ClusterID: "ricky", Datacentre: dc}
		for _, n := range nodes {
			if home := filepath.Join(dir, n.Name); n.Datacentre == dc {
				o.Nodes = append(o.Nodes, Node{Name: n.Name, LogDir: home, StoreDir: home, StoreFile: n.Name + ".db"})
			}
		}
		p, err := Examine(o)
		require.NoError(t, err)
		require.True(t, p.Complete(), "%v", p.Doubts)
		require.Positive(t, p.Base)
		proven := contents(t, &p.AtThrough)
		missing := 0
		for _, key := range acked {
			if _, ok := proven[key]; !ok {
				missing++
			}
		}
		require.Zero(t, missing, "of %d acknowledged, %d are proven by %s", len(acked), len(proven), dc)
		p.Close()
	}
}

func listener(t *testing.T) (net.Listener, int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l, l.Addr().(*net.TCPAddr).Port
}

// load writes until enough is acknowledged, then calls stop in the middle of it,
// and returns the keys that were.
func load(t *testing.T, c *client.Client, stop func()) []string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const writers, enough = 16, 1500
	var mu sync.Mutex
	var acked []string
	full := make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("w%02d-%06d", w, i)
				if c.Set(ctx, key, []byte("value")) != nil {
					return // the nodes are gone, or the time is
				}
				mu.Lock()
				if acked = append(acked, key); len(acked) == enough {
					close(full)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-full:
	case <-ctx.Done():
		t.Error("too little was acknowledged in a minute")
	}
	stop()
	cancel()
	wg.Wait()
	return acked
}
