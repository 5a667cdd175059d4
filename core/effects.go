package core

// Input is what Step eats: one of Deliver, Propose, Tick, Durable, Applied,
// DropMaster, HandOver, BootstrapWithout, Waive, Marks, Installing, Installed,
// Rebuild, Freeze.
type Input interface{ isInput() }

type (
	// Deliver hands over a message that arrived.
	Deliver struct{ Envelope Envelope }
	// Propose hands over a value to be decided. Ask Room first.
	Propose struct {
		Ticket Ticket
		Value  Value
	}
	// Tick lets time pass; Effects.Wake says when the next one is due.
	Tick struct{}
	// Durable says that the appends up to Through would survive power loss.
	Durable struct{ Through Position }
	// Applied says that the state machine has executed everything up to Through.
	Applied struct{ Through Instance }
	// DropMaster tells a master to step down and not to stand for a while.
	DropMaster struct{}
	// BootstrapWithout lets the first boot go on without the named voters, on an
	// operator's word (DESIGN 4.10).
	BootstrapWithout struct{ Names []string }
	// HandOver tells a master to let another node lead (NoSeat: the one that fits
	// best); the Outcome of the ticket says whether it will.
	HandOver struct {
		To     Seat
		Ticket Ticket
	}
	// Waive takes a datacentre out of the locality rule, or back in, on an
	// operator's word (DESIGN 4.8).
	Waive struct {
		Datacentre string
		Waived     bool
		Ticket     Ticket
	}
	// Marks are new digests of the own state machine.
	Marks struct{ Marks []Mark }
	// Installing says that the host began to install a snapshot (On), or gave up.
	Installing struct{ On bool }
	// Installed says that the state machine durably is what it was after instance
	// Through, with the locality setting in force then.
	Installed struct {
		Through Instance
		Setting []byte
	}
	// Rebuild says that the state machine is lost and the log can't replay it.
	Rebuild struct{}
	// Freeze lets a master propose a freeze point (KindCheckpoint).
	Freeze struct{}
)

func (Deliver) isInput()          {}
func (Propose) isInput()          {}
func (Tick) isInput()             {}
func (Durable) isInput()          {}
func (Applied) isInput()          {}
func (DropMaster) isInput()       {}
func (BootstrapWithout) isInput() {}
func (HandOver) isInput()         {}
func (Waive) isInput()            {}
func (Marks) isInput()            {}
func (Installing) isInput()       {}
func (Installed) isInput()        {}
func (Rebuild) isInput()          {}
func (Freeze) isInput()           {}

// Effects is what Step asks of its host, in the order in which to carry it out.
// It is valid until the next Step; what its slices point at is immutable.
type Effects struct {
	// Append are records to add to the log as append number Position, with State
	// in the header. Save without records still asks for a batch (a promise).
	Append   []Record
	Save     bool
	State    HardState
	Position Position

	// Send may leave at once. SendAfterSync may leave only when the log is durable
	// up to Position, whether or not this Step appended anything.
	Send          []Envelope
	SendAfterSync []Envelope

	// Commit is the commit index: the host applies through it, in order.
	Commit Instance

	// Failed are the tickets that will get no answer from apply.
	Failed []Failure
	// Proposed are own tickets whose instance is now known: apply answers them.
	Proposed []Proposed

	// Feed tells who gets which chosen entries; the host reads them from the log
	// and sends them as Entries. The bytes don't pass through core.
	Feed []Feed

	// Install asks for a snapshot. Relay are snapshot messages for the host, from
	// nodes of this cluster.
	Install []SnapshotSource
	Relay   []Envelope

	// Outcomes end the tickets of HandOver and Waive.
	Outcomes []Outcome

	// Wake is when the next Tick is due at the latest.
	Wake Instant

	// Trace are the spec actions that this Step took, in order.
	Trace []Event
}

// Failure says that a ticket's value won't be answered by apply.
type Failure struct {
	Ticket Ticket
	Reason FailureReason
}

// Outcome ends an administrative ticket: with a reason why not, or "" for done.
type Outcome struct {
	Ticket Ticket
	Reason string
}

// FailureReason tells a client what it may conclude.
type FailureReason uint8

// The reasons.
const (
	NotMaster      FailureReason = 1 + iota // nothing was sent: safe to try elsewhere
	OutcomeUnknown                          // it may yet be chosen, or never
)

// Proposed says in which instance a ticket's value was proposed.
type Proposed struct {
	Ticket   Ticket
	Instance Instance
}

// Feed asks the host to send the chosen entries From..Through to a seat (fewer
// if they are many: a chunk), in an Entries message within Envelope.
type Feed struct {
	Envelope Envelope // addressed; Msg is nil and becomes *Entries
	From     Instance
	Through  Instance
	Commit   Instance
}
