package cluster

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// ConfigName is the cluster's configuration file in Options.Dir.
const ConfigName = "cluster.ini"

// Options say what to run. Dir and Binary are required.
type Options struct {
	Dir    string        // holds everything; made if absent
	Nodes  int           // of a new cluster; 0: 3
	Lease  time.Duration // of a new cluster; 0: 2 s
	Binary string        // the arakoon binary
	// Datacentres of a new cluster's nodes, in their order; empty: none.
	Datacentres []string
	// Settings are further options of a new cluster's file. Each stands where the
	// table of options wants it: in [global], or in every node's section.
	Settings []Setting
	// Tiny adds TinySettings to a new cluster; so does the environment variable
	// TinyEnv, if it isn't empty.
	Tiny bool
	// StopGrace is how long a process may take to end after SIGTERM; 0: 10 s.
	StopGrace time.Duration
	// Env is added to the processes' environment, as "NAME=value".
	Env []string
}

// Cluster is a set of nodes, each a process or stopped.
type Cluster struct {
	opts  Options
	cfg   *ini.Config
	spawn *spawner

	mu    sync.Mutex
	procs map[string]*process // the running ones, and those that ended and weren't asked to
}

// Open reads the cluster in opts.Dir, or makes a new one there. It starts no
// process.
func Open(opts Options) (*Cluster, error) {
	if opts.Nodes == 0 {
		opts.Nodes = 3
	}
	if opts.Lease == 0 {
		opts.Lease = 2 * time.Second
	}
	if opts.StopGrace == 0 {
		opts.StopGrace = defaultGrace
	}
	if opts.Tiny || os.Getenv(TinyEnv) != "" {
		opts.Settings = append(TinySettings(), opts.Settings...) // the last one counts
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	opts.Dir = dir
	path := filepath.Join(dir, ConfigName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := writeConfig(opts, path); err != nil {
			return nil, err
		}
	}
	cfg, _, err := ini.Load(path)
	if err != nil {
		return nil, err
	}
	for _, n := range cfg.Nodes {
		if n.AdminPort == 0 {
			return nil, fmt.Errorf("%s: node %s has no admin_port; this folder was not made by arakoon dev", path, n.Name)
		}
		if err := os.MkdirAll(n.Home, 0o755); err != nil {
			return nil, err
		}
	}
	return &Cluster{opts: opts, cfg: cfg, procs: map[string]*process{}, spawn: newSpawner()}, nil
}

// Config is what the cluster's file says.
func (c *Cluster) Config() *ini.Config { return c.cfg }

// ConfigPath is the absolute path of the cluster's file.
func (c *Cluster) ConfigPath() string { return c.cfg.File }

// Dir is the absolute path of the cluster's folder.
func (c *Cluster) Dir() string { return c.opts.Dir }

// Names lists the nodes.
func (c *Cluster) Names() []string { return c.cfg.Names() }

// Address is where a node takes clients.
func (c *Cluster) Address(name string) string {
	n := c.cfg.Node(name)
	return net.JoinHostPort(n.IPs[0], strconv.Itoa(n.ClientPort))
}

// ClientConfig is what a client needs to know.
func (c *Cluster) ClientConfig() client.Config {
	cfg := client.Config{Cluster: c.cfg.ClusterID}
	for _, name := range c.Names() {
		cfg.Nodes = append(cfg.Nodes, client.Node{Name: name, Addresses: []string{c.Address(name)}})
	}
	return cfg
}

// Close stops every process and waits for its end.
func (c *Cluster) Close() error {
	var wg sync.WaitGroup
	errs := make([]error, len(c.Names()))
	for i, name := range c.Names() {
		wg.Go(func() { errs[i] = c.Stop(name) })
	}
	wg.Wait()
	c.spawn.close()
	return errors.Join(errs...)
}
