package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/sim"
)

func TestEachLieHasAPlaceInASampleAndChangesIt(t *testing.T) {
	runs, err := sample(1, 20)
	require.NoError(t, err)
	for _, c := range corruptions {
		lied, at, ok := c.of(runs)
		require.True(t, ok, c.name)
		require.Less(t, at, len(lied.Lines), c.name)
		var truth *sampled
		for _, r := range runs {
			if r.seed == lied.seed {
				truth = r
			}
		}
		require.NotEqual(t, inJSON(truth.Lines), inJSON(lied.Lines), c.name)
	}
}

func inJSON(lines []sim.SpecLine) string {
	var b strings.Builder
	for i := range lines {
		b.WriteString(lines[i].String() + "\n")
	}
	return b.String()
}

func TestRecordsAreTLA(t *testing.T) {
	l := sim.SpecLine{Action: "Master", Node: 2, Fields: []sim.SpecField{{Name: "b", Ints: []int{3}},
		{Name: "q", Ints: []int{1, 2}, List: true}, {Name: "vals", List: true}, {Name: "ph", Word: "m"}}}
	require.Equal(t, `[a |-> "Master", n |-> 2, b |-> 3, q |-> <<1,2>>, vals |-> <<>>, ph |-> "m"]`, record(&l))
}

func TestTheConfigurationHasTheConstantsOfTheRuns(t *testing.T) {
	cfg, err := os.ReadFile("../../tla/TLogCoreTrace.cfg")
	require.NoError(t, err)
	got := shape{nodes: 4, voters: 3}.config(string(cfg))
	for _, want := range []string{"  Node = {1, 2, 3, 4}\n", "  Voter = {1, 2, 3}\n", "  Crasher = {1, 2, 3, 4}\n", "  Standing = 3\n"} {
		require.Contains(t, got, want)
	}
}

// The number of states is a line's number in the batch, Resets included.
func TestARefusedLineIsFoundInItsRun(t *testing.T) {
	runs, err := sample(1, 2)
	require.NoError(t, err)
	b := batches(runs)[0]
	require.Contains(t, b.tell(len(runs[0].Lines)+1+1+4), "seed 2, line 4 ")
	require.Contains(t, b.tell(2), "seed 1, line 1 ")
}
