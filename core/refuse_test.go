package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfig_WhatCannotRunIsRefusedByName(t *testing.T) {
	cases := []struct {
		want  string
		spoil func(*Config)
	}{
		{"", func(*Config) {}},
		{"0 nodes configured", func(c *Config) { c.Seats = nil }},
		{"65 nodes configured", func(c *Config) { c.Seats = make([]SeatConfig, MaxSeats+1) }},
		{"own seat 3 of 3", func(c *Config) { c.Self = 3 }},
		{"no incarnation", func(c *Config) { c.Incarnation = Incarnation{} }},
		{"lease period 99ms", func(c *Config) { c.LeasePeriod = MinLease - time.Millisecond }},
		{"lease period 1h0m1s", func(c *Config) { c.LeasePeriod = MaxLease + time.Second }},
		{`"n0" and "n0" are not in ascending order`, func(c *Config) { c.Seats[1].Name = "n0" }},
		{"no voter", func(c *Config) {
			for k := range c.Seats {
				c.Seats[k].Learner = true
			}
		}},
	}
	for _, c := range cases {
		cfg := soloConfig()
		cfg.Seats = append([]SeatConfig(nil), cfg.Seats...)
		c.spoil(&cfg)
		if err := cfg.Validate(); c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
	require.Equal(t, "majority", RuleMajority.String())
	require.Equal(t, "locality", RuleLocality.String())
}

// A genesis that could not have been made is not acted on, whoever sends it.
func TestGenesis_WhatNoClusterCouldHaveMadeIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Genesis){ // every case stands alone
		"no voters":     func(g *Genesis) { g.Voters = nil },
		"no cluster":    func(g *Genesis) { g.Cluster = Incarnation{} },
		"no window":     func(g *Genesis) { g.Alpha = 0 },
		"quorum rule 2": func(g *Genesis) { g.Rule = RuleLocality + 1 },
		"seat 64":       func(g *Genesis) { g.Voters[1].Seat = MaxSeats },
		"member 0":      func(g *Genesis) { g.Voters[1].Member = 0 },
		"out of order":  func(g *Genesis) { g.Voters[1].Seat = g.Voters[0].Seat },
		"65 voters":     func(g *Genesis) { g.Voters = make([]Voter, MaxSeats+1) },
	} {
		g := sampleGenesis()
		spoil(g)
		_, err := DecodeGenesis(EncodeGenesis(nil, g))
		require.ErrorIs(t, err, errGenesis, want)
		require.ErrorContains(t, err, want)

		env := Envelope{Msg: &Identity{Genesis: g}}
		_, err = DecodeEnvelope(AppendEnvelope(nil, &env))
		require.ErrorIs(t, err, ErrEnvelope, want)
	}
}

func TestIdentity_ALogOfAnotherClusterDoesNotStart(t *testing.T) {
	for want, spoil := range map[string]func(*Genesis, *Config){ // every case stands alone
		`belongs to cluster "other"`:               func(g *Genesis, _ *Config) { g.ClusterID = "other" },
		`voter "n9" in seat 1`:                     func(g *Genesis, _ *Config) { g.Voters[1].Name = "n9" },
		`voter "n2" in seat 2`:                     func(_ *Genesis, c *Config) { c.Seats = c.Seats[:2] },
		"the configuration lists":                  func(_ *Genesis, c *Config) { c.Seats[2].Learner = true },
		`no node is called "n7" in the configurat`: func(_ *Genesis, c *Config) { c.BootstrapWithout = []string{"n7"} },
	} {
		g, cfg := soloGenesis(), soloConfig()
		cfg.Seats = append([]SeatConfig(nil), cfg.Seats...)
		spoil(g, &cfg)
		_, err := New(cfg, Restored{Genesis: g, Adopted: 0b111}, 1000)
		require.ErrorContains(t, err, want)
	}
}

func TestValue_ForeignBytesAreNoValue(t *testing.T) {
	for want, v := range map[string]Value{ // every case stands alone
		"empty":                      {},
		"kind 99":                    {99},
		"barrier of 2":               {KindBarrier, 0},
		"freeze point of 1 bytes":    {KindCheckpoint},
		"setting of":                 append(Value{KindLocality}, make([]byte, MaxSettingBytes+1)...),
		"batch of 3 bytes":           {KindBatch, 1, 0, 0},
		"2 updates in 4":             {KindBatch, 2, 0, 0, 0, 0, 0, 0, 0},
		"update of 5 bytes, 1 left":  {KindBatch, 1, 0, 0, 0, 5, 0, 0, 0, 'x'},
		"update cut short":           {KindBatch, 2, 0, 0, 0, 3, 0, 0, 0, 'x', 'y', 'z', 0},
		"1 bytes behind the batch":   {KindBatch, 1, 0, 0, 0, 0, 0, 0, 0, 'x'},
		"4294967295 updates in 8 by": {KindBatch, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		_, err := v.Updates()
		require.ErrorIs(t, err, errValue, want)
		require.ErrorContains(t, err, want)
	}
}

// A count or a length of a message is judged before anything is made for it.
func TestEnvelope_CountsBeyondTheLimitAreRefused(t *testing.T) {
	for name, msg := range map[string]Message{ // every case stands alone
		"marks":   &HeartbeatReply{Marks: make([]Mark, maxMarks+1)},
		"reports": &Heartbeat{Period: time.Second, Marks: make([]MarkReport, maxMarks+1)},
		"value":   &Accept{First: 1, Values: []Value{make(Value, MaxValueBytes+1)}},
	} {
		env := Envelope{Msg: msg}
		_, err := DecodeEnvelope(AppendEnvelope(nil, &env))
		require.ErrorIs(t, err, ErrEnvelope, name)
	}
	blank := AppendEnvelope(nil, &Envelope{Msg: &Identity{}})
	blank = append(blank[:len(blank)-4], 0xff, 0xff, 0xff, 0x7f) // the length of its genesis
	_, err := DecodeEnvelope(blank)
	require.ErrorIs(t, err, ErrEnvelope)
}

func TestVerdict_HasTheNamesOfTheStatus(t *testing.T) {
	require.Equal(t, "none diverged unverified",
		VerdictNone.String()+" "+VerdictDiverged.String()+" "+VerdictUnverified.String())
}

// A word of the operator that leaves no majority founds nothing: the others could
// have done the same without this node (DESIGN 4.10).
func TestGenesis_NoneWithoutAMajorityWhateverTheOperatorWaives(t *testing.T) {
	for _, c := range []struct {
		without []string
		founded bool
	}{{[]string{"n1", "n2"}, false}, {[]string{"n2"}, true}} {
		cfg := soloConfig()
		cfg.NewCluster, cfg.Alpha = Incarnation{7}, DefaultAlpha
		n, err := New(cfg, Restored{}, 1000)
		require.NoError(t, err)
		n.Step(2000, BootstrapWithout{Names: c.without})
		n.Step(3000, Deliver{Envelope{From: 1, To: 0, FromInc: Incarnation{2}, ToInc: Incarnation{1}, Msg: &Identity{Blank: true, Voters: n.voterHash()}}})
		require.Equal(t, c.founded, n.id.genesis != nil || n.id.pending != nil, "%v", c.without)
	}
}
