package spec

import (
	"fmt"
	"strings"
)

// Model is a bounded model, and what TLC says of it (tla/README.md).
type Model struct {
	Name   string
	Config Config
	States int  // distinct
	Steps  int  // taken from all of them; 0: not recorded
	Quick  bool // small enough for every test run
}

// base is what the models share: three voters, two ballots.
func base(change func(*Config)) Config {
	c := Config{Nodes: 3, Voters: 0b111, Standing: 2, MaxBallot: 2, MaxInst: 1, Window: 1, HoleFree: true}
	change(&c)
	return c
}

// Models are those on which this package is compared with TLC: the MC ones stand in
// tla/models, the OR ones are smaller, so that every test run can walk them.
var Models = []Model{
	{Name: "ORlease", States: 4_107, Steps: 10_061, Quick: true, Config: base(func(c *Config) {
		c.Nodes, c.Voters, c.Crashers, c.SplitSync, c.MaxCrash = 2, 0b11, 0b10, true, 1
		c.LeaseM, c.LeaseA, c.Drift, c.MaxRound = 1, 3, 1, 1
	})},
	{Name: "ORsnap", States: 3_259, Steps: 6_360, Quick: true, Config: base(func(c *Config) {
		c.Nodes, c.Voters, c.Crashers, c.SplitSync, c.MaxCrash, c.MaxSnap, c.MaxInst, c.Window = 2, 0b11, 0b01, true, 1, 1, 2, 1
	})},
	{Name: "ORgrant", States: 7_814, Steps: 37_145, Quick: true, Config: base(func(c *Config) {
		c.MaxBallot, c.Standing, c.Crashers, c.SplitSync, c.MaxCrash = 1, 1, 0b100, true, 1
		c.LeaseM, c.LeaseA, c.Drift, c.MaxRound = 1, 3, 1, 1
	})},
	{Name: "ORzone", States: 297, Steps: 1_258, Quick: true, Config: base(func(c *Config) {
		c.Nodes, c.Zones, c.MaxBallot, c.Standing = 4, []Set{0b010, 0b101}, 1, 1
	})},
	{Name: "MCtiny", States: 8_274, Steps: 27_618, Quick: true, Config: base(func(c *Config) {
		c.Crashers, c.SplitSync, c.MaxCrash = 0b100, true, 1
	})},
	{Name: "MCcore", States: 44_445, Steps: 155_554, Quick: true, Config: base(func(c *Config) { c.MaxInst, c.Window = 2, 2 })},
	{Name: "MChole", States: 60_896, Config: base(func(c *Config) { c.MaxInst, c.Window, c.HoleFree = 2, 2, false })},
	{Name: "MCsnap", States: 71_181, Config: base(func(c *Config) {
		c.Crashers, c.SplitSync, c.MaxCrash, c.MaxSnap = 0b001, true, 1, 2
	})},
	{Name: "MClease0", States: 175_988, Config: base(func(c *Config) {
		c.LeaseM, c.LeaseA, c.Drift, c.MaxRound = 1, 3, 1, 1
	})},
}

// TLC returns the model as TLC's configuration file, without invariants.
func (c *Config) TLC() string {
	zones := make([]string, len(c.Zones))
	for k, z := range c.Zones {
		zones[k] = c.nodeSet(z)
	}
	nodes := Set(1)<<c.Nodes - 1
	return fmt.Sprintf(`SPECIFICATION Spec
CHECK_DEADLOCK FALSE
CONSTANTS
  Node = %s
  Voter = %s
  Zones = %s
  MaxBallot = %d
  Standing = %d
  MaxInst = %d
  Window = %d
  Crasher = %s
  SplitSync = %s
  HoleFree = %s
  MaxCrash = %d
  MaxSnap = %d
  LeaseM = %d
  LeaseA = %d
  Drift = %d
  MaxRound = %d
  Bug = {}
`, c.nodeSet(nodes), c.nodeSet(c.Voters), "{"+strings.Join(zones, ", ")+"}", c.MaxBallot, c.Standing, c.MaxInst, c.Window,
		c.nodeSet(c.Crashers), truth(c.SplitSync), truth(c.HoleFree), c.MaxCrash, c.MaxSnap, c.LeaseM, c.LeaseA, c.Drift, c.MaxRound)
}

func (c *Config) nodeSet(s Set) string {
	var names []string
	for n := range c.Nodes {
		if s.Has(n) {
			names = append(names, fmt.Sprint(n+1))
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

func truth(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }
