package core

import "time"

// HardState is the small part of a node's durable state. Every batch of the
// TLog carries it in its header, so that the last intact batch tells it all.
type HardState struct {
	Promised Ballot
	// Commit is the end of the chosen prefix that this node holds, each entry in
	// a ballot in which DESIGN 4.3 lets it be applied. A stale one is safe.
	Commit Instance
	// LongestLease is the longest lease period ever granted (margin not
	// included); it sets the restart quarantine. 0: never granted.
	LongestLease time.Duration
}

// RecordKind says what a Record holds.
type RecordKind uint8

// The kinds of records in a batch.
const (
	RecordAccepted RecordKind = 1 // Instance, Ballot, Bytes = Value
	RecordGenesis  RecordKind = 2 // Bytes = EncodeGenesis
	RecordAdopted  RecordKind = 3 // Bytes = SeatSet, 8 bytes little endian
	RecordSetting  RecordKind = 4 // Bytes = the locality setting; the newest counts
)

// Record is one item that a node asks its TLog to keep.
type Record struct {
	Kind     RecordKind
	Instance Instance // RecordAccepted only
	Ballot   Ballot   // RecordAccepted only
	Bytes    []byte
}

// Entry is what an acceptor holds for one instance.
type Entry struct {
	Instance Instance
	Ballot   Ballot
	Value    Value
}

// Restored is what a TLog gives back to a node at its start.
type Restored struct {
	HardState
	Genesis *Genesis // nil: the directory is blank
	Adopted SeatSet  // the first voters known to have adopted the genesis
	Setting []byte   // the newest RecordSetting; nil: none
	// Applied is what the state machine durably executed; Commit is not below it.
	Applied Instance
	// Entries holds, above Commit, the entry of the highest ballot per instance,
	// ascending and without a hole.
	Entries []Entry
	// Unknown lists what damage may have taken: the node votes for none of it.
	Unknown []Unknown
}

// Unknown says that at Instance an entry in a ballot up to Ballot may have been
// accepted here and can't be read any more. It is never reported as empty.
type Unknown struct {
	Instance Instance
	Ballot   Ballot
}
