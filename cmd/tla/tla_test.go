package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// recorded is what TLC printed once, cut to no more than was needed.
func recorded(t *testing.T, name string) outcome {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	require.NoError(t, err)
	o, err := parseOutput(bytes.NewReader(b))
	require.NoError(t, err)
	return o
}

func TestOutput_EachWayToEnd(t *testing.T) {
	holds := recorded(t, "holds")
	require.Equal(t, outcome{End: endHolds, States: 1087, Depth: holds.Depth}, holds)
	require.Positive(t, holds.Depth)
	violated := recorded(t, "violated")
	require.Equal(t, "PrefixCommit", violated.Property)
	require.Equal(t, endViolated, violated.End)
	require.EqualValues(t, 43, violated.States)
	require.Equal(t, 6, violated.Depth)
	require.Equal(t, "Collapse", violated.Trace[5])
	require.Equal(t, outcome{End: endViolated, Property: "ASSUME"}, recorded(t, "assume"))
	wrong := recorded(t, "error")
	require.Equal(t, endError, wrong.End)
	require.Contains(t, wrong.Error, "NoSuchThing")
}

func TestOutput_CutShortIsNoVerdict(t *testing.T) {
	b, err := os.ReadFile("testdata/holds.txt")
	require.NoError(t, err)
	o, err := parseOutput(bytes.NewReader(b[:bytes.Index(b, []byte("STARTMSG 2193"))]))
	require.NoError(t, err)
	require.Equal(t, endUnknown, o.End)
}

// A model passes only with the very outcome that its line foretells: whatever
// else TLC says, also something that looks better, is a failure.
func TestJudge_OnlyWhatWasForetold(t *testing.T) {
	holds := model{Expect: expectHolds, Property: "-", States: 10, Depth: 3}
	refuted := model{Expect: expectRefuted, Property: "Agreement", States: 10, Depth: 3}
	good := outcome{End: endHolds, States: 10, Depth: 3}
	bad := outcome{End: endViolated, Property: "Agreement", States: 10, Depth: 3}
	require.Empty(t, judge(holds, good))
	require.Empty(t, judge(refuted, bad))
	require.Contains(t, judge(holds, bad), "violated Agreement")
	require.Contains(t, judge(refuted, good), "was to be refuted")
	require.Contains(t, judge(holds, outcome{End: endHolds, States: 9, Depth: 3}), "9 distinct states")
	require.Contains(t, judge(holds, outcome{End: endHolds, States: 10, Depth: 4}), "depth 4")
	other := bad
	other.Property = "TypeOK"
	require.Contains(t, judge(refuted, other), "TypeOK was violated")
	require.Contains(t, judge(refuted, outcome{End: endError, Error: "parse"}), "parse")
	require.Contains(t, judge(holds, outcome{End: endUnknown}), "unfinished")
	require.Empty(t, judge(model{Expect: expectSampled, Property: "-", States: 5}, outcome{End: endSampled}))
}

const header = "# a table\n"

func TestModels_ALineThatSaysTooLittleIsRefused(t *testing.T) {
	line := "A M short refuted Agreement 10 3 1 some-fault\n"
	all, err := readModels(strings.NewReader(header + line))
	require.NoError(t, err)
	require.Equal(t, []model{{"A", "M", "short", "refuted", "Agreement", 10, 3, 1, "some-fault"}}, all)
	again, err := readModels(strings.NewReader(all[0].line()))
	require.NoError(t, err)
	require.Equal(t, all, again)
	for was, is := range map[string]string{"short": "quick", "refuted": "fails", "Agreement": "-", "10": "many",
		"some-fault": "-", " 3": "", "refuted Agreement": "holds Agreement"} {
		_, err := readModels(strings.NewReader(strings.Replace(line, was, is, 1)))
		require.Error(t, err, "%s for %s", is, was)
	}
	_, err = readModels(strings.NewReader(line + line))
	require.ErrorContains(t, err, "twice")
}

func TestChoose_LongestFirstAndNothingUnknown(t *testing.T) {
	all := []model{{Name: "a", Tier: tierShort, Seconds: 1}, {Name: "b", Tier: tierShort, Seconds: 5}, {Name: "c", Tier: tierLong}}
	chosen, err := choose(all, tierShort, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, []string{chosen[0].Name, chosen[1].Name})
	_, err = choose(all, tierShort, []string{"c", "nobody"})
	require.ErrorContains(t, err, "nobody")
	_, err = choose(all, "middle", nil)
	require.Error(t, err)
}

// The table, the files and the specs agree: each file has its line, each fault
// that a line names stands in the model's cfg and in the spec.
func TestTable_MatchesTheFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "tla")
	all, err := loadModels(dir)
	require.NoError(t, err)
	bug := regexp.MustCompile(`Bug = \{"([a-z-]+)"\}`)
	for _, m := range all {
		cfg, err := os.ReadFile(m.config(dir))
		require.NoError(t, err)
		found := bug.FindSubmatch(cfg)
		if found == nil {
			continue // a fault of its constants, if any
		}
		require.Equal(t, m.Fault, string(found[1]), m.Name)
		spec, err := os.ReadFile(filepath.Join(dir, m.Module+".tla"))
		require.NoError(t, err)
		require.Contains(t, string(spec), `"`+m.Fault+`"`, "%s: the spec knows no such fault, so nothing is left out", m.Name)
	}
}

func TestReport_LastLineCounts(t *testing.T) {
	var out bytes.Buffer
	p := report{out: &out}
	p.add(result{model: model{Name: "a", Expect: expectHolds, Property: "-"}, Outcome: outcome{States: 7, Depth: 2}})
	p.add(result{model: model{Name: "b", Expect: expectHolds, Property: "-"}, Wrong: "no", Outcome: outcome{Trace: []string{"Init", "Sync"}}})
	p.sum(3 * time.Second)
	require.Contains(t, out.String(), "states=7 depth=2")
	require.Contains(t, out.String(), "by: Init Sync")
	require.True(t, strings.HasSuffix(out.String(), "models=2 passed=1 failed=1 seconds=3\n"))
}

func TestJar_OtherBytesAreRefused(t *testing.T) {
	jar := filepath.Join(t.TempDir(), "x.jar")
	require.NoError(t, os.WriteFile(jar, []byte("not it"), 0o600))
	require.ErrorContains(t, checkJar(jar), "sha256")
}

func TestMissing_SaysTheNextStep(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("TLA2TOOLS_JAR", "")
	_, err := findJava()
	require.ErrorContains(t, err, "apt-get install")
	_, err = findJar(context.Background())
	require.ErrorContains(t, err, "install Maven")
	t.Setenv("TLA2TOOLS_JAR", "/nowhere.jar")
	_, err = findJar(context.Background())
	require.ErrorContains(t, err, "TLA2TOOLS_JAR")
}

// One small model with TLC itself, where Java and the jar are at hand.
func TestTLC_ASmallModelAndItsFault(t *testing.T) {
	java, err := findJava()
	if err != nil {
		t.Logf("left out: %v", err)
		return
	}
	jar := os.Getenv("TLA2TOOLS_JAR")
	if jar == "" {
		repository, err := localRepository()
		require.NoError(t, err)
		jar = filepath.Join(repository, filepath.FromSlash(jarInRepo))
	}
	if checkJar(jar) != nil {
		t.Logf("left out: no %s yet, make tla fetches it", artifact)
		return
	}
	dir := filepath.Join("..", "..", "tla")
	all, err := loadModels(dir)
	require.NoError(t, err)
	chosen, err := choose(all, "", []string{"RCtiny", "MUT_CollapseUncommitted"})
	require.NoError(t, err)
	c := &checker{java: java, jar: jar, dir: dir, work: t.TempDir(), heapMB: 512, limit: 10 * time.Minute}
	c.checkAll(context.Background(), chosen, 2, func(r result) { require.Empty(t, r.Wrong, r.Name) })
}

// Each fault of a model is a planted bug of the core or stands on the page that
// says why it is none, and each planted bug of the protocol is a fault of the
// spec or stands there with the reason.
func TestFaults_ShareTheirNamesWithThePlantedBugs(t *testing.T) {
	planted, err := os.ReadFile(filepath.Join("..", "..", "sim", "planted", "_files", "core", "planted_protocol.go"))
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join("..", "..", "tla", "FAULTS.md"))
	require.NoError(t, err)
	all, err := loadModels(filepath.Join("..", "..", "tla"))
	require.NoError(t, err)
	onlySpec, onlyCode, ok := strings.Cut(string(page), "## Planted bugs of the protocol without")
	require.True(t, ok)
	faults := map[string]bool{}
	for _, m := range all {
		if m.Fault == "-" {
			continue
		}
		faults[m.Fault] = true
		isPlanted := bytes.Contains(planted, []byte(`{"`+m.Fault+`"`))
		explained := strings.Contains(onlySpec, "| "+m.Fault+" |")
		require.NotEqual(t, isPlanted, explained, "%s: planted %v, on the page as not planted %v", m.Fault, isPlanted, explained)
	}
	row := regexp.MustCompile(`\{"([a-z-]+)", "[^"]*", "(?:ballots|proposer|commit|lease|handover|identity)"`)
	rows := row.FindAllSubmatch(planted, -1)
	require.Greater(t, len(rows), 50)
	for _, r := range rows {
		id := string(r[1])
		require.NotEqual(t, faults[id], strings.Contains(onlyCode, "| "+id+" |"), id)
	}
}
