package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each guard that only runs have refuses something that nothing else refuses. Those of
// bounded models are noticed by their graphs: arakoon-sim checks --guards.
func TestEveryGuardOfRunsIsNoticed(t *testing.T) {
	for _, act := range actions {
		for k := range act.guards {
			if g := &act.guards[k]; g.only == inRuns || act.all == nil {
				require.True(t, refused(act, g), "%s.%s", act.Name, g.name)
			}
		}
	}
}

func TestEveryRefusalIsOfAGuard(t *testing.T) {
	names := Guards()
	for _, r := range refusals {
		require.Contains(t, names, r.act.Name+"."+r.guard)
	}
}

// A smallest model notices what its graph rests on.
func TestGraphsNoticeAGuardLess(t *testing.T) {
	for _, m := range Models {
		if m.Name == "ORlease" {
			for k := range acceptGuards {
				if g := &acceptGuards[k]; g.name == "ballot" {
					require.True(t, m.differs(g.id))
				}
			}
			require.False(t, m.differs(0))
		}
	}
}
