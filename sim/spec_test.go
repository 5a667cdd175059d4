package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sample of traces must have what traces are there to check; TLC checks the rest
// (make tla-traces).
func TestSpecTracesTellWhatHappened(t *testing.T) {
	var all SpecRun
	names := map[string]int{}
	for seed := range uint64(40) {
		w := New(seed, SpecOptions(seed), NewRandom(seed))
		trace := w.RecordSpec()
		r := w.Run()
		require.Nil(t, r.Failure, "seed %d", seed)
		run, err := trace.Lines()
		require.NoError(t, err, "seed %d", seed)
		require.LessOrEqual(t, run.Instances, 100)
		all.Crashes += run.Crashes
		all.Elections += run.Elections
		all.HandOvers += run.HandOvers
		all.Installs += run.Installs
		for i := range run.Lines {
			names[run.Lines[i].Action]++
		}
	}
	require.Greater(t, all.Crashes, 40)
	require.Greater(t, all.Elections, 40)
	require.Greater(t, all.HandOvers, 4)
	require.Greater(t, all.Installs, 2)
	for _, a := range strings.Fields("Hand Sync Start Promise Master Propose Accept Commit Learn Follow GiveUp HandOver Release Take Install Collapse Crash LeaseReq Grant Hold Read Tick") {
		require.Positive(t, names[a], a)
	}
}

// Recording must not change the run.
func TestSpecTraceChangesNothing(t *testing.T) {
	plain := New(7, SpecOptions(7), NewRandom(7)).Run()
	w := New(7, SpecOptions(7), NewRandom(7))
	w.RecordSpec()
	require.Equal(t, plain.Hash, w.Run().Hash)
}

func TestSpecLineIsJSON(t *testing.T) {
	l := SpecLine{Action: "Master", Node: 2}
	l.num("b", 3)
	l.list("q", []int{1, 2})
	l.list("vals", nil)
	l.word("ph", "m")
	require.Equal(t, `{"a":"Master","n":2,"b":3,"q":[1,2],"vals":[],"ph":"m"}`, l.String())
}
