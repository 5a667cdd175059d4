package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every theme makes options that can be printed and read back, and a run of its faults
// that is green.
func TestThemes_AreRunsLikeAnyOther(t *testing.T) {
	for k, th := range themes {
		t.Run(th.name, func(t *testing.T) {
			o := Swarm(uint64(k + 1))
			th.shape(&o, NamedStream(uint64(k), "theme"))
			back, err := ParseOptions(Calm(), o.String())
			require.NoError(t, err)
			require.Equal(t, o, back)
			o.Leases, o.Ops = 4, 20
			r := New(uint64(k+1), o, NewRandom(uint64(k+1))).Run()
			require.Nil(t, r.Failure)
			require.NotZero(t, o.Faults)
		})
	}
}

// Every theme is drawn, and not by every seed.
func TestThemes_AreDrawn(t *testing.T) {
	drawn, without := map[string]bool{}, 0
	for seed := range uint64(200) {
		if name := ThemeOf(seed); name != "" {
			drawn[name] = true
		} else {
			without++
		}
	}
	require.Len(t, drawn, len(themes))
	require.Greater(t, without, 80)
}
