// Package core is the protocol of Arakoon: Multi-Paxos over a transaction log,
// with one leased master, as a pure function of (state, now, input).
//
//	          Input                         Effects
//	message, client's value,   +------+   records to append (Append, Save)
//	tick, "durable up to P",   | Node |   messages for now (Send)
//	"applied up to i"     ---> | Step | -> messages for after the sync (SendAfterSync)
//	                           +------+   what to apply (Commit), whom to feed (Feed)
//	                                      tickets that failed, when to wake
//
// # The contract
//
// Step is the only door. It does no I/O, reads no clock, starts nothing, ranges
// over no map in any way that shows, and never blocks. Bytes that entered are
// immutable. Effects are valid until the next Step. Foreign input that is wrong
// is counted and ignored; own state that is wrong panics, on the way out of each
// Step. package core/replica carries Effects out, the same for the simulator and
// for production.
//
// # Words
//
// A ballot is one try of one proposer. An instance decides one value: a batch of
// updates, or a control entry. A value is chosen when a quorum has accepted it
// durably in one ballot. The commit index is the end of the longest chosen prefix
// that this node holds. Applied is what the state machine has executed. The
// master is the proposer whose ballot was promised; it serves reads while it
// holds a lease and after its barrier, its own first control entry, is applied.
//
// # Reading order
//
//	ids, value, record, genesis   the vocabulary
//	message, codec                what nodes say, and how it is written
//	effects, node                 the border, and the door
//	acceptor                      promises and votes (Paxos Made Simple 2.2, 2.3)
//	election, proposer            phases 1 and 2 as seen by who proposes; pipelining
//	learner                       commit indexes and catch-up
//	lease                         both sides of a lease; restart quarantine
//	lift                          when a master leaves its ballot, and when it must wait
//	handover, preferred           mastership that moves on purpose; who may lead
//	identity, deliver             first boot, wiped disks, who may speak to whom
//	quorum                        the rules, and the proof that they intersect
//	setting, locality             datacentres: who counts, and an operator's word on it
//	marks                         digests: which state machine went astray
//	state, status, trace          copies, fingerprints, spec actions
//
// What nodes say to each other in a few situations: testdata/conversations.
// Decisions and where they leave the papers: DESIGN.md beside this file.
//
// Sources: Lamport, The Part-Time Parliament (1998) and Paxos Made Simple (2001);
// Chandra, Griesemer, Redstone, Paxos Made Live (2007), for leases and the disk;
// the project's own spec under tla/.
package core
