package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func TestLocalityExcusesWhatAMajorityWaives(t *testing.T) {
	l, g := sites()
	waive := core.SettingValue(core.Setting{Serial: 1, Waived: []string{"dc1"}})
	restore := core.SettingValue(core.Setting{Serial: 2})
	put := func(i core.Instance, v core.Value, seats ...core.Seat) {
		for _, seat := range seats {
			g.note(i, digestOf(v), v)
			require.Nil(t, g.record(seat, i, ballot(1, 1), digestOf(v)))
		}
	}
	put(1, core.Value("x"), 0, 2)
	put(2, waive, 0, 2)
	require.Nil(t, l.acknowledged(0, 2))
	put(3, core.Value("y"), 0, 2)
	require.Nil(t, l.acknowledged(0, 3))
	put(4, restore, 0, 2)
	put(5, core.Value("z"), 0, 2)
	v := l.acknowledged(0, 5)
	require.NotNil(t, v)
	require.Contains(t, v.text, "instance 4")
	l.opts.Rule = "majority"
	require.Nil(t, l.acknowledged(0, 5))
}

// Whatever the swarm draws, core accepts, and no seed can lose what it needs.
func TestSwarmedRolesAreValid(t *testing.T) {
	for seed := range uint64(3000) {
		o := Swarm(seed)
		w := newWorld(seed, o, Schedule(nil))
		cfg := w.nodes[0].config().Core
		cfg.Incarnation = core.Incarnation{1}
		require.NoError(t, cfg.Validate(), "seed %d", seed)
		require.True(t, o.viable(0), "seed %d", seed)
		require.False(t, o.viable(o.voters()), "seed %d", seed)
	}
}

func TestStandersAreVotersThatServeDataAndAreAllowedTo(t *testing.T) {
	o := Options{Nodes: 5, Learners: 0b10000, Witnesses: 0b00010}
	require.Equal(t, core.SeatSet(0b01101), o.standers())
	o.Masters = 0b10110
	require.Equal(t, core.SeatSet(0b00100), o.standers())
	require.True(t, o.viable(0b00001))
	require.False(t, o.viable(0b00100), "nobody may lead")
	require.False(t, o.viable(0b01011), "no majority")
	o = Options{Nodes: 3, Datacentres: 2, Rule: "locality"}
	require.True(t, o.viable(0b100))
	require.False(t, o.viable(0b010), "dc1 is gone")
}
