package explore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// walk explores to the end, or to the first broken rule.
func walk(t *testing.T, bounds string) *Explorer {
	t.Helper()
	b, err := ParseBounds(DefaultBounds(), bounds)
	require.NoError(t, err)
	e, err := New(b)
	require.NoError(t, err)
	for e.Explore(1 << 20) {
		require.Less(t, e.Figures().Distinct, uint64(1<<20), "too many worlds for a test")
	}
	return e
}

// The counts are exact: a change of the protocol, of what is atomic or of what is
// left out changes them, and whoever makes it says why.
func TestSmallSpacesHaveExactlySoManyWorlds(t *testing.T) {
	for _, c := range []struct {
		bounds      string
		worlds      uint64
		transitions uint64
		depth       int
	}{
		{"nodes=2,values=0,crashes=0", 27, 32, 11},
		{"nodes=2,values=1,crashes=1", 379, 800, 19},
		{"ballots=1,values=0,crashes=0", 514, 1146, 16},
		{"ballots=1,values=0,crashes=1", 4093, 11274, 17},
		{"ballots=1,values=1,crashes=0", 12646, 41058, 26},
		{"ballots=1,values=0,crashes=0,alarms=1,hints=1", 7525, 28311, 22},
		{"ballots=2,values=0,crashes=0,slow=0", 54322, 130488, 24},
		{"nodes=2,ballots=1,values=0,crashes=0,handovers=1,rounds=1,alarms=0", 391, 914, 19},
	} {
		e := walk(t, c.bounds)
		require.Nil(t, e.Found(), "%s: %+v %v", c.bounds, e.Found(), e.Path())
		require.True(t, e.Exhausted())
		f := e.Figures()
		require.Equal(t, c.worlds, f.Distinct, c.bounds)
		require.Equal(t, c.transitions, f.Transitions, c.bounds)
		require.Equal(t, c.depth, f.Depth, c.bounds)
	}
}
