package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptionsTextRoundTrips(t *testing.T) {
	for seed := range uint64(300) {
		o := Swarm(seed)
		got, err := ParseOptions(Calm(), o.String())
		require.NoError(t, err, "seed %d: %s", seed, o)
		require.Equal(t, o, got, "seed %d", seed)
	}
}

func TestOptionsSayWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"nodes=0":       "from 1 to 7",
		"nodes=x":       "from 1 to 7",
		"lose=1000001":  "from 0 to 1000000",
		"delay=light":   "local, lan, wan, late",
		"faults=a+b":    `"a" is none of crash+power`,
		"lease=1":       "100ms to 1h",
		"fifo=perhaps":  "true or false",
		"speed=1":       `no option is named "speed"`,
		"nodes=3, x=y":  `no option is named "x"`,
		"rate=-5":       "from 0",
		"faults=crash+": `"" is none of`,
	} {
		_, err := ParseOptions(Calm(), text)
		require.ErrorContains(t, err, want, text)
	}
	o, err := ParseOptions(Calm(), " nodes=5 , faults=none,")
	require.NoError(t, err)
	require.Equal(t, 5, o.Nodes)
	require.Zero(t, o.Faults)
}

// The swarm reaches both ends of every option: a fault that no seed draws would
// be tested by nobody.
func TestSwarmReachesEverything(t *testing.T) {
	var all FaultSet
	seen := map[string]map[string]bool{}
	for seed := range uint64(500) {
		o := Swarm(seed)
		all |= o.Faults
		for _, f := range fields {
			if seen[f.name] == nil {
				seen[f.name] = map[string]bool{}
			}
			seen[f.name][f.print(&o)] = true
		}
		require.LessOrEqual(t, o.Rate, 19_600, "seed %d: clocks must stay within the declared drift", seed)
	}
	require.Equal(t, FaultSet(1<<slotFaults)-1, all)
	require.Equal(t, map[string]bool{"false": true}, seen["drift"], "clocks beyond their bound are a control, with other expectations")
	delete(seen, "drift")
	for name, values := range seen {
		require.Greater(t, len(values), 1, "option %s never varies", name)
	}
}
