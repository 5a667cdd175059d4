package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bugMarks are names that exist only in a planted build.
var bugMarks = []string{"promise-not-persisted", "vote-before-sync", "commit-older-ballot", "not-highest-ballot",
	"quarantine-skipped", "lease-from-ack", "no-step-down", "grant-own-period"}

// The planted bugs must not be in what is shipped.
func TestProductionBinaryHasNoPlantedBugs(t *testing.T) {
	count := func(pkg string, tags ...string) int {
		file := filepath.Join(t.TempDir(), "binary")
		args := append([]string{"build", "-o", file}, tags...)
		out, err := exec.Command("go", append(args, pkg)...).CombinedOutput()
		require.NoError(t, err, string(out))
		binary, err := os.ReadFile(file)
		require.NoError(t, err)
		found := 0
		for _, mark := range bugMarks {
			if bytes.Contains(binary, []byte(mark)) {
				found++
			}
		}
		return found
	}
	require.Zero(t, count("../arakoon"))
	require.Equal(t, len(bugMarks), count("../arakoon", "-tags", "planted", "-overlay", overlay(t)), "the test looks for what isn't there in any build")
}

// overlay makes the sources of a planted build.
func overlay(t *testing.T) string {
	c := exec.Command("go", "run", "./cmd/planted", "overlay")
	c.Dir = filepath.Join("..", "..")
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.TrimSpace(string(out))
}
