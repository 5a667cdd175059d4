package core

// Input is what Step eats: one of Deliver, Propose, Tick, Durable, Applied,
// DropMaster, BootstrapWithout.
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
)

func (Deliver) isInput()          {}
func (Propose) isInput()          {}
func (Tick) isInput()             {}
func (Durable) isInput()          {}
func (Applied) isInput()          {}
func (DropMaster) isInput()       {}
func (BootstrapWithout) isInput() {}

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
