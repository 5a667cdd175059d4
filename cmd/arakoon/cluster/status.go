package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet"
)

// askWait is how long a node may take to answer.
const askWait = 2 * time.Second

// Status asks one node for its status page.
func (c *Cluster) Status(ctx context.Context, name string) (realnet.StatusPage, error) {
	return c.ask(ctx, name, false)
}

// Brief asks one node for its status page without the state of its store, which
// costs the node nothing.
func (c *Cluster) Brief(ctx context.Context, name string) (realnet.StatusPage, error) {
	return c.ask(ctx, name, true)
}

func (c *Cluster) ask(ctx context.Context, name string, brief bool) (realnet.StatusPage, error) {
	n := c.cfg.Node(name)
	if n == nil {
		return realnet.StatusPage{}, fmt.Errorf("no node %s in %s", name, c.cfg.File)
	}
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	return adminport.Status(ctx, c.cfg.ClusterID, n, brief)
}

// WaitMaster waits until a node serves as master, and returns its name.
func (c *Cluster) WaitMaster(ctx context.Context) (string, error) {
	var why error
	for {
		for _, name := range c.Names() {
			page, err := c.Brief(ctx, name)
			if err == nil && page.Serving {
				return name, nil
			}
			if err == nil && page.Waiting != "" {
				why = fmt.Errorf("node %s: %s", name, page.Waiting)
			}
		}
		if err := c.pause(ctx, "no node became master", why); err != nil {
			return "", err
		}
	}
}

// WaitEqual waits until all nodes show the same content digest and apply chain
// at the same instance, and returns one of the pages.
func (c *Cluster) WaitEqual(ctx context.Context) (realnet.StatusPage, error) {
	var why error
	for {
		var pages []realnet.StatusPage
		for _, name := range c.Names() {
			page, err := c.Status(ctx, name)
			if err != nil {
				why = err
				break
			}
			pages = append(pages, page)
		}
		if len(pages) == len(c.Names()) {
			if why = different(pages); why == nil {
				return pages[0], nil
			}
		}
		if err := c.pause(ctx, "the nodes' digests did not become equal", why); err != nil {
			return realnet.StatusPage{}, err
		}
	}
}

// different says how the pages of nodes differ; nil if they don't.
func different(pages []realnet.StatusPage) error {
	first := pages[0]
	for _, p := range pages[1:] {
		if p.At != first.At || p.ContentDigest != first.ContentDigest || p.KeyCount != first.KeyCount || p.Chain != first.Chain {
			return fmt.Errorf("%s at instance %d: %s, %d keys; %s at instance %d: %s, %d keys",
				first.Name, first.At, first.ContentDigest, first.KeyCount, p.Name, p.At, p.ContentDigest, p.KeyCount)
		}
	}
	return nil
}

// pause waits a moment between two looks. It fails when the context ends or a
// process has ended by itself.
func (c *Cluster) pause(ctx context.Context, what string, why error) error {
	for _, name := range c.Names() {
		if err := c.Ended()[name]; err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		if why != nil {
			return fmt.Errorf("%s: %w", what, why)
		}
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case <-time.After(50 * time.Millisecond):
		return nil
	}
}
