package main

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/sim"
)

// actEnv makes this test binary act: "main" as the command itself, "NAME:SEED" as a
// worker that, at that seed, goes wrong in the way of that name.
const actEnv = "ARAKOON_SIM_ACT"

func TestMain(m *testing.M) {
	act := os.Getenv(actEnv)
	switch {
	case act == "main" || act == "" && len(os.Args) > 1 && os.Args[1] == "worker":
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	case act != "" && len(os.Args) > 1 && os.Args[1] == "worker":
		actWorker(act)
		os.Exit(0)
	default:
		os.Exit(m.Run())
	}
}

// actWorker answers every task as a run of nothing would end.
func actWorker(act string) {
	name, at, _ := strings.Cut(act, ":")
	for in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout); in.Scan(); {
		var t seedTask
		if err := json.Unmarshal(in.Bytes(), &t); err != nil {
			panic(err)
		}
		a := answer{Seed: t.Seed, Hash: t.Seed}
		if fmt.Sprint(t.Seed) == at {
			switch name {
			case "die":
				fmt.Fprintln(os.Stderr, "fatal error: out of luck")
				os.Exit(3)
			case "hang":
				select {}
			case "fail":
				a.Failure = &sim.Failure{Check: "K1", Text: "two values\nand more"}
			case "differ":
				a.Hash = uint64(os.Getpid())
			}
		}
		if err := out.Encode(a); err != nil {
			panic(err)
		}
	}
}

func TestHuntCountsFaultsAndRunsSeedsTwice(t *testing.T) {
	code, out, errs := call(t, "hunt", "--seeds", "40", "--from", "1", "--profile", "smoke", "--jobs", "2", "--again", "10")
	require.Zero(t, code, out)
	require.Regexp(t, `^hunt profile=smoke seeds=40 twice=4 events=\d+ virtual=\d+\.\d+s failures=0 tame=0 `, lastLine(out))
	require.Contains(t, out, " crash=")
	require.Contains(t, out, " caught-up=")
	require.Contains(t, errs, "--from 1;")
}

func TestLostWorkersFailTheHuntWithTheirSeed(t *testing.T) {
	for act, want := range map[string]struct { // each on its own: order can't matter
		code int
		text string
	}{
		"die:5":    {exitSafety, "DIED at 0.000000: the worker ended inside this seed: exit status 3\nfatal error: out of luck  seed=5"},
		"fail:5":   {exitSafety, "K1 at 0.000000: two values\nand more  seed=5"},
		"differ:4": {exitDeterminism, "K18 at 0.000000: hash "},
	} {
		t.Setenv(actEnv, act)
		code, out, _ := call(t, "hunt", "--seeds", "20", "--from", "1", "--profile", "smoke", "--jobs", "2", "--again", "1")
		require.Equal(t, want.code, code, "%s: %s", act, out)
		require.Contains(t, out, "FAIL "+want.text)
		require.Equal(t, "arakoon-sim replay --seed "+strings.Split(act, ":")[1], lastLine(out))
	}
}

func TestHangingWorkerTellsWhereItHangs(t *testing.T) {
	t.Setenv(actEnv, "hang:3")
	code, out, _ := call(t, "hunt", "--seeds", "20", "--from", "1", "--profile", "smoke", "--limit", "5s")
	require.Equal(t, exitLiveness, code, out)
	require.Contains(t, out, "FAIL HUNG")
	require.Contains(t, out, "actWorker", "the stacks are told")
	require.Equal(t, "arakoon-sim replay --seed 3", lastLine(out))
}

func TestKeepGoingRunsAllSeedsAndEndsWithTheFirstFailure(t *testing.T) {
	t.Setenv(actEnv, "die:2")
	code, out, _ := call(t, "hunt", "--seeds", "20", "--from", "1", "--profile", "smoke", "--keep-going", "--options", "clients=9")
	require.Equal(t, exitSafety, code)
	require.Contains(t, out, "seeds=20 ")
	require.Regexp(t, `^arakoon-sim replay --seed 2 --options clients=9$`, lastLine(out))
}

func TestReportFiles(t *testing.T) {
	t.Setenv(actEnv, "fail:7")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	code, _, _ := call(t, "hunt", "--seeds", "10", "--from", "1", "--profile", "smoke", "--json", at("j"), "--junit", at("x"), "--ledger", at("l"))
	require.Equal(t, exitSafety, code)

	var s summary
	text, err := os.ReadFile(at("j"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &s))
	require.Equal(t, uint64(7), s.Failures[0].Seed)
	require.Equal(t, "arakoon-sim replay --seed 7", s.Failures[0].Replay)

	var suite junitSuite
	text, err = os.ReadFile(at("x"))
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(text, &suite))
	require.Equal(t, 1, suite.Failures)
	require.Equal(t, "seed 7", suite.Cases[1].Name)
	require.Contains(t, suite.Cases[1].Failure.Text, "replay --seed 7")

	text, err = os.ReadFile(at("l"))
	require.NoError(t, err)
	parts := strings.SplitN(strings.TrimSpace(string(text)), " ", 3)
	require.Equal(t, "7", parts[0])
	o, err := sim.ParseOptions(sim.Calm(), parts[1])
	require.NoError(t, err)
	require.Equal(t, sim.Swarm(7), o, "the ledger has all options")
	require.Regexp(t, `^commit=\S+ K1: two values$`, parts[2])
}

func TestInterruptedHuntReportsWhatItHas(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.Command(os.Args[0], "hunt", "--for", "1h", "--profile", "smoke")
		cmd.Env = append(os.Environ(), actEnv+"=main")
		var out strings.Builder
		cmd.Stdout = &out
		errs, err := cmd.StderrPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, err = bufio.NewReader(errs).ReadString('\n') // it has begun
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Signal(s))
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		require.Equal(t, 128+int(s), exit.ExitCode())
		require.Regexp(t, `^hunt profile=smoke seeds=\d+ `, lastLine(out.String()))
	}
}

func TestShardsAreDisjointAndTogetherRunEverything(t *testing.T) {
	seen := map[uint64]int{}
	for i := range uint64(3) {
		s := newSupply(10, 1000+7*i, 20, i, 3)
		var first []uint64
		for seed, ok := s.take(); ok; seed, ok = s.take() {
			require.Equal(t, i, seed%3)
			seen[seed]++
			first = append(first, seed)
		}
		require.Len(t, first, 20)
		require.IsIncreasing(t, first)
	}
	for seed := uint64(1); seed <= 10; seed++ {
		require.Equal(t, 1, seen[seed], "fixed seed %d", seed)
	}
	require.Len(t, seen, 60)
	require.NotContains(t, seen, uint64(11))
}

func TestParseShard(t *testing.T) {
	i, n, err := parseShard("2/5")
	require.NoError(t, err)
	require.Equal(t, [2]uint64{2, 5}, [2]uint64{i, n})
	for _, bad := range []string{"5/5", "1", "1/0", "-1/3", "1/2x", "a/b"} {
		_, _, err := parseShard(bad)
		require.ErrorIs(t, err, errUsage, bad)
	}
}

// A campaign in which something no longer happens fails and names it.
func TestTameCampaignMisses(t *testing.T) {
	p := &profile{goalsFrom: 100, classes: 100, marks: true, events: 1000}
	busy := answer{Stats: sim.Stats{Events: 5000, Elections: 2}}
	for _, f := range sim.Faults() {
		busy.Faults[f] = 1
	}
	for _, m := range sim.Marks() {
		busy.Marks[m] = 3
	}
	hunted := func(seeds int, a answer) (t tally) {
		for range seeds {
			t.add(&a)
		}
		return t
	}
	good := hunted(5000, busy)
	require.Empty(t, good.misses(p))

	tame := busy
	tame.Faults[sim.FaultTorn], tame.Marks[sim.MarkBehind] = 0, 0
	tame.Stats.Events, tame.Stats.Elections = 999, 0
	bad := hunted(5000, tame)
	require.Equal(t, []string{"never injected: torn",
		fmt.Sprintf("mark behind: 0 seeds, %d wanted (%s)", sim.MarkBehind.Required(5000), sim.MarkBehind.Meaning()),
		"median of events per seed: 999, 1000 wanted", "median of elections per seed: 0, 1 wanted"}, bad.misses(p))
	few := hunted(99, tame)
	require.Empty(t, few.misses(p), "too few seeds to tell")
}

func TestHuntNamesWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"--profile", "x"}, {"--shard", "3/3"}, {"--again", "101"}, {"--jobs", "0"}, {"--for", "-1s"}} {
		code, _, errs := call(t, append([]string{"hunt"}, args...)...)
		require.Equal(t, exitUsage, code, "%v", args)
		require.NotEmpty(t, errs)
	}
}
