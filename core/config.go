package core

import (
	"fmt"
	"time"
)

// Defaults and limits of the protocol (DESIGN 10).
const (
	DefaultLease  = 10 * time.Second
	MinLease      = 100 * time.Millisecond
	MaxLease      = time.Hour
	DefaultAlpha  = 16 // instances past the commit index
	DefaultWindow = 2  // instances in flight at least; adapts up to MaxWindow
	MaxWindow     = 8
	// CommitNotice is how long a commit index waits for a message to ride on.
	CommitNotice = 5 * time.Millisecond
)

// Drift is how much either clock may err over one period: 2 % (DESIGN 4.6).
func Drift(period time.Duration) time.Duration { return period / 50 }

// Config is what a node is told at its start. It never changes afterwards.
type Config struct {
	ClusterID   string
	Seats       []SeatConfig // every configured node, ascending by name
	Self        Seat
	Incarnation Incarnation // of this node's TLog directory
	// NewCluster is a fresh random incarnation, used only if this node makes the
	// genesis.
	NewCluster  Incarnation
	LeasePeriod time.Duration
	Alpha       uint32 // used only in a genesis that this node makes
	Seed        uint64 // of the jitter; nothing safe depends on it
	// BootstrapWithout names voters to go on without at first boot.
	BootstrapWithout []string
	// Rule is how updates are counted; only a genesis that this node makes takes it
	// from here.
	Rule Rule
	// Masters are the only seats that may lead; none: any that may stand.
	Masters SeatSet
	// Preferred seats lead whenever one of them is caught up and has been so for
	// StableFor (0: two lease periods).
	Preferred SeatSet
	StableFor time.Duration
}

// Rule says which votes make an update chosen.
type Rule uint8

// The rules (DESIGN 4.8).
const (
	RuleMajority Rule = iota
	RuleLocality      // a majority, and one voter of every datacentre
)

// String returns the name as the configuration file has it.
func (r Rule) String() string {
	if r == RuleLocality {
		return "locality"
	}
	return "majority"
}

// SeatConfig is one node of the configuration file.
type SeatConfig struct {
	Name       string
	Datacentre string
	Learner    bool // never votes
	Witness    bool // votes and keeps the log, serves no data, never stands
}

// Validate says what is wrong with the configuration, if anything is.
func (c *Config) Validate() error {
	switch {
	case len(c.Seats) == 0 || len(c.Seats) > MaxSeats:
		return fmt.Errorf("core: %d nodes configured, 1 to %d allowed", len(c.Seats), MaxSeats)
	case int(c.Self) >= len(c.Seats):
		return fmt.Errorf("core: own seat %d of %d", c.Self, len(c.Seats))
	case c.Incarnation.IsZero():
		return fmt.Errorf("core: the TLog directory has no incarnation")
	case c.LeasePeriod < MinLease || c.LeasePeriod > MaxLease:
		return fmt.Errorf("core: lease period %v, allowed are %v to %v", c.LeasePeriod, MinLease, MaxLease)
	}
	for i := 1; i < len(c.Seats); i++ {
		if c.Seats[i].Name <= c.Seats[i-1].Name {
			return fmt.Errorf("core: nodes %q and %q are not in ascending order", c.Seats[i-1].Name, c.Seats[i].Name)
		}
	}
	if c.voters() == 0 {
		return fmt.Errorf("core: no voter among the configured nodes")
	}
	if c.standers(c.voters()) == 0 {
		return fmt.Errorf("core: no node could ever be master: witnesses and learners can't, nor can who is not listed as master")
	}
	return c.validateRule()
}

// voters returns the seats that the configuration file wants as voters.
func (c *Config) voters() SeatSet {
	var s SeatSet
	for i, seat := range c.Seats {
		if !seat.Learner {
			s = s.With(Seat(i))
		}
	}
	return s
}
