// Package adminport talks to the admin port of a node: for the verbs that ask a
// node about itself, and for who runs clusters of processes.
package adminport

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
	"strings"

	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// ErrNone says that a node's section of the configuration has no admin_port.
var ErrNone = errors.New("no admin_port in the configuration, which this needs")

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 20

// Refusal is an answer other than 200: the node was reached.
type Refusal struct {
	Node, Text string
	Status     int // of HTTP
}

func (e *Refusal) Error() string { return "node " + e.Node + ": " + e.Text }

// Ask sends a request for a path to a node of a cluster and returns the body of the
// answer; with a *Refusal if it says anything but 200. client.ErrUnavailable: the
// node wasn't reached.
func Ask(ctx context.Context, cluster, method string, n *ini.Node, path string) ([]byte, error) {
	if n.AdminPort == 0 {
		return nil, fmt.Errorf("node %s: %w", n.Name, ErrNone)
	}
	address := "http://" + net.JoinHostPort(n.AdminHost(), strconv.Itoa(n.AdminPort)) + path
	req, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set(realnet.ClusterHeader, cluster)
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		var say *url.Error
		if errors.As(err, &say) {
			err = say.Err // the address is in it
		}
		return nil, fmt.Errorf("node %s: %w: %w", n.Name, client.ErrUnavailable, err)
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Name, err)
	}
	if resp.StatusCode != http.StatusOK {
		return body, &Refusal{n.Name, strings.TrimSpace(string(body)), resp.StatusCode}
	}
	return body, nil
}

// Status asks a node for its status page. A brief one costs the node no view of its
// store.
func Status(ctx context.Context, cluster string, n *ini.Node, brief bool) (page realnet.StatusPage, err error) {
	path := "/statusz"
	if brief {
		path += "?brief"
	}
	body, err := Ask(ctx, cluster, http.MethodGet, n, path)
	if err != nil {
		return page, err
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return page, fmt.Errorf("node %s: %s: %w", n.Name, path, err)
	}
	return page, nil
}
