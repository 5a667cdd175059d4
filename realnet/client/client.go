package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config says which cluster to talk to. Cluster and Nodes are required.
type Config struct {
	Cluster string // the cluster id, as in the nodes' configuration
	Nodes   []Node

	// TLS, if set, is used on every connection.
	TLS *tls.Config
	// DialTimeout bounds one attempt to connect to one address, and one question
	// who the master is. 0: 1 s.
	DialTimeout time.Duration
	// StallTimeout is how long a node may leave a request without any byte of an
	// answer before a read is sent elsewhere, and new updates look for the master
	// again. 0: 3 s.
	StallTimeout time.Duration
	// Connections is how many connections per node carry updates at most, and how
	// many carry reads. 0: 4.
	Connections int
	// Dial replaces net.Dialer.DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Node is one node of the cluster.
type Node struct {
	Name      string   // as in the cluster's configuration
	Addresses []string // host:port of the client port; tried in turn
}

// The defaults of Config.
const (
	DefaultDialTimeout  = time.Second
	DefaultStallTimeout = 3 * time.Second
	DefaultConnections  = 4
)

// Client is a connection to a cluster. Its methods may be called from any number
// of goroutines.
type Client struct {
	cfg    Config
	nodes  []*node
	byName map[string]*node
	finder finder

	// local is the node that reads go to which need no master.
	local atomic.Pointer[node]

	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	tasks sync.WaitGroup // every goroutine of the Client

	mu     sync.Mutex
	closed bool // no new tasks
}

// New checks cfg and returns a Client. It never connects and never blocks.
func New(cfg Config) (*Client, error) {
	if cfg.Cluster == "" {
		return nil, errors.New("arakoon: Config.Cluster is empty")
	}
	if len(cfg.Nodes) == 0 {
		return nil, errors.New("arakoon: Config.Nodes is empty")
	}
	if cfg.DialTimeout <= 0 {
		cfg.DialTimeout = DefaultDialTimeout
	}
	if cfg.StallTimeout <= 0 {
		cfg.StallTimeout = DefaultStallTimeout
	}
	if cfg.Connections <= 0 {
		cfg.Connections = DefaultConnections
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	c := &Client{cfg: cfg, byName: map[string]*node{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	for _, n := range cfg.Nodes {
		if err := c.addNode(n); err != nil {
			c.stop()
			return nil, err
		}
	}
	c.finder.client = c
	return c, nil
}

func (c *Client) addNode(n Node) error {
	switch {
	case n.Name == "":
		return errors.New("arakoon: a node in Config.Nodes has no name")
	case c.byName[n.Name] != nil:
		return fmt.Errorf("arakoon: node %q is twice in Config.Nodes", n.Name)
	case len(n.Addresses) == 0:
		return fmt.Errorf("arakoon: node %q has no address", n.Name)
	}
	for _, a := range n.Addresses {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return fmt.Errorf("arakoon: node %q: address %q is not host:port", n.Name, a)
		}
	}
	nd := &node{client: c, name: n.Name, addresses: n.Addresses}
	nd.reads = pool{node: nd, stall: stallBreaks}
	nd.updates = pool{node: nd, stall: stallRetires}
	c.nodes = append(c.nodes, nd)
	c.byName[n.Name] = nd
	return nil
}

// Close ends all connections and waits until nothing of the Client runs any
// more. Calls under way end with ErrClosed, or ErrOutcomeUnknown if they are
// updates that were sent.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	for _, n := range c.nodes {
		n.close()
	}
	c.tasks.Wait()
	return nil
}

// task runs f on a goroutine that Close waits for; false if Close came first.
func (c *Client) task(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.tasks.Go(f)
	return true
}
