package sim

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each check sees its flaws, and nothing where there is none.
func TestChecksFireOnTheirFlawsAndOnNothingElse(t *testing.T) {
	for _, s := range SelfTest() {
		t.Run(s.Check+"/"+s.Flaw, func(t *testing.T) { require.Empty(t, s.Trouble) })
	}
}

// A twin whose check is blind, fires always, or fires as another one, is told.
func TestSelfTestTellsWhatIsWrong(t *testing.T) {
	v := violated("K1", "something")
	for what, play := range map[string]func(bool) *violation{ // each on its own: order can't matter
		"":                    func(flawed bool) *violation { return pick(flawed, v, nil) },
		"blind":               func(bool) *violation { return nil },
		"fires without":       func(bool) *violation { return v },
		"another check fires": func(flawed bool) *violation { return pick(flawed, violated("K2", "x"), nil) },
	} {
		trouble := twin{"a flaw", play}.trouble("K1")
		require.True(t, strings.HasPrefix(trouble, what) && (what != "" || trouble == ""), "%q: %q", what, trouble)
	}
}

// The register names files that there are, and every check that anything in this
// package reports.
func TestRegisterIsComplete(t *testing.T) {
	known := map[string]bool{}
	for _, c := range Checks() {
		require.False(t, known[c.ID], c.ID)
		known[c.ID] = true
		require.FileExists(t, c.Source)
		require.NotEmpty(t, c.Says)
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f.Name())
		if err != nil || !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		for _, call := range []string{`violated("`, `.fail("`, `.failAndEnd("`} {
			for _, after := range strings.Split(string(text), call)[1:] {
				id, _, _ := strings.Cut(after, `"`)
				require.True(t, known[id], "%s reports %s, which the register does not have", f.Name(), id)
			}
		}
	}
}
