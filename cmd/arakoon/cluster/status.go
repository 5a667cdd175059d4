package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// maxPage bounds a status page, in bytes.
const maxPage = 1 << 20

// FetchStatus asks a node's admin listener for its status page.
func FetchStatus(ctx context.Context, n *ini.Node) (realnet.StatusPage, error) {
	return fetch(ctx, n, "/statusz")
}

func fetch(ctx context.Context, n *ini.Node, path string) (realnet.StatusPage, error) {
	var page realnet.StatusPage
	if n.AdminPort == 0 {
		return page, fmt.Errorf("node %s has no admin_port in the configuration", n.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	address := "http://" + net.JoinHostPort(n.AdminHost(), strconv.Itoa(n.AdminPort)) + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return page, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		var say *url.Error
		if errors.As(err, &say) {
			err = say.Err // the address is in it
		}
		return page, fmt.Errorf("node %s: %w", n.Name, err)
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	if resp.StatusCode != http.StatusOK {
		return page, fmt.Errorf("node %s: %s answered %s", n.Name, address, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxPage)).Decode(&page); err != nil {
		return page, fmt.Errorf("node %s: %s: %w", n.Name, address, err)
	}
	return page, nil
}

// Status asks one node for its status page.
func (c *Cluster) Status(ctx context.Context, name string) (realnet.StatusPage, error) {
	return c.ask(ctx, name, "/statusz")
}

// Brief asks one node for its status page without the state of its store, which
// costs the node nothing.
func (c *Cluster) Brief(ctx context.Context, name string) (realnet.StatusPage, error) {
	return c.ask(ctx, name, "/statusz?brief")
}

func (c *Cluster) ask(ctx context.Context, name, path string) (realnet.StatusPage, error) {
	n := c.cfg.Node(name)
	if n == nil {
		return realnet.StatusPage{}, fmt.Errorf("no node %s in %s", name, c.cfg.File)
	}
	return fetch(ctx, n, path)
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
