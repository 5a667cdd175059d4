package realnet

import (
	"fmt"
	"log/slog"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// Config is everything that a Server needs to know. Start copies what it keeps.
type Config struct {
	ClusterID string
	Nodes     []Node // every node of the cluster, in any order
	Name      string // of this node; one of Nodes

	// Home is the node's directory, TLogDir the directory of its log: an absolute
	// path, or one relative to Home; empty: Home itself.
	Home    string
	TLogDir string
	// ArchiveDir is the directory of compressed segments, in the same way; empty:
	// where the log is.
	ArchiveDir string
	// StoreDir is the directory of the store, in the same way, and StoreFile its name
	// there; empty: NAME.db in Home.
	StoreDir  string
	StoreFile string
	// Disk is where log and store live; nil: the operating system's files below these
	// directories.
	Disk disk.Disk

	CacheBytes int64 // of the store's pages; 0: DefaultCache
	// The store is written to its pages after so many changed entries or bytes, or
	// after so much time with changes. The first two must be the same on every node.
	// 0: 1,048,576, 128 MiB, 30 s.
	CheckpointEntries int
	CheckpointBytes   int64
	CheckpointPeriod  time.Duration
	// So much log stays below the checkpoint: bytes (negative: 1 GiB), and entries.
	RetentionBytes   int64
	RetentionEntries uint64
	NoCompression    bool // old segments stay as they were written

	LeasePeriod      time.Duration // 0: core.DefaultLease
	BootstrapWithout []string      // voters to go on without at first boot (DESIGN 4.10)
	Rule             core.Rule     // how updates are counted; only the maker of a cluster reads it
	Master           string        // the only node that may lead; empty: any full voter
	Preferred        []string      // nodes that lead whenever they can
	StableFor        time.Duration // how long a preferred node must have been caught up; 0: two lease periods
	SegmentBytes     int64         // a log segment is rolled at this size; 0: 64 MiB
	SegmentEntries   int           // or at this many entries; 0: no such rule

	// ReadOnly refuses clients' updates, and answers every read from this node's own
	// state.
	ReadOnly bool

	Functions command.Functions // user functions, the same on every node
	Limits    Limits
	Log       *slog.Logger // nil: discarded

	// ClientListener, PeerListener and AdminListener are used instead of listening
	// on the node's own addresses; the Server closes them.
	ClientListener net.Listener
	PeerListener   net.Listener
	AdminListener  net.Listener
}

// Node is one node of the cluster file.
type Node struct {
	Name       string
	IPs        []string // it listens on each; peers try them in turn
	ClientPort int      // 0: any free port (this node only)
	PeerPort   int      // 0: any free port (this node only); Arakoon's messaging_port
	AdminPort  int      // 0: no admin listener
	AdminIP    string   // empty: 127.0.0.1
	Datacentre string
	Learner    bool // never votes
	Witness    bool // votes and keeps the log, serves no data
}

// Limits bound what a Server keeps in memory for others. Zero fields get the
// default.
type Limits struct {
	Connections   int // clients' connections at a time
	MailboxCalls  int // client calls waiting for the loop
	MailboxBytes  int // bytes of these calls, and bytes of peers' messages
	PeerQueue     int // bytes waiting to be sent to one peer
	PeerConnects  int // incoming peer connections at a time, before their handshake too
	ConnRequests  int // requests queued per client connection
	ConnBytes     int // bytes queued per client connection
	ClientStallMS int // ms until a client that takes no answer is disconnected
}

// DefaultCache is how much memory the pages of a store get, in bytes.
const DefaultCache = 512 << 20

// The defaults of Limits (DESIGN 10).
const (
	DefaultConnections  = 1024      // connections
	DefaultMailboxCalls = 1 << 16   // calls
	DefaultMailboxBytes = 256 << 20 // bytes
	DefaultPeerQueue    = 64 << 20  // bytes
	DefaultPeerConnects = 256       // connections
	DefaultConnRequests = 256       // requests
	DefaultConnBytes    = 64 << 20  // bytes
	DefaultClientStall  = 30_000    // milliseconds
)

func orDefault(v *int, d int) {
	if *v <= 0 {
		*v = d
	}
}

func orDefault64(v *int64, d int64) {
	if *v <= 0 {
		*v = d
	}
}

func (l *Limits) setDefaults() {
	orDefault(&l.Connections, DefaultConnections)
	orDefault(&l.MailboxCalls, DefaultMailboxCalls)
	orDefault(&l.MailboxBytes, DefaultMailboxBytes)
	orDefault(&l.PeerQueue, DefaultPeerQueue)
	orDefault(&l.PeerConnects, DefaultPeerConnects)
	orDefault(&l.ConnRequests, DefaultConnRequests)
	orDefault(&l.ConnBytes, DefaultConnBytes)
	orDefault(&l.ClientStallMS, DefaultClientStall)
}

// prepare fills in defaults, sorts the nodes by name, so that index is seat, and
// says what is wrong, if anything is.
func (c *Config) prepare() error {
	c.Limits.setDefaults()
	if c.LeasePeriod == 0 {
		c.LeasePeriod = core.DefaultLease
	}
	orDefault64(&c.CacheBytes, DefaultCache)
	if c.RetentionBytes < 0 {
		c.RetentionBytes = replica.DefaultRetentionBytes
	}
	if c.StoreFile == "" {
		c.StoreFile = c.Name + ".db"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Nodes = slices.Clone(c.Nodes)
	slices.SortFunc(c.Nodes, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	switch {
	case c.ClusterID == "":
		return fmt.Errorf("realnet: the cluster id is empty")
	case len(c.ClusterID) > maxName:
		return fmt.Errorf("realnet: the cluster id has %d bytes, at most %d are allowed", len(c.ClusterID), maxName)
	case c.Home == "" && c.Disk == nil:
		return fmt.Errorf("realnet: node %q has no home directory", c.Name)
	case c.self() < 0:
		return fmt.Errorf("realnet: node %q is not one of the cluster's nodes", c.Name)
	}
	for _, name := range append(slices.Clone(c.Preferred), c.Master) {
		if name != "" && !slices.ContainsFunc(c.Nodes, func(n Node) bool { return n.Name == name }) {
			return fmt.Errorf("realnet: node %q, which may or shall lead, is not one of the cluster's nodes", name)
		}
	}
	for i := range c.Nodes {
		if err := c.checkNode(&c.Nodes[i], i == c.self()); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkNode(n *Node, self bool) error {
	if n.Name == "" || len(n.Name) > maxName {
		return fmt.Errorf("realnet: node name %q has %d bytes, 1 to %d are allowed", n.Name, len(n.Name), maxName)
	}
	if len(n.IPs) == 0 {
		return fmt.Errorf("realnet: node %q has no ip", n.Name)
	}
	for _, p := range []int{n.ClientPort, n.PeerPort, n.AdminPort} {
		if p < 0 || p > 65535 {
			return fmt.Errorf("realnet: node %q has port %d", n.Name, p)
		}
	}
	if !self && n.PeerPort == 0 {
		return fmt.Errorf("realnet: node %q has no messaging port", n.Name)
	}
	return nil
}

// self is the own seat, -1 if the name is unknown.
func (c *Config) self() int {
	return slices.IndexFunc(c.Nodes, func(n Node) bool { return n.Name == c.Name })
}

// below is a directory of the configuration: dir itself, or below home.
func (c *Config) below(dir string) string {
	if path.IsAbs(dir) {
		return dir
	}
	return path.Join(c.Home, dir)
}

// logDisk is where the log lives.
func (c *Config) logDisk() (disk.Disk, error) {
	if c.Disk != nil {
		return c.Disk, nil
	}
	log, err := osdisk.New(c.below(c.TLogDir))
	if err != nil {
		return nil, fmt.Errorf("realnet: log directory: %w", err)
	}
	if c.ArchiveDir == "" || c.below(c.ArchiveDir) == c.below(c.TLogDir) {
		return log, nil
	}
	archive, err := osdisk.New(c.below(c.ArchiveDir))
	if err != nil {
		return nil, fmt.Errorf("realnet: directory of compressed segments: %w", err)
	}
	return &split{log, archive}, nil
}

// openStoreDisk is where the store lives, and the lock on it if its directory isn't
// the log's, which the log locks.
func (c *Config) openStoreDisk() (disk.Disk, disk.Unlocker, error) {
	if c.Disk != nil {
		return c.Disk, nil, nil
	}
	d, err := osdisk.New(c.below(c.StoreDir))
	if err != nil {
		return nil, nil, fmt.Errorf("realnet: directory of the store: %w", err)
	}
	if dir := c.below(c.StoreDir); dir == c.below(c.TLogDir) || dir == c.below(c.ArchiveDir) {
		return d, nil, nil
	}
	lock, err := d.Lock(".")
	return d, lock, err
}

// addresses are where one of a node's ports is listened on.
func (n *Node) addresses(port int) []string {
	var a []string
	for _, ip := range n.IPs {
		a = append(a, net.JoinHostPort(ip, strconv.Itoa(port)))
	}
	return a
}

// coreConfig is what the core is told of it.
func (c *Config) coreConfig(seed uint64) core.Config {
	cc := core.Config{ClusterID: c.ClusterID, Self: core.Seat(c.self()), LeasePeriod: c.LeasePeriod,
		Alpha: core.DefaultAlpha, Seed: seed, BootstrapWithout: c.BootstrapWithout, Rule: c.Rule, StableFor: c.StableFor}
	for i, n := range c.Nodes {
		if n.Name == c.Master {
			cc.Masters = cc.Masters.With(core.Seat(i))
		}
		if slices.Contains(c.Preferred, n.Name) {
			cc.Preferred = cc.Preferred.With(core.Seat(i))
		}
		cc.Seats = append(cc.Seats, core.SeatConfig{Name: n.Name, Datacentre: n.Datacentre, Learner: n.Learner, Witness: n.Witness})
	}
	return cc
}
