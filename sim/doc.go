// Package sim is the second host of core/replica: a whole cluster in one process,
// with seeded networks, disks, clocks, crashes and clients, and checks that look
// after every event. What it drives is the code of production, from the message
// codec down to the bytes of the log.
//
// # A run
//
// A run is determined by its seed and its [Options]; most seeds draw their own
// options ([Swarm]). [World] holds true time, an event queue with a total order,
// and everything that exists. The same seed gives the same run: the trace hash
// over all events says so.
//
// Whatever is left to chance is a decision with an identity ("lose the 3rd Accept
// from n2 to n1", "how long n0's 5th sync takes"), and a [Decider] makes it. The
// decider of a seed ([Random]) looks at the named stream of the decision's kind, at
// the place of its identity: so a new fault reshuffles none of the old ones. A
// [Schedule] is a list of the decisions that were not mild; a run can be recorded
// as one and replayed from it, and a search may change single lines of it.
//
// A run has two parts: the faulty one, and the liveness phase. In that all faults
// have ended, and the cluster must commit something new and come to one state.
//
// # A trace
//
//	0.691804 n2 recv <- n1 Accept b=1.3 first=1 commit=6 from=7 values=2
//	|        |  |          message, with its fields
//	|        |  what happens: send, lose, cut, recv; a spec action; a job; …
//	|        the node ("--": the world)
//	true time in seconds
//
// # From a failing seed to something a person can read
//
// A [Recording] is a run in a file: seed, options, and the decisions that were not
// mild, in words (schedule.go, wording.go, words.go). [Shrink] looks for the smallest
// one in which the same check fires (shrink.go, its steps in
// shrink_passes.go and shrink_coarse.go). A [Timeline] listens where the trace does and
// looks at all nodes after every event; it is what arakoon-sim show prints and draws
// (timeline.go, what it hears and sees beside it, dispute.go, explain.go).
//
// # The checks
//
// registry.go lists them, with the file of each (arakoon-sim checks); selftest.go
// shows of each that it fires on a hand-made flaw, and stays silent without it
// (arakoon-sim checks --selftest).
//
// What is chosen is computed from the bytes that syncs made durable (tap.go,
// ledger.go, ghost.go), never from what nodes claim.
//
// # Where to read on
//
// decision.go and decider.go, then world.go (the loop), node.go and job.go (a
// process), network.go, link.go, connection.go, damage.go and archive.go (what
// becomes of a message), nemesis.go, shapes.go, leftout.go and fault.go (what goes
// wrong), client.go and
// workload.go (who asks), then the checks.
package sim
