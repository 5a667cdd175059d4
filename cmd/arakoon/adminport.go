package main

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

// maxAdminAnswer bounds what is read of a node's admin port, in bytes.
const maxAdminAnswer = 4 << 20

// adminError is a refusal of a node's admin port: the node was reached.
type adminError struct {
	node, text string
	status     int
}

func (e *adminError) Error() string { return "node " + e.node + ": " + e.text }

// adminAsk sends a request to a node's admin port and returns the answer's body,
// or an *adminError if it says anything but 200.
func adminAsk(ctx context.Context, cluster, method string, n *ini.Node, path string) ([]byte, error) {
	if n.AdminPort == 0 {
		return nil, &usageError{fmt.Sprintf("node %s has no admin_port in the configuration; this verb needs one", n.Name)}
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
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAdminAnswer))
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Name, err)
	}
	if resp.StatusCode != http.StatusOK {
		return body, &adminError{n.Name, strings.TrimSpace(string(body)), resp.StatusCode}
	}
	return body, nil
}

// statusPage asks a node for its status, without what costs it a view.
func statusPage(ctx context.Context, cluster string, n *ini.Node) (realnet.StatusPage, error) {
	var page realnet.StatusPage
	body, err := adminAsk(ctx, cluster, http.MethodGet, n, "/statusz?brief")
	if err != nil {
		return page, err
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return page, fmt.Errorf("node %s: /statusz: %w", n.Name, err)
	}
	return page, nil
}

// order posts an order to one node after the other until one takes it: most can
// be given to the master only, and it may just be changing.
func order(ctx context.Context, cfg *ini.Config, path string) (node string, err error) {
	var errs []error
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		if n.Learner || n.Witness || n.AdminPort == 0 {
			continue
		}
		_, err := adminAsk(ctx, cfg.ClusterID, http.MethodPost, n, path)
		if err == nil {
			return n.Name, nil
		}
		var refused *adminError
		if errors.As(err, &refused) && refused.status == http.StatusBadRequest {
			return "", err // it would be wrong everywhere
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return "", &usageError{"no node has an admin_port in the configuration; this verb needs one"}
	}
	return "", errors.Join(errs...)
}
