package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// A phrase says one kind of decision in words. Fields in braces stand for a part of
// the identity, or for the choice ({C}); each is one word. A phrase speaks for the
// identities whose other parts are as in fixed, and, without {C}, for choice 1.
//
//	{A} {B}   a node         {client}  A, a client     {N} {M}  an ordinal: 3rd
//	{msg}     a message      {job}     B, a job        {n}      N, a plain number
//	{fault}   A, a class of faults
type phrase struct {
	kind   DecisionKind
	text   string
	fixed  Identity
	choice table
}

// A table lists what the choices of a decision mean, from 0 on; nil: plain numbers.
type table func(o *Options, id Identity) []string

// phrases are tried in order. A decision that none of them can say is written as
// Decision.String prints it.
var phrases = []phrase{
	{kind: DecideLose, text: "lose the {N} {msg} from {A} to {B}"},
	{kind: DecideDuplicate, text: "deliver the {N} {msg} from {A} to {B} twice"},
	{kind: DecideDelay, text: "the {N} {msg} from {A} to {B} takes {C}", choice: delayTimes},
	{kind: DecideCopyDelay, text: "the copy of the {N} {msg} from {A} to {B} takes {C}", choice: delayTimes},
	{kind: DecideTurn, text: "{A} takes {C} before its {N} turn", choice: times(func(*Options) law { return turnLaw() })},
	{kind: DecideJobTime, text: "the {N} {job} of {A} takes {C}", choice: jobTimes},
	{kind: DecideStall, text: "the {N} {job} of {A} stalls for {C}", choice: times(func(o *Options) law { return stallLaw(o.Lease) })},
	{kind: DecideJobCrash, text: "{A} dies in its {N} {job} before operation {C}"},
	{kind: DecideOpenCrash, text: "{A} dies in its {N} start before operation {C}"},
	{kind: DecideCrashPower, text: "the {N} death of {A} is a power loss"},
	{kind: DecideCrashOps, text: "before its {N} death the jobs of {A} do {C} more operations", choice: numbers(crashOps[:])},
	{kind: DecideImage, text: "the {N} power loss of {A} loses the {M} pending operation"},
	{kind: DecideImage, text: "a power loss behind the {N} death of {A} loses the {M} pending operation", fixed: Identity{B: 1}},
	{kind: DecideTorn, text: "the {N} power loss of {A} tears the {M} pending operation at {C}"},
	{kind: DecideTorn, text: "a power loss behind the {N} death of {A} tears the {M} pending operation at {C}", fixed: Identity{B: 1}},
	{kind: DecideDown, text: "{A} stays down for {C} after its {N} death", choice: times(func(o *Options) law { return downLaw(o.Lease) })},
	{kind: DecideFault, text: "slot {n} brings {fault}"},
	{kind: DecideFaultAt, text: "{fault} of slot {n} comes after {C}", choice: slotTimes},
	{kind: DecideFaultWho, text: "{fault} of slot {n} strikes {C}", choice: orderedNodes},
	{kind: DecideFaultFor, text: "{fault} of slot {n} lasts {C}", choice: faultTimes},
	{kind: DecideRate, text: "the {N} piece of the clock of {A} is {C}",
		choice: words("right", "slow", "fast", "half-slow", "half-fast", "third-fast")},
	{kind: DecideRateFor, text: "the {N} piece of the clock of {A} lasts {C}", choice: times(func(o *Options) law { return rateLaw(o.Lease) })},
	{kind: DecideTurnPause, text: "{A} stops for {C} after its {N} turn", choice: faultTimes},
	{kind: DecideReadPause, text: "{A} stops for {C} within its {N} read", choice: faultTimes},
	{kind: DecideLeaveOut, text: "the {N} node that is left out is {C}", choice: leftOut},
	{kind: DecideClientOp, text: "the {N} operation of {client} is {C}", choice: operationNames},
	{kind: DecideClientKey, text: "the {N} operation of {client} draws {C} for its {M} key", choice: keyNames},
	{kind: DecideClientArg, text: "the {N} operation of {client} draws {C} for its {M} argument"},
	{kind: DecideClientNode, text: "after its {N} request {client} asks {C}", choice: askedNodes},
	{kind: DecideClientDelay, text: "the {N} request of {client} takes {C}", choice: delayTimes},
	{kind: DecideClientDelay, text: "the answer to the {N} request of {client} takes {C}", fixed: Identity{M: 1}, choice: delayTimes},
	{kind: DecideClientLose, text: "lose the {N} request of {client}"},
	{kind: DecideClientLose, text: "lose the answer to the {N} request of {client}", fixed: Identity{M: 1}},
	{kind: DecideClientThink, text: "{client} waits {C} before its {N} operation",
		choice: times(func(o *Options) law { return thinkLaw(o.Think, o.Lease) })},
	{kind: DecideSyncFault, text: "a sync of {A} that goes wrong {C}", choice: words(disk.SyncFails.String(), disk.SyncKeeps.String(),
		disk.SyncReverts.String(), disk.SyncLate.String(), disk.SyncFalseAlarm.String())},
	{kind: DecideSyncLost, text: "the {N} sync of {A} that goes wrong loses the {M} write"},
	{kind: DecideEaten, text: "what the {N} crash of {A} leaves can't be written back"},
	{kind: DecideEaten, text: "what the {N} crash of {A} leaves lacks the {M} write"},
	{kind: DecideEvict, text: "memory of {A} drops what failed the {N} time after {C}", choice: faultTimes},
	{kind: DecideEvict, text: "memory of {A} drops of what failed the {N} time the {M} write"},
	{kind: DecideBulk, text: "the {N} update of the load draws {C} for its {M} part"},
	{kind: DecideOrder, text: "slot {n} brings an order to {C}", choice: words("", "hand-over", "hand-over-to", "waive", "restore", "collapse", "checkpoint", "stop")},
	{kind: DecideOrderWho, text: "the order of slot {n} is for {C}", choice: orderedNodes},
	{kind: DecideFull, text: "the disk of {A} has {C} bytes left when it is full the {N} time", choice: numbers(fullness[:])},
	{kind: DecideLoseKind, text: "lose the {N} {msg} from {A} to {B} for its kind"},
	{kind: DecideBurst, text: "the {N} {msg} from {A} to {B} begins a bad patch of {C} messages", choice: from1(numbers(burstLengths[:]))},
	{kind: DecideBurstLose, text: "the bad patch swallows the {N} {msg} from {A} to {B}"},
	{kind: DecideDamage, text: "the frame of the {N} {msg} from {A} to {B} is damaged in way {C}"},
	{kind: DecideReset, text: "the connection breaks behind the {N} {msg} from {A} to {B} seen by {C}",
		choice: words("", "both", "sender", "receiver", "nobody")},
	{kind: DecideSuffix, text: "the {N} break from {A} to {B} takes {C} eighths of what is under way"},
	{kind: DecideRedial, text: "the {N} break from {A} to {B} lasts {C}", choice: times(func(o *Options) law { return redialLaw(o.Lease) })},
	{kind: DecideReplay, text: "the {N} {msg} from {A} to {B} comes again after {C}",
		choice: from1(times(func(o *Options) law { return replayLaw(o.Lease) }))},
	{kind: DecideEcho, text: "the {N} {msg} from {A} to {B} comes again for the {M} time after {C}",
		choice: from1(times(func(o *Options) law { return replayLaw(o.Lease) }))},
	{kind: DecideLeftHow, text: "the {N} node that is left out stays {C}", choice: leftHow},
	{kind: DecideLeftHow, text: "the {N} node that is left out has a rhythm of {C}", fixed: Identity{M: 1}, choice: numbers(leftRhythms)},
	{kind: DecideLeftWho, text: "the {N} node that is left out meets member {C}"},
	{kind: DecideReadHold, text: "{client} holds what answers its {N} request for {C}", choice: faultTimes},
	{kind: DecideWeak, text: "the {N} operation of {client} wants a state that is {C}", choice: words("", dirty.String(), atLeast.String())},
	{kind: DecideRepeat, text: "{client} repeats its {N} request, whose outcome it doesn't know"},
	{kind: DecideTimersFirst, text: "{A} looks at its clock first when it goes on the {N} time"},
	{kind: DecideLeftLose, text: "lose the {N} {msg} from {A} to {B} for good"},
	{kind: DecideRotIf, text: "make the {N} wound of the disk of {A}"},
	{kind: DecideRotIf, text: "make the {N} wound of the disk of {A} beyond the budget", fixed: Identity{M: 1}},
	{kind: DecideRotFile, text: "the {N} wound of the disk of {A} is in file {C}"},
	{kind: DecideRotAt, text: "the {N} wound of the disk of {A} is {C} 65536ths into the file"},
	{kind: DecideRotAim, text: "the {N} wound of the disk of {A} is in the header of a batch at {C}"},
	{kind: DecideRotBit, text: "the {N} wound of the disk of {A} flips bit {C}"},
	{kind: DecideRotThen, text: "with the {N} wound of its disk {A} {C}", choice: words("", "restarts", "loses-power")},
	{kind: DecideImages, text: "the {N} power loss of {A} leaves image {C}"},
	{kind: DecideImages, text: "the {N} power loss of {A} by its rule begins at {C}", fixed: Identity{M: 1}},
	{kind: DecideImages, text: "a power loss behind the {N} death of {A} leaves image {C}", fixed: Identity{B: 1}},
	{kind: DecideImages, text: "a power loss behind the {N} death of {A} by its rule begins at {C}", fixed: Identity{B: 1, M: 1}},
}

// words is a table that is the same in all runs.
func words(all ...string) table { return func(*Options, Identity) []string { return all } }

func numbers[T int | int64](all []T) table {
	var list []string
	for _, n := range all {
		list = append(list, strconv.FormatInt(int64(n), 10))
	}
	return words(list...)
}

// times is a table of the times of a law.
func times(of func(*Options) law) table {
	return func(o *Options, _ Identity) []string {
		var list []string
		for _, t := range of(o) {
			list = append(list, timeWord(time.Duration(t)))
		}
		return list
	}
}

// timeWord prints a time of a law to four digits: laws are steps between round
// numbers, and what is cut off is the rounding of a step.
func timeWord(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 10_000 {
		unit *= 10
	}
	return strings.ReplaceAll(d.Round(unit).String(), "µ", "u")
}

// delayTimes are those of a link; of a client, those within a site.
func delayTimes(o *Options, id Identity) []string {
	name := o.Delay
	if id.Kind == DecideDelay || id.Kind == DecideCopyDelay {
		name = o.delayBetween(core.Seat(id.A), core.Seat(id.B))
	}
	return times(func(o *Options) law { return delayLaw(name, o.Lease) })(o, id)
}

// from1 is a table whose first entry is choice 1.
func from1(of table) table {
	return func(o *Options, id Identity) []string { return append([]string{""}, of(o, id)...) }
}

func faultTimes(o *Options, id Identity) []string {
	return times(func(o *Options) law { return faultLaw(o.Lease) })(o, id)
}

func jobTimes(o *Options, id Identity) []string {
	if int(id.B) >= replica.JobKinds || !writes(replica.JobKind(id.B)) {
		return times(func(*Options) law { return quickLaw() })(o, id)
	}
	return times(func(o *Options) law { return syncLaw(o.Sync, o.Lease) })(o, id)
}

// slotTimes are when a fault comes within its slot.
func slotTimes(o *Options, _ Identity) []string {
	var list []string
	for c := range int64(1001) {
		list = append(list, timeWord(time.Duration(c*int64(o.Lease)/2000)))
	}
	return list
}

func nodeNames(o *Options, _ Identity) []string {
	var list []string
	for s := range core.Seat(o.Nodes) {
		list = append(list, nodeName(s))
	}
	return list
}

// leftOut are the nodes that stay broken, then those that stay down, the first node
// last of each.
func leftOut(o *Options, id Identity) []string {
	list := []string{""}
	nodes := nodeNames(o, id)
	for _, how := range []string{"-broken", "-down"} {
		for k := range nodes {
			list = append(list, nodes[(k+1)%len(nodes)]+how)
		}
	}
	return list
}

// leftHow are the ways to stay broken.
func leftHow(*Options, Identity) []string {
	var list []string
	for _, way := range leftWays {
		list = append(list, strings.ReplaceAll(way.name, " ", "-"))
	}
	return list
}

// askedNodes are whom a client turns to: choices 0 and 1 both mean the first.
func askedNodes(o *Options, id Identity) []string {
	return append([]string{nodeName(0)}, nodeNames(o, id)...)
}

// orderedNodes has the first node at the end as well.
func orderedNodes(o *Options, id Identity) []string { return append(nodeNames(o, id), nodeName(0)) }

// operationNames are what the kinds of operations come to, each drawn once as mild as
// it can be.
func operationNames(o *Options, _ Identity) []string {
	w := &World{opts: *o, rec: recorder{next: Schedule(nil)}}
	w.addClient()
	var list []string
	for _, draws := range o.kinds() {
		op := draws(&draw{w: w})
		var asked any = op.update
		if op.query != nil {
			asked = op.query
		}
		list = append(list, strings.TrimPrefix(fmt.Sprintf("%T", asked), "command."))
	}
	return list
}

func keyNames(o *Options, _ Identity) []string {
	var list []string
	for k := range o.Keys {
		list = append(list, fmt.Sprintf("k%d", k))
	}
	return list
}

// messageNames are the kinds of messages by number.
var messageNames = [...]string{"", "Probe", "Identity", "Ask", "AskYes", "Prepare", "Promise", "Behind", "Nack", "Accept",
	"Accepted", "Chosen", "Heartbeat", "HeartbeatReply", "Fetch", "Entries", "Release", "StandNow", "SnapshotOffer",
	"SnapshotFetch", "SnapshotChunk"}
