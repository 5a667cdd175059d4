package core

// Bug numbers a planted bug (see planted.go).
type Bug uint8

// The planted bugs: what each leaves out.
const (
	BugPromiseNotPersisted    Bug = iota // M01: no record of a promise
	BugVoteBeforeSync                    // M03: what waits for the sync leaves at once
	BugCommitOlderBallot                 // commit over an entry of an older ballot
	BugNotHighestBallot                  // M14: any reported value is re-proposed
	BugQuarantineSkipped                 // M73: a restarted node has forgotten its grants
	BugLeaseFromAck                      // M70: the lease starts when the answer arrives
	BugReadWithoutLease                  // the published lease end is ignored
	BugHeartbeatWaits                    // heartbeat answers wait for the disk
	BugStopAndWait                       // one instance in flight
	BugNoStepDown                        // a master without a lease goes on
	BugNoAskFirst                        // ballots are raised without asking
	BugNoLift                            // M27: a higher promise is ignored
	BugNoGiveUp                          // a master that gets nothing chosen stays
	BugClockBeforeView                   // the clock is read before the view is taken
	BugNoCatchUp                         // a follower never fetches
	BugBlankVotes                        // a wiped voter votes on under its old seat
	BugMajorityGenesis                   // a majority of blank voters makes a genesis
	BugGrantOwnPeriod                    // an acceptor grants for its own period
	BugLocalityIgnored                   // updates are counted by majority, whatever the rule
	BugWaiveNotDurable                   // the log keeps no locality setting
	BugWaiveCountsEarly                  // a waiver counts before a majority holds it
	BugWaiveCountsLate                   // a waiver counts only once it is chosen: never, with the site lost
	BugSettingForgotten                  // a follower takes no notice of a chosen setting
	BugMarksNotCompared                  // digests are exchanged, and nobody looks
	BugOddOneServes                      // a node whose digest differs goes on
	BugHandOverKeepsLease                // a master that hands over goes on serving reads
	BugReleaseAnyGrant                   // a Release drops whatever grant there is
	BugReleaseRegrants                   // a released ballot is granted again
	BugHandOverBeforeCaughtUp            // the successor needn't hold everything
	BugPreferredThrashes                 // preferred masters take it from each other, at once
	BugWitnessStands                     // a witness stands for election
	BugForcedIgnored                     // everybody stands though a master is forced
	BugCollapseTooFar                    // M57: the log is cut where no durable checkpoint is yet
	BugSnapshotMislabelled               // M66: a snapshot counts for an instance that it lacks
	BugFullDiskStops                     // a node whose log finds no room ends
	BugReadOnlyIgnored                   // a read-only node takes updates
	bugEnd
)

var _ = bugEnd
