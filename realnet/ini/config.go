package ini

import (
	"log/slog"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// Config is what a file says, as far as this server honours it. Paths are as in
// the file: a relative one counts from the working directory.
type Config struct {
	File           string
	ClusterID      string
	LeasePeriod    time.Duration
	TLogMaxEntries int    // 0: no such rule
	TLogMaxSize    int64  // bytes; 0: the server's default
	Nodes          []Node // the voters in the order of the file, then the learners

	Rule      core.Rule // how updates are counted
	Master    string    // the only node that may lead; "": any
	Preferred []string  // nodes that lead when they can
	// StableFor is how long a preferred node must have been caught up; 0: the
	// server's default.
	StableFor time.Duration
	ReadOnly  bool // updates are refused, every node answers every read

	// 0 means the server's default.
	CheckpointEntries int
	CheckpointBytes   int64
	CheckpointPeriod  time.Duration

	Retention        int64 // bytes of log below the checkpoint; -1: the server's default
	RetentionEntries uint64
}

// Node is one node's section.
type Node struct {
	Name          string
	IPs           []string
	ClientPort    int
	MessagingPort int
	AdminPort     int    // 0: no admin listener
	AdminIP       string // "": 127.0.0.1
	Home          string
	TLogDir       string // never empty
	TLXDir        string // of compressed segments; never empty
	HeadDir       string // of a witness's tree; never empty
	LogDir        string // never empty
	LogSinks      []Sink
	LogLevel      slog.Level
	Learner       bool
	Witness       bool
	Datacentre    string
	StoreCache    int64 // bytes; 0: the server's default
	NoCompression bool  // segments stay as they were written
	Line          int   // of the section
}

// Sink is where log lines go: to a file, or to the console.
type Sink struct {
	Console bool
	Path    string
}

// Levels of Arakoon that log/slog lacks.
const (
	LevelNotice = slog.Level(2)
	LevelFatal  = slog.Level(12)
)

// Node returns the node of that name; nil if there is none.
func (c *Config) Node(name string) *Node {
	for i := range c.Nodes {
		if c.Nodes[i].Name == name {
			return &c.Nodes[i]
		}
	}
	return nil
}

// AdminHost is the address of the admin listener.
func (n *Node) AdminHost() string {
	if n.AdminIP == "" {
		return "127.0.0.1"
	}
	return n.AdminIP
}

// StoreDir and StoreFile are where the node's tree lies: NODE.db in home, or of a
// witness, which serves no data, head.db in head_dir.
func (n *Node) StoreDir() string {
	if n.Witness {
		return n.HeadDir
	}
	return n.Home
}

// StoreFile is the name of the tree in StoreDir.
func (n *Node) StoreFile() string {
	if n.Witness {
		return "head.db"
	}
	return n.Name + ".db"
}

// Voter reports whether the node votes.
func (n *Node) Voter() bool { return !n.Learner }

// Names lists the nodes.
func (c *Config) Names() []string {
	var names []string
	for _, n := range c.Nodes {
		names = append(names, n.Name)
	}
	return names
}
