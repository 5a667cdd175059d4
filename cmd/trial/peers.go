package main

import (
	"context"
	"fmt"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/realnet"
)

// slack is how many instances a node may be behind another one that was asked a
// moment before or after, and still count as caught up.
const slack = 200

// behind says how many instances a node has to apply until it has what another
// one had committed a moment before.
func behind(ctx context.Context, c *cluster.Cluster, name, master string) (int64, error) {
	m, err := c.Brief(ctx, master)
	if err != nil {
		return 0, err
	}
	p, err := c.Brief(ctx, name)
	if err != nil {
		return 0, err
	}
	return int64(m.Commit) - int64(p.Applied), nil
}

// broken says what is missing until all nodes follow one master, are connected,
// and have what any of them has committed; "": nothing.
func broken(ctx context.Context, c *cluster.Cluster) string {
	var pages []realnet.StatusPage
	commit := uint64(0)
	for _, name := range c.Names() {
		p, err := c.Brief(ctx, name)
		if err != nil {
			return err.Error()
		}
		pages, commit = append(pages, p), max(commit, p.Commit)
	}
	for _, p := range pages {
		switch {
		case p.Master == "" || p.Master != pages[0].Master:
			return p.Name + " knows another master than the others, or none"
		case len(p.Connected) != len(pages)-1:
			return p.Name + " is not connected to all peers"
		case p.Applied+slack < commit:
			return fmt.Sprintf("%s has applied %d of %d", p.Name, p.Applied, commit)
		}
	}
	return ""
}

// whole waits until nothing is broken.
func (b *bench) whole(ctx context.Context, c *cluster.Cluster) error {
	why := ""
	err := until(ctx, masterPatience, "the cluster is whole", func(ctx context.Context) (bool, error) {
		if w := broken(ctx, c); w != "" {
			why = w
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, why)
	}
	return nil
}

// others are the nodes besides one.
func others(c *cluster.Cluster, name string) []string {
	var names []string
	for _, n := range c.Names() {
		if n != name {
			names = append(names, n)
		}
	}
	return names
}

// collapse makes a node drop what its log need not keep, but so many segments.
func collapse(ctx context.Context, c *cluster.Cluster, name string, leave int) (int, error) {
	conn, err := load.Dial(ctx, c.Address(name), c.Config().ClusterID)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return conn.Collapse(leave)
}
