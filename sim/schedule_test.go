package sim

import (
	"embed"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// Every phrase says its decisions so that they read back, and no two phrases read
// the same line.
func TestWordsAreABijection(t *testing.T) {
	dice := NamedStream(1, "words")
	o := Swarm(11)
	o.Nodes, o.Keys = 5, 6
	g := newWording(o)
	said := map[string]Decision{}
	worded := 0
	for k := DecisionKind(1); k < decisionEnd; k++ {
		for range 800 {
			d := Decision{Identity: Identity{Kind: k, A: uint8(dice.Below(7)), N: uint32(dice.Below(130)), M: uint32(dice.Below(3))},
				Choice: uint32(1 + dice.Below(Pick(dice, 1, 8, 70)))}
			if dice.Below(2) == 0 {
				d.M = 0
			}
			if dice.Below(2) == 0 {
				d.B, d.Msg = uint8(dice.Below(8)), Pick(dice, 0, core.KindAccept, core.KindAccepted, 40)
			}
			line := g.say(d)
			if before, ok := said[line]; ok {
				require.Equal(t, before, d, line)
			}
			said[line] = d
			got, err := g.read(line)
			require.NoError(t, err, line)
			require.Equal(t, d, got, line)
			if line != d.String() {
				worded++
			}
		}
	}
	require.Greater(t, worded, 8_000, "most decisions have words")
}

// A new kind of decision gets a phrase in words.go, and a topic if it isn't a fault's.
func TestEveryKindHasWords(t *testing.T) {
	for k := DecisionKind(1); k < decisionEnd; k++ {
		require.True(t, slices.ContainsFunc(phrases, func(p phrase) bool { return p.kind == k }), "decision %s has no phrase", k)
	}
	for k := core.MessageKind(1); k < core.MessageKind(len(messageNames)); k++ {
		require.NotEmpty(t, messageNames[k])
	}
	require.Equal(t, int(core.KindSnapshotChunk), len(messageNames)-1, "a new message gets a name")
}

func TestWordsReadWell(t *testing.T) {
	o := Calm()
	o.Delay, o.Sync, o.Nodes = "lan", "slow", 3
	g := newWording(o)
	for line, d := range map[string]Decision{ // each on its own: order can't matter
		"lose the 3rd Accept from n2 to n1":                        {Identity{Kind: DecideLose, A: 2, B: 1, Msg: 9, N: 3}, 1, 0},
		"the 11th Accept from n2 to n1 takes 5ms":                  {Identity{Kind: DecideDelay, A: 2, B: 1, Msg: 9, N: 11}, 59, 0},
		"the 5th sync of n0 takes 125ms":                           {Identity{Kind: DecideJobTime, A: 0, N: 5}, 31, 0},
		"power of slot 7 strikes n2":                               {Identity{Kind: DecideFaultWho, A: 1, N: 7}, 2, 0},
		"power of slot 7 comes after 250.5ms":                      {Identity{Kind: DecideFaultAt, A: 1, N: 7}, 501, 0},
		"the 2nd power loss of n0 loses the 1st pending operation": {Identity{Kind: DecideImage, A: 0, N: 2, M: 1}, 1, 0},
		"crash of slot 1 lasts 1s:10":                              {Identity{Kind: DecideFaultFor, A: 0, N: 1}, 10, 0},
		"lose 0 0 9 1 0 = 2":                                       {Identity{Kind: DecideLose, Msg: 9, N: 1}, 2, 0},
	} {
		require.Equal(t, line, g.say(d))
		got, err := g.read(line)
		require.NoError(t, err)
		require.Equal(t, d, got)
	}
	d, err := g.read("the 11th  Accept from n2 to n1 takes 0.005s")
	require.NoError(t, err)
	require.Equal(t, uint32(59), d.Choice, "times may be written as one likes")
	for _, wrong := range []string{"lose the 3th Accept from n2 to n1", "lose the 3rd Akzept from n2 to n1", "the 5th sync of n0 takes 1s",
		"lose the 3rd Accept from n2", "lose the 3rd Accept from n2 to n999", "the 5th sync of n0 takes 9ms:31"} {
		_, err := g.read(wrong)
		require.Error(t, err, wrong)
	}
}

func TestRecordingReadsBackAndReplays(t *testing.T) {
	r := Run(9)
	rec := Recorded(&r)
	rec.Check, rec.Said, rec.Commit, rec.Plant, rec.Cause = "K1", "n0: # is no comment here", "abc", "a,b", "nobody knows"
	text := rec.Text()
	got, err := ParseRecording("f", text)
	require.NoError(t, err)
	require.Equal(t, text[:200], got.Text()[:200])
	require.ElementsMatch(t, undated(rec.Decisions), got.Decisions)
	require.Equal(t, r.Hash, got.Replay().Hash)
	got.Decisions = rec.Decisions
	require.Equal(t, rec, got)
}

func undated(all []Decision) (out []Decision) {
	for _, d := range all {
		d.Asked = 0
		out = append(out, d)
	}
	return out
}

func TestRecordingErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{ // each on its own: order can't matter
		"seed x":                        "f:1: ",
		"\n# a\noptions nodes=99":       "f:3: sim: option nodes=99",
		"seed 1\n\nlose the 1st Accept": "f:3: ",
		"seed 1\nlose the 1st Ask from n0 to n1\nlose the 1st Ask from n0 to n1": "f:3: sim: line 2 has decided that already",
	} {
		_, err := ParseRecording("f", text)
		require.ErrorContains(t, err, want)
	}
}

//go:embed testdata
var testdata embed.FS

// What once failed, shrunk to a schedule, passes since its cause was removed; what a
// planted bug brought about passes without it.
func TestSchedules(t *testing.T) {
	for _, file := range schedules(t) {
		replaysClean(t, file)
	}
}

func schedules(t *testing.T) (names []string) {
	t.Helper()
	files, err := testdata.ReadDir("testdata")
	require.NoError(t, err)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".schedule") {
			names = append(names, f.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

func readSchedule(t *testing.T, file string) Recording {
	t.Helper()
	text, err := testdata.ReadFile("testdata/" + file)
	require.NoError(t, err)
	rec, err := ParseRecording("testdata/"+file, string(text))
	require.NoError(t, err)
	return rec
}

// replaysClean replays a schedule of testdata, in which nothing may fail any more.
func replaysClean(t *testing.T, file string) {
	t.Helper()
	rec := readSchedule(t, file)
	require.NotEmpty(t, rec.Cause, "%s: its header names no cause", file)
	r := rec.Replay()
	require.Nil(t, r.Failure, "%s failed once because: %s", file, rec.Cause)
	require.Equal(t, len(rec.Decisions) > 0, len(r.Decisions) > 0, "%s: nothing that it lists was asked for", file)
}
