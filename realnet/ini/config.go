package ini

import (
	"log/slog"
	"time"
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
	LogDir        string // never empty
	LogSinks      []Sink
	LogLevel      slog.Level
	Learner       bool
	Datacentre    string
	Line          int // of the section
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

// Names lists the nodes.
func (c *Config) Names() []string {
	var names []string
	for _, n := range c.Nodes {
		names = append(names, n.Name)
	}
	return names
}
