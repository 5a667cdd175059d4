package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A timeline only looks: the run is the same with it.
func TestTimelineChangesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 15; seed++ {
		plain := Run(seed)
		w := New(seed, Swarm(seed), NewRandom(seed))
		tl := w.Watch()
		r := w.Run()
		require.Equal(t, plain.Hash, r.Hash, "seed %d", seed)
		require.Equal(t, r.Virtual, tl.End)
	}
}

// What a timeline tells agrees with what the run counts.
func TestTimelineAgreesWithTheRun(t *testing.T) {
	fates, ends := map[string]int{}, map[string]int{}
	calls, stops, cuts := 0, 0, 0
	for seed := uint64(1); seed <= 25; seed++ {
		w := New(seed, Swarm(seed), NewRandom(seed))
		tl := w.Watch()
		r := w.Run()
		lives, sent := 0, 0
		for n, lane := range tl.Lanes {
			lives += len(lane.Lives)
			for _, life := range lane.Lives {
				ends[life.Text]++
				require.True(t, life.End < 0 || life.End >= life.Begin)
			}
			for _, s := range lane.Leases {
				require.True(t, s.End < 0 || s.End > s.Begin && s.End <= s.Until, "seed %d: %v", seed, s)
			}
			stops += len(lane.Stops)
			last := lane.States[len(lane.States)-1]
			require.Equal(t, uint64(w.nodes[n].ledger.hard.Commit), last.Durable.Commit)
			require.Equal(t, w.nodes[n].up && w.nodes[n].replica != nil, last.Up)
		}
		require.LessOrEqual(t, lives, int(r.Stats.Lives), "a start may die inside")
		for _, a := range tl.Arrows {
			fates[a.Fate]++
			if !a.Again {
				sent++
			}
			require.True(t, a.End < 0 || a.End >= a.Sent)
		}
		require.Equal(t, int(r.Stats.Messages), sent, "seed %d", seed)
		require.Equal(t, uint64(w.checks.ghost.prefix), tl.Chosen[len(tl.Chosen)-1].Instance)
		calls, cuts = calls+len(tl.Calls), cuts+len(tl.Cuts)
	}
	for _, fate := range []string{"heard", "lost", "cut", "unheard"} {
		require.Greater(t, fates[fate], 50, fate)
	}
	require.Greater(t, fates["heard"], 20*fates["flying"], "arrivals find the message that was sent")
	for _, how := range []string{"power", "crash", "stop"} {
		require.Positive(t, ends[how], how)
	}
	require.Greater(t, calls, 500)
	require.Positive(t, stops)
	require.Positive(t, cuts)
}

func TestTimelineBetweenKeepsWhatHolds(t *testing.T) {
	w := New(7, Swarm(7), NewRandom(7))
	all := w.Watch()
	w.Run()
	from, to := all.End/3, all.End/2
	part := all.Between(from, to)
	require.Less(t, len(part.Entries), len(all.Entries)/2)
	require.NotEmpty(t, part.Entries)
	for _, e := range part.Entries {
		require.True(t, e.At >= from && e.At <= to)
	}
	for n, lane := range part.Lanes {
		require.LessOrEqual(t, lane.States[0].At, from, "the state at the beginning")
		require.Contains(t, all.Lanes[n].States, lane.States[0])
		require.LessOrEqual(t, len(lane.Lives), len(all.Lanes[n].Lives))
	}
	require.Equal(t, len(all.Entries), len(all.Between(-1, 0).Entries))
	require.Equal(t, all.Lanes, all.Between(-1, 0).Lanes)
}

// Every check is explained in plain words.
func TestEveryCheckIsExplained(t *testing.T) {
	for _, c := range Checks() {
		require.NotEmpty(t, Means(c.ID), c.ID)
	}
}

func TestDisputedNamesWhoHoldsWhat(t *testing.T) {
	w := New(7, Swarm(7), NewRandom(7))
	tl := w.Watch()
	w.Run()
	held := tl.Disputed("n0 applied another value at instance 1 than the chosen one\ninstance 2")
	require.NotEmpty(t, held)
	require.Equal(t, uint64(1), held[len(held)-1].Instance, "only the first line counts")
	require.True(t, held[0].Chosen)
	require.Contains(t, held[0].Value, "the barrier of ")
	require.GreaterOrEqual(t, len(held[0].Nodes), 2)
	require.Empty(t, tl.Disputed("instance 0, instance 99999, instance x, instance"))
}

func TestCutTextNamesLinks(t *testing.T) {
	var cut [MaxNodes][MaxNodes]bool
	both := func(a, b int) { cut[a][b], cut[b][a] = true, true }
	require.Empty(t, cutText(&cut, 3))
	cut[0][1] = true
	require.Equal(t, "n0 ↛ n1", cutText(&cut, 3))
	both(0, 1)
	both(1, 2)
	require.Equal(t, "n1 alone", cutText(&cut, 3))
	require.Equal(t, "n0 | n1, n1 | n2", cutText(&cut, 4))
}
