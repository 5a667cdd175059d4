package explore

import "fmt"

// Figures are how far a walk has come.
type Figures struct {
	Bounds      string `json:"bounds"`
	Distinct    uint64 `json:"distinct"`    // worlds
	Transitions uint64 `json:"transitions"` // between worlds, those to known ones included
	Depth       int    `json:"depth"`       // steps from the first world
	Waiting     int    `json:"waiting"`     // worlds that are yet to be expanded
	Machines    int    `json:"machines"`    // distinct states of single nodes with their disks
	Messages    int    `json:"messages"`    // distinct messages
	Steps       int    `json:"steps"`       // distinct transitions of single nodes that did something
	Memory      uint64 `json:"memory_bytes"`
	Audited     int    `json:"audited"` // worlds that were kept whole
}

// Figures returns how far the walk has come. Memory is an estimate of what it keeps.
func (e *Explorer) Figures() Figures {
	return Figures{Bounds: e.bounds.String(), Distinct: uint64(e.seen.count), Transitions: e.made, Depth: e.depth,
		Waiting: e.now.count + e.then.count, Machines: len(e.machines), Messages: len(e.messages),
		Steps: len(e.transitions) - 1, Audited: len(e.audit),
		Memory: e.bytes + e.seen.bytes() + e.now.bytes() + e.then.bytes()}
}

// Found returns the broken rule and the shortest way to it; nil: none was seen.
func (e *Explorer) Found() *Counterexample { return e.found }

// Exhausted reports whether every world within the bounds was seen.
func (e *Explorer) Exhausted() bool { return e.found == nil && e.now.count == 0 && e.then.count == 0 }

func broken(check, format string, args ...any) *wrong {
	return &wrong{check, fmt.Sprintf(format, args...)}
}
