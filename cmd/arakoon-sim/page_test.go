//go:build planted

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// From a failing seed to a schedule and to a page on which one sees why.
func TestPageShowsTwoLeases(t *testing.T) {
	file := filepath.Join(t.TempDir(), "two.schedule")
	code, out, errs := call(t, "shrink", "116", "--plant", "lease-from-ack", "--runs", "60", "--out", file, "--test", "Two")
	require.Zero(t, code, errs)
	require.Regexp(t, `^shrink seed=116 check=K12 decisions_before=\d{3,} decisions=\d+ events_before=\d+ events=\d+ runs=60 minimal=false$`, lastLine(out))
	require.Contains(t, out, `func TestTwo(t *testing.T) { replaysClean(t, "two.schedule") }`)

	require.NoError(t, plantAll(""))
	data, page := pageOf(t, exitSafety, "show", file) // the file names the bug
	require.Equal(t, "K12", data.Failure.Check)
	require.Contains(t, page, "would both serve reads")
	require.NotEmpty(t, data.Failure.Means)
	var serve []string
	for _, lane := range data.Timeline.Lanes {
		for _, s := range lane.Leases {
			if s.End < 0 {
				require.Greater(t, s.Until, data.Failure.At)
				serve = append(serve, lane.Name)
			}
		}
	}
	require.Len(t, serve, 2, "two bars reach the failure")
	for _, name := range serve {
		require.Contains(t, data.Failure.Text, name)
	}
}
