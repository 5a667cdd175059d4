package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestK17FiresOnARequestLeftWaiting(t *testing.T) {
	s := newStage(stageOptions(3))
	n := s.nodes[0]
	n.up = true
	n.waiting = []*request{{taken: s.lease(10)}}
	s.now = s.lease(10) + s.lease(10)*patience*21/20
	require.Nil(t, n.overdue())
	s.now++
	fires(t, n.overdue(), "K17", "without an answer")
	n.resumedAt = s.lease(15) // it was stopped meanwhile
	require.Nil(t, n.overdue())
}
