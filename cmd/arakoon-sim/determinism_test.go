package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/sim"
)

// Check K18 across builds: a seed gives the same run in this process (with the race
// detector, under "make test"), in a plain build, and where ints have 32 bits. Each
// process draws its own order of maps, so a range that leaks into a run differs here
// as well.
func TestSameRunInEveryBuild(t *testing.T) {
	builds := []string{runtime.GOARCH}
	if runtime.GOARCH == "amd64" {
		builds = append(builds, "386")
	}
	for _, arch := range builds {
		binary := filepath.Join(t.TempDir(), "arakoon-sim")
		build := exec.Command("go", "build", "-o", binary, ".")
		build.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)
		for seed := uint64(1); seed <= 8; seed++ {
			out, err := exec.Command(binary, "run", "--seed", fmt.Sprint(seed), "--output", "json").Output()
			require.NoError(t, err)
			var o outcome
			require.NoError(t, json.Unmarshal(out, &o))
			here := sim.Run(seed)
			require.Equal(t, fmt.Sprintf("%016x", here.Hash), o.Hash, "seed %d on %s", seed, arch)
			require.Equal(t, here.Stats, o.Stats, "seed %d on %s", seed, arch)
		}
	}
}
