package main

// answer is what must come back: bytes, then the end of the connection or not.
type answer struct {
	bytes  string // hex
	closed bool
}

// stated are the answers to rows that are neither recorded nor for the model to
// predict, from the protocol's reference.
var stated = map[int]answer{
	2:   {"000000000e0000004172616b6f6f6e20312e392e3235", false},  // PING says "Arakoon 1.9.25"
	3:   {"ff0000000f000000756e6b6e6f776e206661696c757265", true}, // PING, other cluster: unknown failure
	7:   {"0000000001", false},                                    // progress is possible
	114: {"00000000", false},                                      // FLUSH_STORE
	160: {"01000000", true},                                       // no magic: a bare code
	161: {"", true},                                               // bad consistency byte: not a word
	163: {"", true},                                               // prologue, wrong magic: not a word
}

// override is a row whose recorded behaviour we must not have.
type override struct {
	reason string
	want   answer
}

// overrides lists such rows. Within the rows replayed here there are none: what
// Arakoon does there is what we do. (The rows in which it dies of a user function
// within a sequence, or keeps traces of a failed one, come after them.)
var overrides = map[int]override{}
