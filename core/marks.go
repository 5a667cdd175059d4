package core

// Marks are what nodes compare to find one whose state machine went astray
// (DESIGN 4.11): the same history must give the same sums at the same instances.

// Mark is a digest of the state machine after an instance.
type Mark struct {
	Instance Instance
	Kind     MarkKind
	Sum      [16]byte
}

// MarkKind says what a Mark is the digest of.
type MarkKind uint8

// The kinds of marks.
const (
	MarkChain   MarkKind = 1 + iota // the apply chain: values and results so far
	MarkContent                     // all entries, at a freeze point
)

// MarkReport is a mark of the master's and the data nodes known to have the same.
type MarkReport struct {
	Mark
	Agree SeatSet
}

// Verdict is what the comparison of marks says of this node.
type Verdict uint8

// The verdicts.
const (
	VerdictNone       Verdict = iota
	VerdictDiverged           // a majority agrees on something else: stop serving, rebuild
	VerdictUnverified         // nobody can tell who is right: nobody serves
)

// marks is what this node knows of the digests.
type marks struct {
	verdict Verdict
}

// Verdict returns what the comparison of marks says of this node.
func (n *Node) Verdict() Verdict { return n.mrk.verdict }

// onMarks takes in new marks of the own state machine.
func (n *Node) onMarks(marks []Mark) { _ = marks }
