package core

// Bug numbers a planted bug: what each leaves out stands in the table of
// planted builds (planted_protocol.go, planted_data.go).
type Bug uint8

// The planted bugs, by area, each with its row of the catalogue of bugs that real
// systems have had, where it has one.
const (
	// ballots
	BugPromiseNotPersisted Bug = iota // M01
	BugVoteBeforeSync                 // M03
	BugSyncOffByOne
	BugAcceptIgnoresPromise // M04
	BugEqualBallotRefused   // M05
	BugBallotsNotUnique     // M07
	BugBallotReused         // M08
	BugBallotWraps          // M09
	BugParkedSurvives
	BugHeldCutBehind
	BugPromiseDropsLast
	BugPromiseDurableEarly
	BugEntryDurableEarly

	// proposer
	BugNotHighestBallot    // M14
	BugStalePromise        // M16
	BugPromiseCountedTwice // M17
	BugElectionOneShort
	BugStaleAccepted    // M19
	BugGapFilledBlindly // M22
	BugPrefixRecovered  // M24
	BugBarrierSkipped
	BugStaleLeads
	BugNoAskFirst // M105
	BugNoLift     // M27
	BugHigherCommitIgnored
	BugMasterCatchesUp

	// commit
	BugCommitOlderBallot
	BugOldBallotCounted // M29
	BugQuorumOneShort
	BugApplyOnAccept // M33
	BugAcceptProvesPrevious
	BugOwnVoteEarly   // M35
	BugApplyLocal     // M36
	BugReplayOffByOne // M38
	BugRestartCommits
	BugTrustsCommit // M39

	// lease
	BugLeaseFromAck      // M70
	BugNoDriftMargin     // M72
	BugQuarantineSkipped // M73
	BugQuarantineShort
	BugLeaseMinority // M76
	BugLeaseRoundsMixed
	BugGrantsIgnored // M78
	BugCoarseLease   // M79
	BugGrantUnit     // M84
	BugGrantOwnPeriod
	BugGrantNotDurable
	BugLongestNotKept
	BugGrantShortened
	BugReadWithoutLease
	BugReadsBeforeBarrier
	BugReadsBeforeApplied
	BugClockBeforeView

	// handover
	BugHandOverKeepsLease // M75
	BugReleaseAnyGrant
	BugReleaseRegrants
	BugHandOverBeforeCaughtUp
	BugPreferredThrashes
	BugWitnessStands
	BugForcedIgnored

	// identity
	BugBlankVotes
	BugMajorityGenesis

	// locality
	BugLocalityIgnored
	BugWaiveNotDurable
	BugWaiveCountsEarly
	BugWaiveCountsLate
	BugSettingForgotten
	BugSettingNotWritten

	// liveness
	BugHeartbeatWaits
	BugStopAndWait
	BugNoStepDown
	BugNoGiveUp
	BugNoAbstain
	BugLiftAtOnce
	BugNoBackOff     // M103
	BugTimerNotReset // M108
	BugNoResend
	BugResendSkipsConflict // M111
	BugOldAcceptIgnored
	BugNoCatchUp
	BugFetchSameSource
	BugFetchNotRepeated
	BugSealSpins
	BugTornTailRefused // M42

	// log
	BugHeaderUnchecked // M40
	BugBodyUnchecked
	BugDamageIsTorn   // M43
	BugSegmentUnnamed // M46
	BugIDUnnamed      // M46
	BugOpenUnnamed    // M46
	BugSyncRetried    // M51
	BugSyncErrorIgnored
	BugOpenNotSynced // M52
	BugRollNotSynced
	BugBatchNotSynced
	BugIDNotSynced
	BugFullDiskHole // M53
	BugFullDiskStops
	BugReadFirstBallot
	BugReadNoOverlay
	BugCacheTrustsLower
	BugOpenDropsLast
	BugHeaderForgetsAdopted
	BugZerosOverBatch
	BugCommitRestsOnWaiting
	BugCompressedNotSynced

	// collapse
	BugCollapseTooFar // M57
	BugCollapseOffByOne
	BugBaseOffByOne
	BugLogKeptToNewest
	BugCollapseAtOpen
	BugRemovedBeforeNoted
	BugBaseMarkNotSynced
	BugReadIgnoresBase // M58
	BugCheckpointAhead

	// snapshot
	BugOlderSnapshot       // M62
	BugSnapshotMislabelled // M66
	BugPartialSnapshot     // M67
	BugSnapshotUnchecked
	BugSnapshotNotSynced
	BugSnapshotForeign
	BugInstalledUnmarked
	BugInstallBesideApply
	BugInstallStaysFull
	BugInstallForgetsPromise
	BugInstallDropsEntries
	BugLogNotTold
	BugChunkGap

	// store
	BugCheckpointMislabelled // M66
	BugMetaBeforePages
	BugMetaNotSynced
	BugUnsyncedMetaTrusted
	BugReuseTooEarly
	BugRootsIgnored
	BugTakenNotNoted
	BugCutBehindOlder
	BugStoreUnnamed     // M46
	BugStoreOpenUnnamed // M46
	BugPageUnchecked    // M68
	BugTreeSumOff
	BugTombstoneLost
	BugClearNotWritten
	BugFrozenNotRead
	BugClearedStillRead
	BugRangeSeesCleared
	BugRangeIncludesBound
	BugReverseIncludesBound
	BugTestAndSetBlind
	BugAssertSkipped
	BugNoRollback
	BugRollbackForward
	BugPrefixForgetsOwn
	BugCountersForgotten

	// digests
	BugMarksNotCompared
	BugOddOneServes

	// clients
	BugStaleView
	BugAnswersOtherValue
	BugWaitingReadUnleased
	BugTimeoutIsFailure // M90
	BugTicketsForgotten
	BugQueueNeverFailed
	BugFullWaitsForever
	BugReadOnlyIgnored

	// the simulator's own
	BugMapRange

	bugEnd
)

var _ = bugEnd
