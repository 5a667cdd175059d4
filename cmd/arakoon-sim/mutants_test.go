package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/sim"
)

// Two checks that fire together have no bug of their own, whichever came first; a
// bug that only one sees is its own.
func TestCheckAblation(t *testing.T) {
	m := mutants{results: resultsOf(t,
		campaign{Bug: "a", Seeds: 3, Seed: 3, Check: "K1", Also: []string{"K9"}},
		campaign{Bug: "a", Number: 1, Seeds: 5, Seed: 7, Check: "K9"},
		campaign{Bug: "b", Seeds: 2, Seed: 9, Check: "K9"},
		campaign{Bug: "c", Seeds: 900},
	)}
	page := m.checkAblation([]bug{{Name: "a"}, {Name: "b"}, {Name: "c"}})
	require.Contains(t, page, "| K1 | 1 | 1 | **none** |")
	require.Contains(t, page, "| K9 | 2 | 1 | b |")
}

func TestMedianCountsWhatFoundNothingLast(t *testing.T) {
	m := mutants{results: resultsOf(t,
		campaign{Bug: "a", Seeds: 10},
		campaign{Bug: "a", Number: 1, Seeds: 50, Check: "K1"},
		campaign{Bug: "a", Number: 2, Seeds: 40, Check: "K3"},
	)}
	f := m.sum(bug{Name: "a"})
	require.Equal(t, 2, f.found)
	require.Equal(t, "50", f.seeds())
}

// What the file has isn't run again; what found nothing in less time goes on.
func TestResultsAreResumed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	r, err := openResults(file)
	require.NoError(t, err)
	require.NoError(t, r.put(campaign{Bug: "a", Seeds: 10, Seconds: 20}))
	require.NoError(t, r.put(campaign{Bug: "a", Seeds: 30, Seconds: 60}))
	require.NoError(t, r.put(campaign{Bug: "b", Seeds: 3, Seconds: 1, Check: "K1"}))
	r.close()
	r, err = openResults(file)
	require.NoError(t, err)
	defer r.close()
	m := mutants{results: r}
	_, open := m.open(bug{Name: "a"}, 0, 60e9)
	require.False(t, open)
	more, open := m.open(bug{Name: "a"}, 0, 90e9)
	require.True(t, open)
	require.Equal(t, 30, more.done.Seeds)
	require.Equal(t, 30e9, float64(more.span))
	_, open = m.open(bug{Name: "b"}, 0, 90e9)
	require.False(t, open)
	_, open = m.open(bug{Name: "never seen", Unseen: "because"}, 0, 90e9)
	require.False(t, open)
}

// Every class of faults is in the table, and one that no bug needs is named.
func TestFaultAblation(t *testing.T) {
	m := mutants{results: resultsOf(t,
		campaign{Bug: without("a", sim.FaultCrash), Seeds: ablationSeeds},
		campaign{Bug: without("a", sim.FaultLose), Seeds: 4, Check: "K1"},
	)}
	page := m.faultAblation([]bug{{Name: "a"}})
	require.Contains(t, page, "| crash | a (200 seeds) | 0 |")
	require.Contains(t, page, "| lose | **no bug** | 1 |")
	for _, f := range sim.Faults() {
		require.Contains(t, page, "| "+f.String()+" |")
	}
}

// A campaign without a bug finds nothing, and says so in one line.
func TestCampaignPrintsOneLine(t *testing.T) {
	code, out, _ := call(t, "mutants", "campaign", "--from", "1", "--seeds", "2", "--without", "lose")
	require.Zero(t, code)
	require.Equal(t, 1, bytes.Count([]byte(out), []byte("\n")))
	require.Contains(t, out, `"seeds":2`)
}

func resultsOf(t *testing.T, all ...campaign) *results {
	r, err := openResults(filepath.Join(t.TempDir(), "results"))
	require.NoError(t, err)
	t.Cleanup(r.close)
	for _, c := range all {
		require.NoError(t, r.put(c))
	}
	return r
}
