package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// "Who are you?" is asked of whoever is there: a disk that was known may be lost.
func TestProbe_IsAddressedToNoDiskInParticular(t *testing.T) {
	n, err := New(soloConfig(), Restored{}, 1000)
	require.NoError(t, err)
	s := &solo{t: t, n: n, now: 1000}
	blank := &Identity{Blank: true, Voters: n.voterHash()}
	s.step(Deliver{Envelope{From: 1, To: 0, FromInc: Incarnation{2}, ToInc: Incarnation{1}, Msg: blank}})
	s.wait(testLease)
	asked := SeatSet(0)
	for _, env := range s.eff.Send {
		require.Equal(t, KindProbe, env.Msg.Kind())
		require.True(t, env.ToInc.IsZero())
		asked = asked.With(env.To)
	}
	require.Equal(t, SeatSet(0b110), asked)
	s.step(Deliver{Envelope{From: 2, To: 0, FromInc: Incarnation{3}, Msg: &Probe{}}})
	require.Equal(t, []Envelope{{From: 0, To: 2, FromInc: Incarnation{1}, ToInc: Incarnation{3}, Msg: blank}}, s.eff.SendAfterSync)
}
