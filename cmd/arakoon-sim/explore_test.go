package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExplore_EndsWithItsFigures(t *testing.T) {
	var out, errs strings.Builder
	require.Equal(t, 0, run([]string{"explore", "--bounds", "nodes=2,values=0,crashes=0"}, &out, &errs), errs.String())
	require.Contains(t, out.String(), "complete=true distinct=27 transitions=32 depth=11 ")
	out.Reset()
	require.Equal(t, 0, run([]string{"explore", "--bounds", "nodes=2,values=0,crashes=0", "--output", "json"}, &out, &errs), errs.String())
	require.Contains(t, out.String(), `"distinct":27,`)
}

func TestExplore_ALimitIsNoProof(t *testing.T) {
	var out, errs strings.Builder
	require.Equal(t, exitCoverage, run([]string{"explore", "--bounds", "values=2", "--worlds", "1000"}, &out, &errs))
	require.Contains(t, out.String(), "complete=false")
}

func TestExplore_Usage(t *testing.T) {
	for _, args := range [][]string{{"--bounds", "nodes=9"}, {"--bounds", "nods=3"}, {"--bounds", "nodes"}, {"what"}, {"--kills"}} {
		var out, errs strings.Builder
		require.Equal(t, exitUsage, run(append([]string{"explore"}, args...), &out, &errs), args)
	}
}

// A path that was kept is taken again, step by step.
func TestExplore_ReplaysAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "path.txt")
	text := "bounds nodes=2,values=0,crashes=0\n  1. n0 stands for election\n  2. n0 takes AskYes(1.1) of n1\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	var out, errs strings.Builder
	require.Equal(t, 0, run([]string{"explore", "--replay", file}, &out, &errs), errs.String())
	require.Equal(t, "explore replay steps=2 ok\n", out.String())

	require.NoError(t, os.WriteFile(file, []byte(text+"  3. n0 takes AskYes(1.1) of n1\n"), 0o644))
	require.NotEqual(t, 0, run([]string{"explore", "--replay", file}, &out, &errs))
	require.Contains(t, errs.String(), "step 3 can't be taken there")
}
