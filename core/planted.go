//go:build planted

package core

import "fmt"

// Planted bugs: each weakens one rule, so that checks can be shown to notice.
// They exist only under the build tag "planted"; in every other build Planted
// is constantly false and the compiler drops what it guards.

var planted [bugEnd]bool

var bugNames = map[string]Bug{
	"promise-not-persisted":     BugPromiseNotPersisted,
	"vote-before-sync":          BugVoteBeforeSync,
	"commit-older-ballot":       BugCommitOlderBallot,
	"not-highest-ballot":        BugNotHighestBallot,
	"quarantine-skipped":        BugQuarantineSkipped,
	"lease-from-ack":            BugLeaseFromAck,
	"read-without-lease":        BugReadWithoutLease,
	"heartbeat-waits":           BugHeartbeatWaits,
	"stop-and-wait":             BugStopAndWait,
	"no-step-down":              BugNoStepDown,
	"no-ask-first":              BugNoAskFirst,
	"no-lift":                   BugNoLift,
	"no-give-up":                BugNoGiveUp,
	"clock-before-view":         BugClockBeforeView,
	"no-catch-up":               BugNoCatchUp,
	"blank-votes":               BugBlankVotes,
	"majority-genesis":          BugMajorityGenesis,
	"grant-own-period":          BugGrantOwnPeriod,
	"handover-keeps-lease":      BugHandOverKeepsLease,
	"release-any-grant":         BugReleaseAnyGrant,
	"release-regrants":          BugReleaseRegrants,
	"handover-before-caught-up": BugHandOverBeforeCaughtUp,
	"preferred-thrashes":        BugPreferredThrashes,
	"witness-stands":            BugWitnessStands,
	"forced-ignored":            BugForcedIgnored,
	"locality-ignored":          BugLocalityIgnored,
	"waive-not-durable":         BugWaiveNotDurable,
	"waive-counts-early":        BugWaiveCountsEarly,
	"waive-counts-late":         BugWaiveCountsLate,
	"setting-forgotten":         BugSettingForgotten,
	"marks-not-compared":        BugMarksNotCompared,
	"odd-one-serves":            BugOddOneServes,
	"collapse-too-far":          BugCollapseTooFar,
	"snapshot-mislabelled":      BugSnapshotMislabelled,
	"full-disk-stops":           BugFullDiskStops,
	"read-only-ignored":         BugReadOnlyIgnored,
}

// Plant switches the bug of that name on.
func Plant(name string) error {
	b, ok := bugNames[name]
	if !ok {
		return fmt.Errorf("core: no planted bug is called %q", name)
	}
	planted[b] = true
	return nil
}

// Unplant switches every planted bug off.
func Unplant() { planted = [bugEnd]bool{} }

// PlantedBugs lists the names.
func PlantedBugs() map[string]Bug { return bugNames }

// Planted reports whether a bug is switched on.
func Planted(b Bug) bool { return planted[b] }
