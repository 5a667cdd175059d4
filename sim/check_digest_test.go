package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func TestFreezePointsAreTheSameEverywhere(t *testing.T) {
	a := newApplies(2, newGhost(core.Majority(0b11)))
	_ = a.isSame(0, 4, [32]byte{})
	require.Nil(t, a.isPoint(0, 4, true))
	require.Nil(t, a.isPoint(1, 4, true))
	require.Equal(t, "K9", a.isPoint(1, 4, false).check)
}
