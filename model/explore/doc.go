// Package explore walks all interleavings of small clusters of core.Node, the very
// code that ships, and holds every step against the rules of consensus.
//
//	   world = (machine, machine, machine, messages ever sent, bounds used up)
//	              |                            ^
//	machine = core.Node's state + its disk     |
//	              |   input                    |   outs
//	              +---------> transition ------+     looked up, not repeated
//
// # What is walked
//
// Breadth first, so that the first broken rule has the shortest path. In each world
// every node may: take any message that was ever sent to it; have its oldest append
// made durable; let a timer go off; lose power, keeping any prefix of what it had
// written and not synced, and start again; take a client's value; be told to hand
// mastership over. Bounds limit how often. Host work that has no choices is done at
// once: what is chosen is applied, what a peer fetches is read from the log.
//
// The network keeps every message for ever and need never deliver one. So loss,
// delay, reordering and duplication are there without steps of their own; and a node
// that is down for a while is one that takes no messages.
//
// # What is abstract
//
// Time stands still. Every timer that is set may go off at any moment or never, one
// at a time, which is more than clocks allow. Waits that keep a node from acting have
// always run out: no grant, no quarantine and no abstention holds anybody up. So
// agreement is shown without any help of clocks, as it must be (DESIGN 4.6), and
// nothing is said about leases and reads; those belong to TLogLease and the
// simulator. The jitter is always the same. The cluster has been founded: every node
// holds the genesis and knows that the others do.
//
// # Why it is fast
//
// A machine is a value with a number, and what an input does to it is a function, so
// each pair of machine and input is given to core.Node once and looked up ever after.
// A world is a few numbers and bits. Its fingerprint is the sum of 128-bit hashes of
// its machines, messages and counters, so a step changes it by a few additions.
// Machines are told apart by all their bytes; of the worlds, a sample is kept whole
// to notice two with one fingerprint.
//
// # What is left out, and why that loses nothing
//
// Answers. If a message makes a node say something and changes nothing else, it is
// taken at once, in every world, and the world before is never visited. More messages
// never keep anybody from anything: what can happen with few can happen with more.
// So the world with the answer can do all that the one without can, and all rules are
// about what nodes and disks do. Whether a message changes anything is seen by giving
// it to the node, not believed; so a bug that makes it change something is walked.
// The same holds for an answer that waits for the disk: it is added to what waits.
//
// Names of client values. They differ in nothing else, so the first one proposed
// anywhere is "a", the next "b".
//
// # Reading order
//
//	bounds      what limits a walk
//	timers      how time stands still
//	disk        what power loss leaves
//	machine     states of single nodes, messages, values by number
//	step        one input of one machine: the host of a node
//	claims      rules that one machine shows: externalize after durable, P1a, P1b
//	judge       rules that only all together show: agreement, P2c, commit
//	world       worlds, answers
//	search      breadth first
//	seen        the set of worlds
//	path, words counterexamples, in words and back
package explore
