package spec

// Model is a bounded model, and what TLC says of it (tla/README.md).
type Model struct {
	Name   string
	Config Config
	States int  // distinct
	Depth  int  // 0: not recorded
	Quick  bool // small enough for every test run
}

// base is what the models share: three voters, two ballots.
func base(change func(*Config)) Config {
	c := Config{Nodes: 3, Voters: 0b111, Standing: 2, MaxBallot: 2, MaxInst: 1, Window: 1, HoleFree: true}
	change(&c)
	return c
}

// Models are the models of tla/models that this package is compared with TLC on.
var Models = []Model{
	{Name: "MCtiny", States: 8_274, Quick: true, Config: base(func(c *Config) {
		c.Crashers, c.SplitSync, c.MaxCrash = 0b100, true, 1
	})},
	{Name: "MCcore", States: 44_445, Config: base(func(c *Config) { c.MaxInst, c.Window = 2, 2 })},
	{Name: "MChole", States: 60_896, Config: base(func(c *Config) { c.MaxInst, c.Window, c.HoleFree = 2, 2, false })},
	{Name: "MCsnap", States: 71_181, Config: base(func(c *Config) {
		c.Crashers, c.SplitSync, c.MaxCrash, c.MaxSnap = 0b001, true, 1, 2
	})},
	{Name: "MClease0", States: 175_988, Config: base(func(c *Config) {
		c.LeaseM, c.LeaseA, c.Drift, c.MaxRound = 1, 3, 1, 1
	})},
}
