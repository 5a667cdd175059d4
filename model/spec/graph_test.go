package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The state graph is as large as TLC's, and no state breaks an invariant.
func TestGraphsAreAsLargeAsTLCs(t *testing.T) {
	for _, m := range Models {
		if !m.Quick {
			continue // make oracle walks them
		}
		t.Run(m.Name, func(t *testing.T) {
			g := Enumerate(&m.Config, 0, 0, nil)
			t.Log(g)
			require.Empty(t, g.Broken)
			require.Equal(t, m.States, g.States)
		})
	}
}
