package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a restart tells must be what the disk gave back: a trace check compares it
// with what a power loss may have left.
func TestRestartTellsWhatItFound(t *testing.T) {
	two, three := Ballot{Round: 2, Member: 1}, Ballot{Round: 3, Member: 1}
	n, err := New(soloConfig(), Restored{HardState: HardState{Promised: three, Commit: 4}, Entries: []Entry{
		{Instance: 5, Ballot: two, Value: BarrierValue(two)},
		{Instance: 6, Ballot: three, Value: BarrierValue(three)}}}, 0)
	require.NoError(t, err)
	events := n.Restarted()
	require.Len(t, events, 3)
	require.Equal(t, ActRestart, events[0].Action)
	require.Equal(t, three, events[0].Promised)
	require.Equal(t, Instance(4), events[0].Commit)
	require.Equal(t, Event{Action: ActHeld, Ballot: two, Instance: 5, Digest: BarrierValue(two).Digest(),
		Promised: three, Commit: 4, Role: RoleBlank}, events[1])
	require.Equal(t, Instance(6), events[2].Instance)
}

// Parked entries are accepted because of a snapshot, and so behind it: a trace that
// told them first would show a vote beyond a gap.
func TestTraceTellsTheSnapshotBeforeWhatItLetsIn(t *testing.T) {
	s := newSolo(t, Restored{})
	s.hear(1, &Accept{B: b1, First: 1, Commit: 5, From: 6, Values: []Value{val("f")}})
	s.step(Installing{On: true})
	s.step(Installed{Through: 5})
	var actions []Action
	for _, e := range s.eff.Trace {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []Action{ActInstall, ActAccept}, actions)
}
