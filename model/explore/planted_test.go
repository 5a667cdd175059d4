//go:build planted

package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// Weakened rules are found within small bounds, by the check that is about them, on
// the shortest path; and the path, written and read, shows them again.
func TestPlantedBugsHaveShortestPaths(t *testing.T) {
	defer core.Unplant()
	for _, c := range []struct {
		bug, bounds, check string
		steps              int
	}{
		{"promise-not-persisted", "", "durable", 2},
		{"vote-before-sync", "", "durable", 2},
		{"entry-durable-early", "", "commit", 17},
		{"ballot-reused", "", "one-value", 14},
		{"promise-drops-last", "ballots=2,slow=0,crashes=0,catchup=0,standers=2", "promise", 7},
		{"accept-ignores-promise", "ballots=2,slow=0,crashes=0,catchup=0,standers=2", "promise", 8},
		{"ballots-not-unique", "ballots=2,slow=0,crashes=0,catchup=0,standers=2", "durable", 5},
	} {
		core.Unplant()
		require.NoError(t, core.Plant(c.bug))
		e := walk(t, c.bounds)
		require.NotNil(t, e.Found(), c.bug)
		require.Equal(t, c.check, e.Found().Check, "%s: %s", c.bug, e.Found().Text)
		require.Len(t, e.Path(), c.steps, "%s: %v", c.bug, e.Path())

		f, err := ReadPath(e.Text(c.bug))
		require.NoError(t, err)
		require.Equal(t, c.bug, f.Plant)
		again, err := New(f.Bounds)
		require.NoError(t, err)
		shown, err := again.Replay(f.Steps)
		require.NoError(t, err)
		require.NotNil(t, shown, c.bug)
		require.Equal(t, c.check, shown.Check)

		core.Unplant()
		again, err = New(f.Bounds)
		require.NoError(t, err)
		shown, _ = again.Replay(f.Steps) // without the bug most paths can't be taken to their end
		require.Nil(t, shown, c.bug)
	}
}
