package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShowPicksLines(t *testing.T) {
	code, out, _ := call(t, "show", "7", "--node", "n1", "--what", "process,Accept", "--from", "100ms", "--to", "900ms")
	require.Zero(t, code)
	require.Contains(t, out, "true time in seconds")
	shown := 0
	for _, line := range strings.Split(out, "\n") {
		if !strings.HasPrefix(line, "0.") {
			continue
		}
		shown++
		require.Regexp(t, `^0\.[1-8]\d{5} n1 (process .*|.* Accept .*)$`, line)
	}
	require.Greater(t, shown, 3)
	code, _, errs := call(t, "show", "7", "--node", "x9")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--node x9")
}

// A run's page needs nothing beside itself, and its data can be read.
func TestPageOfAGoodRun(t *testing.T) {
	data, page := pageOf(t, 0, "show", "7", "--options", "nodes=3,learners=none")
	require.Nil(t, data.Failure)
	require.NotContains(t, page, "{{")
	for _, outside := range []string{"<link", "src=\"", "@import", "url("} {
		require.NotContains(t, page, outside)
	}
	tl := data.Timeline
	require.Equal(t, 3, len(tl.Lanes))
	for _, lane := range tl.Lanes {
		require.NotEmpty(t, lane.Lives)
		require.NotEmpty(t, lane.States)
	}
	require.NotEmpty(t, tl.Calls)
	fates := map[string]int{}
	for _, a := range tl.Arrows {
		fates[a.Fate]++
	}
	require.Greater(t, fates["heard"], 100)
	require.Positive(t, tl.Healed)
	require.NotEmpty(t, data.Decisions)
}

// pageOf makes the page of a run and takes its data out again.
func pageOf(t *testing.T, exit int, args ...string) (pageData, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.html")
	code, out, errs := call(t, append(args, "--html", file)...)
	require.Equal(t, exit, code, errs)
	require.Contains(t, out, file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	page := string(text)
	_, after, ok := strings.Cut(page, `<script id="data" type="application/json">`)
	require.True(t, ok)
	inside, _, _ := strings.Cut(after, "</script>")
	var data pageData
	require.NoError(t, json.Unmarshal([]byte(inside), &data))
	return data, page
}
