package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// DecisionKind says what is being decided. Each kind has a stream of its own.
type DecisionKind uint8

// The kinds of decisions. Wherever one is asked for, choice 0 is the mildest:
// nothing happens, the shortest delay, everything survives.
const (
	DecideLose        DecisionKind = 1 + iota // a message, from A to B, Msg, its N-th
	DecideDuplicate                           // likewise: deliver it twice
	DecideDelay                               // likewise: index into the delay law
	DecideCopyDelay                           // likewise: of the second copy
	DecideTurn                                // node A takes its time before its N-th turn
	DecideJobTime                             // node A's N-th job of kind B
	DecideStall                               // the same job stalls
	DecideJobCrash                            // node A dies after the choice-th disk operation of it
	DecideOpenCrash                           // node A dies after the choice-th disk operation of its N-th start
	DecideCrashPower                          // node A's N-th death is a power loss
	DecideCrashOps                            // running jobs get that many more disk operations before A's N-th death
	DecideImage                               // the M-th pending operation of A's N-th power loss: 0 kept, else lost
	DecideTorn                                // the same operation is torn
	DecideDown                                // how long A stays down after its N-th death
	DecideFault                               // whether the N-th fault slot brings a fault of class A
	DecideFaultAt                             // when in its slot
	DecideFaultWho                            // whom
	DecideFaultFor                            // for how long
	DecideRate                                // clock of node A, its N-th piece
	DecideRateFor                             // how long that piece lasts
	DecideTurnPause                           // node A stops after its N-th turn
	DecideReadPause                           // node A stops between the pair and the clock of its N-th read
	DecideLeaveOut                            // the N-th node that never comes back, and how
	DecideClientOp                            // client A's N-th operation: what
	DecideClientKey                           // its M-th key
	DecideClientArg                           // its M-th other argument
	DecideClientNode                          // whom it asks when it doesn't know
	DecideClientDelay                         // way there (M=0) and back (M=1)
	DecideClientLose                          // the request or the answer gets lost
	DecideClientThink                         // pause before it
	DecideSyncFault                           // in which way syncs of node A go wrong
	DecideSyncLost                            // the M-th write of A's N-th failed sync never reaches the platter
	DecideEaten                               // A's N-th crash: writing back fails (M=0), for the M-th pending write
	DecideEvict                               // A's N-th failure to write: when memory is dropped (M=0), whether the M-th write is
	DecideBulk                                // the N-th update of the bulk load, its M-th part
	DecideOrder                               // what the N-th slot for operators' orders brings
	DecideOrderWho                            // whom
	DecideFull                                // how much room the full disk of node A has left, the N-th time
	DecideLoseKind                            // a message whose kind is in disfavour, from A to B, Msg, its N-th
	DecideBurst                               // likewise: a bad patch of the link begins with it, and how long it is
	DecideBurstLose                           // likewise: the bad patch swallows it
	DecideDamage                              // the frame of the message is damaged on its way, how and where
	DecideReset                               // the connection breaks behind that frame, and who sees it
	DecideSuffix                              // how much of what is under way from A to B the N-th break takes
	DecideRedial                              // how long there is no connection then
	DecideReplay                              // a message comes again, and when
	DecideLeftHow                             // how the N-th node that is left out stays broken (M=0), and its rhythm (M=1)
	DecideLeftWho                             // which member of the core it reaches
	DecideLeftLose                            // a message on a link that stays lossy for good, from A to B, Msg, its N-th
	DecideReadHold                            // how long client A keeps the view that its N-th request is answered from
	DecideWeak                                // what state client A's N-th operation wants, if it is a query
	DecideRepeat                              // client A does what it doesn't know the outcome of again, its N-th request
	DecideRotIf                               // node A's N-th wound (see rot.go) is made
	DecideRotFile                             // which of its files has it
	DecideRotAt                               // where, in 65536ths of the file
	DecideRotBit                              // which bit flips
	DecideRotThen                             // what the node does then
	DecideImages                              // which image A's N-th power loss leaves (M=0), or by which rule, from where on (M=1)
	DecideTimersFirst                         // node A, going on the N-th time, looks at its clock before its inputs
	DecideEcho                                // a message about a lease comes again the M-th time, and when
	DecideRotAim                              // that place is in the header of a batch, and which byte
	decisionEnd
)

var decisionNames = [...]string{"", "lose", "duplicate", "delay", "copy-delay", "turn", "job-time", "stall",
	"job-crash", "open-crash", "crash-power", "crash-ops", "image", "torn", "down", "fault", "fault-at", "fault-who",
	"fault-for", "rate", "rate-for", "turn-pause", "read-pause", "leave-out", "client-op", "client-key", "client-arg", "client-node",
	"client-delay", "client-lose", "client-think", "sync-fault", "sync-lost", "eaten", "evict", "bulk", "order", "order-who", "full",
	"lose-kind", "burst", "burst-lose", "damage", "reset", "suffix", "redial", "replay", "left-how", "left-who", "left-lose",
	"read-hold", "weak", "repeat",
	"rot-if", "rot-file", "rot-at", "rot-bit", "rot-then", "images", "timers-first", "echo", "rot-aim"}

func (k DecisionKind) String() string { return decisionNames[k] }

// Identity names one decision of a run by what it is about, not by when it was
// asked for: deleting one from a schedule renames none of the others.
type Identity struct {
	Kind DecisionKind
	A, B uint8            // nodes, clients, kinds of jobs: by kind
	Msg  core.MessageKind // of a message; else 0
	N    uint32           // which one of that sort, from 1 on
	M    uint32           // which part of it
}

// String prints the identity as schedules store it.
func (id Identity) String() string {
	return fmt.Sprintf("%s %d %d %d %d %d", id.Kind, id.A, id.B, id.Msg, id.N, id.M)
}

// Decision is a choice that was made. Choice 0 is never stored.
type Decision struct {
	Identity
	Choice uint32
	Asked  int64 // when the run asked for it, ns of true time; for readers only
}

// String prints "kind a b msg n m = choice", one line of a schedule.
func (d Decision) String() string { return fmt.Sprintf("%s = %d", d.Identity, d.Choice) }

// ParseDecision reads what String printed.
func ParseDecision(line string) (Decision, error) {
	var d Decision
	var kind string
	if _, err := fmt.Sscanf(line, "%s %d %d %d %d %d = %d", &kind, &d.A, &d.B, &d.Msg, &d.N, &d.M, &d.Choice); err != nil {
		return Decision{}, fmt.Errorf("sim: decision %q: %w", line, err)
	}
	for k := DecisionKind(1); k < decisionEnd; k++ {
		if decisionNames[k] == kind {
			d.Kind = k
			return d, nil
		}
	}
	return Decision{}, fmt.Errorf("sim: decision %q: no such kind", line)
}
