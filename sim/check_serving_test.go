package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore"
)

func TestServingWantsWhatClientsWereTold(t *testing.T) {
	var s serving
	require.Nil(t, s.look(1, 0), "nobody was told anything")
	s.answered(7)
	s.answered(5) // an answer that took longer
	require.Nil(t, s.look(1, 7))
	require.Equal(t, "K12", s.look(2, 6).check)
}

func TestViewIsOfTheInstanceThatIsTold(t *testing.T) {
	v := kvstore.New(kvstore.Options{}).View().(*kvstore.View)
	defer v.Release()
	require.Nil(t, shows(0, v, 0))
	require.Equal(t, "K13", shows(0, v, 1).check)
}
