package sim

// Check is one of the things that must hold in every run.
type Check struct {
	ID     string // as failures name it
	Says   string // what must hold, in one line
	Source string // the file that judges it
	twins  []twin
}

// Checks lists all checks, in the order of their numbers. The missing numbers
// belong to checks of FAULTS 2.1 that wait for what they judge: K14 for client
// sessions, K15 for membership.
func Checks() []Check {
	return []Check{
		{"K1", "one value is chosen per instance, counted from durable bytes", "check_agreement.go", agreementTwins},
		{"K2", "a log's durable promise and longest lease never decrease; no entry is accepted below the promise", "check_promise.go", promiseTwins},
		{"K3", "what a message or an answer claims is durable on its sender's disk when it leaves", "check_externalize.go", externalizeTwins},
		{"K4", "one value per ballot and instance; a ballot belongs to one life of one node", "check_ballot.go", ballotTwins},
		{"K5", "every proposal follows from a quorum of durable promises", "check_proposal.go", proposalTwins},
		{"K6", "what a log durably held of the chosen instances it holds still, or a checkpoint covers it", "check_durable.go", keptTwins},
		{"K7", "what a node says is chosen or executes, is chosen; its commit index never regresses in a life", "check_commit.go", commitTwins},
		{"K8", "instances are applied in order, without a gap, once", "check_apply.go", applyTwins},
		{"K9", "the state after an instance is everywhere what the chosen values make of an empty store", "check_digest.go", digestTwins},
		{"K10", "log and store give back after a power loss what is durable, and no more", "check_recovery.go", recoveryTwins},
		{"K11", "checkpoint and log leave no gap, whatever of the pending removals becomes durable", "check_cover.go", coverTwins},
		{"K12", "at no instant of true time would two nodes serve consistent reads", "check_lease.go", leaseTwins},
		{"K13", "what clients saw is linearizable: by the instances, and by search", "history.go", historyTwins},
		{"JUDGES", "the two judges of K13 agree", "history.go", judgesTwins},
		{"K16", "the cluster recovers within a bounded time, without a storm, and no process stops by itself", "liveness.go", livenessTwins},
		{"K17", "every request gets an answer in time; refusals are explicit and true", "check_refusal.go", refusalTwins},
		{"K18", "the same seed gives the same run", "check_determinism.go", determinismTwins},
		{"K19", "every step of every node is one that the spec allows, and leads where the spec says", "check_spec.go", stepTwins},
		{"K20", "memory, queues, timers and disk use are bounded; no process spins", "check_bounds.go", boundsTwins},
		{"ROLE", "nobody leads who must not", "check_role.go", roleTwins},
		{"LOC", "under the locality rule an acknowledged update is in every datacentre that is not waived", "check_locality.go", localityTwins},
		{"HAND", "a hand-over leaves no update in doubt, and its ballot is never granted again", "check_handover.go", handOverTwins},
		{"PANIC", "no process ends in a panic", "world.go", panicTwins},
	}
}
