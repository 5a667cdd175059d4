package sim

import "github.com/openvstorage/arakoon-go/core"

// kindGroup is a set of kinds of messages that a network may treat in its own way.
type kindGroup uint8

const (
	groupAccepts    kindGroup = iota // with values: what there is to vote for
	groupVotes                       // that were cast
	groupHeartbeats                  // and their answers
	groupElections                   // everything about who leads
	groupCatchUp                     // entries and snapshots
	kindGroupEnd

	groupLeases = kindGroupEnd + 1 // leases and how they end; the options name no such group
)

var kindGroupNames = [...]string{"accepts", "votes", "heartbeats", "elections", "catch-up"}

// noKind is a name of no group; loseKinds are what the option lose-kind may say.
const noKind = "none"

var loseKinds = append([]string{noKind}, kindGroupNames[:]...)

// groupKinds lists the kinds of each group.
var groupKinds = [...][]core.MessageKind{
	groupAccepts:    {core.KindAccept},
	groupVotes:      {core.KindAccepted, core.KindChosen},
	groupHeartbeats: {core.KindHeartbeat, core.KindHeartbeatReply},
	groupElections:  {core.KindAsk, core.KindAskYes, core.KindPrepare, core.KindPromise, core.KindBehind, core.KindNack},
	groupCatchUp:    {core.KindFetch, core.KindEntries, core.KindSnapshotOffer, core.KindSnapshotFetch, core.KindSnapshotChunk},
	groupLeases:     {core.KindHeartbeat, core.KindHeartbeatReply, core.KindRelease, core.KindStandNow},
}

// has reports whether a message belongs to the group.
func (g kindGroup) has(msg core.Message) bool {
	if m, ok := msg.(*core.Accept); ok && len(m.Values) == 0 {
		return false // a commit notice
	}
	kind := msg.Kind()
	for _, k := range groupKinds[g] {
		if k == kind {
			return true
		}
	}
	return false
}

// groupNamed returns the group of a name; kindGroupEnd for any other.
func groupNamed(name string) kindGroup {
	for g := range kindGroupEnd {
		if kindGroupNames[g] == name {
			return g
		}
	}
	return kindGroupEnd
}
