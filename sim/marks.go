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
	MarkVacuum
	markEnd
)

// markInfo describes a mark. Usual is in how many of 1,000 seeds of the ci mix it
// comes up, as measured; 0: too rare to ask for.
type markInfo struct {
	name, meaning string
	usual         uint64
}

var markTable = [markEnd]markInfo{
	MarkAdoptsUnseen:    {"adopts-unseen", "a new master proposed a value that its own disk did not hold", 683},
	MarkAdoptsOverOwn:   {"adopts-over-own", "a new master proposed another value than its own disk held, of a higher ballot", 94},
	MarkRevivesUnchosen: {"revives-unchosen", "a new master proposed a value again that was not chosen yet", 757},
	MarkChosenAgain:     {"chosen-again", "a new master proposed a value again that was chosen in an older ballot", 846},
	MarkVoteReplaced:    {"vote-replaced", "an acceptor's vote gave way to another value in a higher ballot", 387},
	MarkThreeBallots:    {"three-ballots", "an instance got votes in three ballots", 808},
	MarkThreeValues:     {"three-values", "an instance got votes for three values", 0},
	MarkStrayValue:      {"stray-value", "a durable value lost against the one that was chosen", 408},
	MarkLift:            {"lift", "a master heard that more is chosen than it knows, and left its ballot", 132},
	MarkRaise:           {"raise", "a master went on in a higher ballot of its own", 816},
	MarkTwoMasters:      {"two-masters", "a node became master while another still took itself for it", 377},
	MarkOldMaster:       {"old-master", "a master proposed in a ballot that had been superseded", 56},
	MarkDuel:            {"duel", "two nodes stood for election at once", 484},
	MarkBehind:          {"behind", "a candidate heard that it lacks chosen entries", 770},
	MarkGrantHonoured:   {"grant-honoured", "an acceptor refused because of a live grant", 653},
	MarkQuarantine:      {"quarantine", "an acceptor refused because it had just restarted", 617},
	MarkQuarantineOver:  {"quarantine-over", "an acceptor that had refused so promised later", 566},
	MarkHandOver:        {"hand-over", "a master released its ballot in favour of another node", 461},
	MarkHandOverQuick:   {"hand-over-quick", "its successor led within half a lease period", 420},
	MarkStepDown:        {"step-down", "a running master told a client that the outcome is unknown", 915},
	MarkReadRefused:     {"read-refused", "a master without a live lease sent a read the long way", 938},
	MarkCloseCall:       {"close-call", "a node served within an 8th of a lease period after another, without a hand-over", 71},
	MarkOverslept:       {"overslept", "a master stopped, and another served when it went on", 186},
	MarkLatePromise:     {"late-promise", "a promise came to a node that was no candidate in its ballot any more", 484},
	MarkLateAccepted:    {"late-accepted", "a vote came to a node that was no master in its ballot any more", 714},
	MarkUnknownApplied:  {"unknown-applied", "an update of unknown outcome was chosen", 905},
	MarkUnknownLost:     {"unknown-lost", "an update of unknown outcome was never chosen", 816},
	MarkTornTail:        {"torn-tail", "an open cut a torn last batch off", 40},
	MarkPowerTwice:      {"power-twice", "a node lost power twice and synced nothing in between", 441},
	MarkPowerInStart:    {"power-in-start", "a node lost power inside its start", 229},
	MarkDark:            {"dark", "no node was up, and the last had lost power", 484},
	MarkHalfGenesis:     {"half-genesis", "a node died before it had adopted a genesis that another held", 0},
	MarkStopsItself:     {"stops-itself", "a node stopped because its disk had failed it", 326},
	MarkDiskRelieved:    {"disk-relieved", "a node whose disk had been full synced again", 219},
	MarkCaughtUp:        {"caught-up", "a node caught up from a peer's log", 862},
	MarkSnapshot:        {"snapshot", "a node behind the collapse point installed a snapshot", 331},
	MarkSnapshotResumed: {"snapshot-resumed", "a snapshot went on from another source", 0},
	MarkInstallWriting:  {"install-writing", "a node died while it wrote a snapshot down", 68},
	MarkInstallRenamed:  {"install-renamed", "a node died with a snapshot in place, but not durably so", 0},
	MarkInstallLog:      {"install-log", "a node died with a snapshot in place, before its log began above it", 0},
	MarkCheckpointCut:   {"checkpoint-cut", "a node lost power inside a slice of a checkpoint", 176},
	MarkWipedLearns:     {"wiped-learns", "a node that had lost its disk caught up", 188},
	MarkWitnessDecides:  {"witness-decides", "a value was chosen that without a witness would not have been", 117},
	MarkWaived:          {"waived", "a locality setting changed", 56},
	MarkVacuum:          {"vacuum", "a store's file was made smaller", 700},
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
