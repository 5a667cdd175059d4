package sim

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/seeds.txt
var seedLedger []byte

// Every seed that ever failed stays green.
func TestSeedLedger(t *testing.T) {
	lines := bufio.NewScanner(bytes.NewReader(seedLedger))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		require.Len(t, parts, 3, "line %d: seed, options, cause", n)
		var seed uint64
		_, err := fmt.Sscan(parts[0], &seed)
		require.NoError(t, err, "line %d", n)
		opts, err := ParseOptions(Swarm(seed), strings.TrimPrefix(parts[1], "-"))
		require.NoError(t, err, "line %d", n)
		require.Nil(t, RunWith(seed, opts).Failure, "seed %d with %s failed once because: %s", seed, parts[1], parts[2])
	}
}
