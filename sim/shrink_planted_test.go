//go:build planted

package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// planted runs seeds with a planted bug until one fails of one of the checks.
func planted(t *testing.T, bug string) Recording {
	t.Helper()
	core.Unplant()
	require.NoError(t, core.Plant(bug))
	for seed := uint64(1); seed <= 3000; seed++ {
		if r := Run(seed); r.Failure != nil {
			return Recorded(&r)
		}
	}
	t.Fatalf("%s: no seed fails", bug)
	return Recording{}
}

// What is left of a failing run fails of the same check, is far smaller, and, with
// the same number of runs, is the same.
func TestShrinkKeepsTheFailure(t *testing.T) {
	defer core.Unplant()
	for _, bug := range []string{"vote-before-sync", "promise-not-persisted", "read-without-lease"} {
		rec := planted(t, bug)
		s, err := Shrink(rec, Budget{Runs: 150})
		require.NoError(t, err)
		require.Equal(t, rec.Check, s.Check)
		require.LessOrEqual(t, s.Runs, 150)
		require.Less(t, s.After.Decisions, s.Before.Decisions/4, "%s: %v", bug, s.After)
		r := s.Replay()
		require.NotNil(t, r.Failure)
		require.Equal(t, rec.Check, r.Failure.Check)
		require.Equal(t, s.After, Size{len(distinct(r.Decisions)), r.Stats.Events})
		again, err := Shrink(rec, Budget{Runs: 150})
		require.NoError(t, err)
		require.Equal(t, s, again)

		core.Unplant()
		r = s.Replay()
		require.Nil(t, r.Failure, "without the bug nothing of it fails")
		_, err = Shrink(s.Recording, Budget{})
		require.ErrorContains(t, err, "does not fail")
	}
}

// Nothing can be taken away from what is called minimal.
func TestShrunkIsMinimal(t *testing.T) {
	defer core.Unplant()
	s, err := Shrink(planted(t, "vote-before-sync"), Budget{})
	require.NoError(t, err)
	require.True(t, s.Minimal)
	for i := range s.Decisions {
		less := s.Recording
		less.Decisions = append(append([]Decision{}, s.Decisions[:i]...), s.Decisions[i+1:]...)
		r := less.Replay()
		require.True(t, r.Failure == nil || r.Failure.Check != s.Check, "without %v", s.Decisions[i])
	}
}

// Most schedules of planted bugs still show them. A change of the protocol may shift
// what a schedule is about; when too many are blind, shrink them anew.
func TestSchedulesStillShowPlantedBugs(t *testing.T) {
	defer core.Unplant()
	all, blind := 0, []string{}
	for _, file := range schedules(t) {
		rec := readSchedule(t, file)
		if rec.Plant == "" {
			continue
		}
		core.Unplant()
		require.NoError(t, core.Plant(rec.Plant))
		all++
		w := rec.World()
		w.GoOn() // K19 may be the first to see it
		if !w.Run().Fired(rec.Check) {
			blind = append(blind, file)
		}
	}
	require.GreaterOrEqual(t, all, 8)
	require.Less(t, len(blind), all/2, "%v", blind)
}
