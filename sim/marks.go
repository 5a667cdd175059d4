package sim

// Mark is a rare, telling situation: one in which a bug of a certain kind would
// show. A campaign counts in how many of its seeds each came up, and fails when
// one has become much rarer than it used to be: then the simulator has grown tame.
// Nothing in a run rests on marks.
type Mark uint8

// The marks, in the order of the table below.
const (
	MarkAdoptsUnseen Mark = iota
	MarkAdoptsOverOwn
	MarkRevivesUnchosen
	MarkChosenAgain
	MarkVoteReplaced
	MarkThreeBallots
	MarkThreeValues
	MarkStrayValue
	MarkLift
	MarkRaise
	MarkTwoMasters
	MarkOldMaster
	MarkDuel
	MarkBehind
	MarkGrantHonoured
	MarkQuarantine
	MarkQuarantineOver
	MarkHandOver
	MarkHandOverQuick
	MarkStepDown
	MarkReadRefused
	MarkCloseCall
	MarkOverslept
	MarkLatePromise
	MarkLateAccepted
	MarkUnknownApplied
	MarkUnknownLost
	MarkTornTail
	MarkPowerTwice
	MarkPowerInStart
	MarkDark
	MarkHalfGenesis
	MarkStopsItself
	MarkDiskRelieved
	MarkCaughtUp
	MarkSnapshot
	MarkSnapshotResumed
	MarkInstallWriting
	MarkInstallRenamed
	MarkInstallLog
	MarkCheckpointCut
	MarkWipedLearns
	MarkWitnessDecides
	MarkWaived
	markEnd
)

// markInfo describes a mark. Usual is in how many of 1,000 seeds of the ci mix it
// comes up, as measured; 0: too rare to ask for.
type markInfo struct {
	name, meaning string
	usual         uint64
}

var markTable = [markEnd]markInfo{
	MarkAdoptsUnseen:    {"adopts-unseen", "a new master proposed a value that its own disk did not hold", 125},
	MarkAdoptsOverOwn:   {"adopts-over-own", "a new master proposed another value than its own disk held, of a higher ballot", 0},
	MarkRevivesUnchosen: {"revives-unchosen", "a new master proposed a value again that was not chosen yet", 178},
	MarkChosenAgain:     {"chosen-again", "a new master proposed a value again that was chosen in an older ballot", 458},
	MarkVoteReplaced:    {"vote-replaced", "an acceptor's vote gave way to another value in a higher ballot", 50},
	MarkThreeBallots:    {"three-ballots", "an instance got votes in three ballots", 136},
	MarkThreeValues:     {"three-values", "an instance got votes for three values", 0},
	MarkStrayValue:      {"stray-value", "a durable value lost against the one that was chosen", 61},
	MarkLift:            {"lift", "a master heard that more is chosen than it knows, and left its ballot", 10},
	MarkRaise:           {"raise", "a master went on in a higher ballot of its own", 176},
	MarkTwoMasters:      {"two-masters", "a node became master while another still took itself for it", 85},
	MarkOldMaster:       {"old-master", "a master proposed in a ballot that had been superseded", 0},
	MarkDuel:            {"duel", "two nodes stood for election at once", 156},
	MarkBehind:          {"behind", "a candidate heard that it lacks chosen entries", 310},
	MarkGrantHonoured:   {"grant-honoured", "an acceptor refused because of a live grant", 338},
	MarkQuarantine:      {"quarantine", "an acceptor refused because it had just restarted", 186},
	MarkQuarantineOver:  {"quarantine-over", "an acceptor that had refused so promised later", 100},
	MarkHandOver:        {"hand-over", "a master released its ballot in favour of another node", 165},
	MarkHandOverQuick:   {"hand-over-quick", "its successor led within half a lease period", 161},
	MarkStepDown:        {"step-down", "a running master told a client that the outcome is unknown", 301},
	MarkReadRefused:     {"read-refused", "a master without a live lease sent a read the long way", 340},
	MarkCloseCall:       {"close-call", "a node served within an 8th of a lease period after another, without a hand-over", 0},
	MarkOverslept:       {"overslept", "a master stopped, and another served when it went on", 45},
	MarkLatePromise:     {"late-promise", "a promise came to a node that was no candidate in its ballot any more", 78},
	MarkLateAccepted:    {"late-accepted", "a vote came to a node that was no master in its ballot any more", 201},
	MarkUnknownApplied:  {"unknown-applied", "an update of unknown outcome was chosen", 255},
	MarkUnknownLost:     {"unknown-lost", "an update of unknown outcome was never chosen", 220},
	MarkTornTail:        {"torn-tail", "an open cut a torn last batch off", 8},
	MarkPowerTwice:      {"power-twice", "a node lost power twice and synced nothing in between", 78},
	MarkPowerInStart:    {"power-in-start", "a node lost power inside its start", 108},
	MarkDark:            {"dark", "no node was up, and the last had lost power", 165},
	MarkHalfGenesis:     {"half-genesis", "a node died before it had adopted a genesis that another held", 31},
	MarkStopsItself:     {"stops-itself", "a node stopped because its disk had failed it", 93},
	MarkDiskRelieved:    {"disk-relieved", "a node whose disk had been full synced again", 55},
	MarkCaughtUp:        {"caught-up", "a node caught up from a peer's log", 701},
	MarkSnapshot:        {"snapshot", "a node behind the collapse point installed a snapshot", 58},
	MarkSnapshotResumed: {"snapshot-resumed", "a snapshot went on from another source", 0},
	MarkInstallWriting:  {"install-writing", "a node died while it wrote a snapshot down", 8},
	MarkInstallRenamed:  {"install-renamed", "a node died with a snapshot in place, but not durably so", 0},
	MarkInstallLog:      {"install-log", "a node died with a snapshot in place, before its log began above it", 0},
	MarkCheckpointCut:   {"checkpoint-cut", "a node lost power inside a slice of a checkpoint", 31},
	MarkWipedLearns:     {"wiped-learns", "a node that had lost its disk caught up", 46},
	MarkWitnessDecides:  {"witness-decides", "a value was chosen that without a witness would not have been", 46},
	MarkWaived:          {"waived", "a locality setting changed", 10},
}

// String returns the name of the mark.
func (m Mark) String() string { return markTable[m].name }

// Meaning says in a sentence what came up.
func (m Mark) Meaning() string { return markTable[m].meaning }

// Marks lists all marks.
func Marks() []Mark {
	all := make([]Mark, 0, markEnd)
	for m := range markEnd {
		all = append(all, m)
	}
	return all
}

// chanceMargin is how many seeds chance may take away beyond three quarters of
// what is usual: with fewer expected, nothing is required.
const chanceMargin = 10

// Required is in how many of so many seeds a campaign must have hit the mark:
// a quarter of what is usual, less what chance may do.
func (m Mark) Required(seeds uint64) uint64 {
	expected := markTable[m].usual * seeds / 1000
	return (expected - min(expected, chanceMargin)) / 4
}

// MarkCounts says how often each mark was hit in a run or, of a campaign, in how
// many seeds.
type MarkCounts [markEnd]uint64

// AddSeed adds one seed's marks to a campaign's.
func (c *MarkCounts) AddSeed(o MarkCounts) {
	for m := range c {
		if o[m] > 0 {
			c[m]++
		}
	}
}
