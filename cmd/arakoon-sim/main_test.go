package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func call(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func TestRunPrintsOneMachineReadableLine(t *testing.T) {
	code, out, _ := call(t, "run", "--seed", "7")
	require.Zero(t, code)
	require.Regexp(t, `^run seed=7 verdict=ok hash=[0-9a-f]{16} events=\d+ `, lastLine(out))
	code, trace, _ := call(t, "run", "--seed", "7", "--trace")
	require.Zero(t, code)
	require.Equal(t, lastLine(out), lastLine(trace), "a trace only looks")
	require.Greater(t, strings.Count(trace, "\n"), 100)
}

func TestRecordedScheduleReplays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schedule.txt")
	_, out, _ := call(t, "run", "--seed", "9", "--options", "clients=1", "--record", file)
	code, again, _ := call(t, "replay", "--quiet", file)
	require.Zero(t, code)
	require.Equal(t, lastLine(out), lastLine(again))

	require.NoError(t, os.WriteFile(file, []byte("seed 9\nlose what\n"), 0o600))
	code, _, errs := call(t, "replay", file)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "schedule.txt:2: ")
}

func TestJSONOutputIsOneObject(t *testing.T) {
	code, out, _ := call(t, "run", "--seed", "3", "--output", "json")
	require.Zero(t, code)
	var o outcome
	require.NoError(t, json.Unmarshal([]byte(out), &o))
	require.Equal(t, uint64(3), o.Seed)
	require.Equal(t, "arakoon-sim replay --seed 3", o.Replay)
}

func TestWrongUsageExitsWith2(t *testing.T) {
	for _, args := range [][]string{
		{"run", "--options", "nodes=99"}, {"hunt", "--seeds", "1", "--options", "x"}, {"run", "--output", "xml"},
		{"run", "--sed", "1"}, {"scenarios", "nonsense"}, {"power", "--stride", "0"}, {"tree", "--histories", "0"},
	} {
		code, _, errs := call(t, args...)
		require.Equal(t, exitUsage, code, "%v", args)
		require.NotEmpty(t, errs)
	}
}

func TestCPUProfileIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cpu.out")
	code, _, errs := call(t, "run", "--seed", "1", "--cpuprofile", file)
	require.Zero(t, code, errs)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, []byte{0x1f, 0x8b}, content[:2], "a profile is compressed, and written at the end")
}

func TestScenarioByName(t *testing.T) {
	code, out, _ := call(t, "scenarios", "give-up", "lift")
	require.Zero(t, code)
	require.Equal(t, "scenarios played=2 red=0", lastLine(out))
}

func TestTreeIsBrokenAndNothingIsLost(t *testing.T) {
	code, out, _ := call(t, "tree", "--histories", "2")
	require.Zero(t, code)
	require.Regexp(t, `^tree histories=2 boundaries=\d+ images=\d+ lost=0 damaged=0 flips=\d{3,} served_wrong=0 seconds=\d+$`, lastLine(out))
}

func TestChecksAreListedAndSeeWhatTheyMust(t *testing.T) {
	code, out, _ := call(t, "checks")
	require.Zero(t, code)
	require.Contains(t, out, "K13")
	code, out, _ = call(t, "checks", "--selftest")
	require.Zero(t, code)
	require.Regexp(t, `^selftest checks=\d+ twins=\d{2,} wrong=0$`, lastLine(out))
}
