package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
)

// page is a node's status page as it came.
type page map[string]any

// probe asks a node's admin listener for its status.
func probe(ctx context.Context, c *cluster.Cluster, name string) (page, error) {
	n := c.Config().Node(name)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(n.AdminHost(), strconv.Itoa(n.AdminPort)) + "/statusz?brief"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("node %s answers %s", name, resp.Status)
	}
	var p page
	return p, json.Unmarshal(text, &p)
}

// number finds a figure anywhere in the page by its name.
func (p page) number(name string) (float64, bool) { return find(map[string]any(p), name) }

func find(v any, name string) (float64, bool) {
	switch v := v.(type) {
	case map[string]any:
		if n, ok := v[name].(float64); ok {
			return n, true
		}
		for _, inner := range v { // a name stands once in a page: order can't matter
			if n, ok := find(inner, name); ok {
				return n, true
			}
		}
	case []any:
		for _, inner := range v {
			if n, ok := find(inner, name); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// gauge asks one node for one figure.
func gauge(ctx context.Context, c *cluster.Cluster, node, name string) (float64, error) {
	p, err := probe(ctx, c, node)
	if err != nil {
		return 0, err
	}
	v, ok := p.number(name)
	if !ok {
		return 0, fmt.Errorf("the status page of %s has no %s", node, name)
	}
	return v, nil
}

// word finds a text anywhere in the page by its name; "" if there is none.
func (p page) word(name string) string {
	if s, ok := p[name].(string); ok {
		return s
	}
	for _, inner := range p { // a name stands once in a page: order can't matter
		if m, ok := inner.(map[string]any); ok {
			if s := page(m).word(name); s != "" {
				return s
			}
		}
	}
	return ""
}
