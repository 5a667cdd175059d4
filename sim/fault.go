package sim

import "strings"

// Fault is a class of faults. A run draws from the classes that its options
// allow; the counts of what was injected are part of its result.
type Fault uint8

// The classes. The first group fills fault slots (see nemesis), and its numbers are
// part of identities: a new class goes to its end. The second is decided message by
// message, job by job.
const (
	FaultCrash         Fault = iota // a process dies; what it wrote stays visible
	FaultPower                      // a node loses power; pending operations are up to the decider
	FaultCrashAll                   // all processes die at once
	FaultPowerAll                   // all nodes lose power at once
	FaultPowerMost                  // all but one lose power at once
	FaultKillMaster                 // the process that serves dies
	FaultRestart                    // a process dies and is back at once
	FaultIsolate                    // one node loses all links
	FaultIsolateMaster              // the node that serves loses all links
	FaultDeaf                       // one node hears nobody
	FaultMute                       // nobody hears one node
	FaultHalves                     // two groups that don't reach each other
	FaultLink                       // one direction of one link
	FaultMasterLink                 // the node that serves and one other don't reach each other
	FaultForget                     // likewise, and meanwhile the others restart again and again
	FaultAccepts                    // no Accept passes for a while: every master is left with what only it holds
	FaultPause                      // a process stops and goes on later
	FaultPauseMaster                // the process that serves does
	FaultSlowDisk                   // every sync of a node takes long
	FaultSyncError                  // the next sync of a node's disk goes wrong, in that node's way
	FaultFullDisk                   // a node's disk has no room for a while
	FaultWipe                       // a voter loses its disk; once per run, where a majority is left
	FaultDropMaster                 // an operator tells the master to step down
	FaultClog                       // nothing reaches a node for a while, then all at once
	FaultBridge                     // two groups that only one node connects
	FaultRing                       // every node has another majority in reach
	FaultChain                      // nodes in a row, each in reach of its neighbours only
	FaultMasterChain                // likewise, the node that serves at one end: chained leaders
	FaultStar                       // all but one, and the node that serves isn't it, lose all links but those to it: quorum loss
	FaultConstrained                // likewise, and that one has missed what was chosen: constrained election
	FaultFlap                       // one node loses all links and gets them back, about once an election time-out
	FaultFlapMaster                 // likewise: the node that serves and one other
	FaultHeartbeats                 // no heartbeat passes for a while
	FaultVotes                      // no vote passes for a while
	FaultUnseen                     // clients reach only some nodes
	FaultSite                       // a whole site loses its links to the others
	FaultKillSource                 // who sends the next chunk of a snapshot dies, with more to come
	FaultGrayMaster                 // the node that serves goes on with heartbeats, but its Accepts don't pass
	FaultGrayVoter                  // a node goes on granting leases, but its votes don't pass
	FaultShort                      // only short frames leave a node for a while
	FaultFlip                       // one bit of a durable file flips
	FaultZeroed                     // a durable sector becomes zeros
	FaultUnreadable                 // a sector can't be read until it is rewritten
	FaultCutShort                   // a file loses its end
	FaultFileLost                   // a file is gone
	FaultPhantom                    // a sync lies: what it wrote never lands
	FaultMisdirected                // likewise: it lands over another place
	FaultSwap                       // the disks of two nodes change places for a while
	FaultSuspend                    // a machine stops together with its clock
	FaultSlowNode                   // each turn of a process takes long
	FaultRestartLoop                // a process is restarted again and again, faster than it recovers
	slotFaults                      // number of classes that fill slots
)

const (
	FaultLose        Fault = slotFaults + iota // a message gets lost
	FaultDuplicate                             // a message arrives twice
	FaultReorder                               // a message overtakes an earlier one on its link
	FaultLate                                  // a message of an earlier life of its sender or addressee arrives
	FaultJobCrash                              // a node dies inside a job, after a disk operation
	FaultOpenCrash                             // a node dies inside its start
	FaultTorn                                  // a sector is torn in a power loss
	FaultStall                                 // one sync stalls
	FaultRate                                  // a clock changes its rate
	FaultTurnPause                             // a node stops right after a turn, its messages just out
	FaultLeaveOut                              // a node never comes back, while the others must recover
	FaultReadPause                             // a node stops between the pair and the clock of a read
	FaultSyncFails                             // a sync-error: all stays pending
	FaultSyncKeeps                             // likewise: memory keeps what the platter never gets
	FaultSyncReverts                           // likewise: the old bytes are back
	FaultSyncLate                              // likewise: the error comes with the next sync
	FaultSyncAlarm                             // likewise: all is durable nevertheless
	FaultEaten                                 // writing back what a crashed process left fails, unheard
	FaultEvict                                 // memory drops what the platter never got
	FaultFilled                                // a write finds no room
	FaultStop                                  // an operator stops a process cleanly
	FaultOrder                                 // an operator gives another order
	FaultCheckpoint                            // a node dies inside a slice of a checkpoint
	FaultUpkeep                                // a node dies while it compresses, removes or prepares log
	FaultInstall                               // a node dies inside the installing of a snapshot
	FaultBurst                                 // a message gets lost in a bad patch of its link
	FaultLoseKind                              // a message gets lost because of its kind
	FaultQueue                                 // a message is dropped: too much waits for its link
	FaultReset                                 // a connection breaks
	FaultUnconnected                           // a message is dropped for want of a connection
	FaultCorrupt                               // bytes of a frame are wrong
	FaultTruncate                              // bytes of a frame are missing
	FaultReject                                // a frame is rejected, and its connection ended
	FaultReplay                                // a message comes out of the archive
	FaultLeftPartly                            // a node that is left out stays in reach of some, some of the time, or in one direction
	FaultLeftLose                              // a message gets lost on a link that stays lossy for good
	FaultTooLong                               // a frame is lost where only short ones pass
	FaultWeakRead                              // a client reads from any node what it has
	FaultRepeat                                // a client repeats an update whose outcome it doesn't know
	FaultOverdrawn                             // more durable data was lost than the cluster can stand
	FaultRefused                               // a process refused, loudly, to go on with a damaged disk
	FaultImage                                 // a power loss left one of all its legal images, by one decision
	FaultTimersFirst                           // a process that goes on looks at its clock before what has arrived
	faultEnd
)

var faultNames = [...]string{"crash", "power", "crash-all", "power-all", "power-most", "kill-master", "restart", "isolate",
	"isolate-master", "deaf", "mute", "halves", "link", "master-link", "forget", "accepts", "pause", "pause-master", "slow-disk", "sync-error", "full-disk", "wipe", "drop-master",
	"clog", "bridge", "ring", "chain", "master-chain", "star", "constrained", "flap", "flap-master", "heartbeats", "votes", "unseen", "site", "kill-source", "gray-master", "gray-voter", "short",
	"flip", "zeroed", "unreadable", "cut-short", "file-lost", "phantom", "misdirected", "swap", "suspend", "slow-node", "restart-loop",
	"lose", "duplicate", "reorder", "late", "job-crash", "open-crash", "torn", "stall", "rate", "turn-pause", "leave-out", "read-pause",
	"sync-fails", "sync-keeps", "sync-reverts", "sync-late", "sync-alarm", "eaten", "evict",
	"filled", "stop", "order", "checkpoint-crash", "upkeep-crash", "install-crash",
	"burst", "lose-kind", "queue", "reset", "unconnected", "corrupt", "truncate", "reject", "replay", "left-partly", "left-lose", "too-long", "weak-read", "repeat",
	"overdrawn", "refused", "image", "timers-first"}

func (f Fault) String() string { return faultNames[f] }

// Faults lists all classes.
func Faults() []Fault {
	all := make([]Fault, 0, faultEnd)
	for f := range faultEnd {
		all = append(all, f)
	}
	return all
}

// FaultSet is a set of classes.
type FaultSet uint64

// Has reports whether f is in the set.
func (s FaultSet) Has(f Fault) bool { return s&(1<<f) != 0 }

// With returns the set with f in it.
func (s FaultSet) With(f Fault) FaultSet { return s | 1<<f }

// String prints the names, joined by "+"; "none" for the empty set.
func (s FaultSet) String() string {
	var names []string
	for f := range slotFaults {
		if s.Has(f) {
			names = append(names, f.String())
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

// FaultCounts says how often each class was injected.
type FaultCounts [faultEnd]uint64

// Add adds another run's counts.
func (c *FaultCounts) Add(o FaultCounts) {
	for i := range c {
		c[i] += o[i]
	}
}
