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

// override is a row whose recorded behaviour we must not have (DESIGN 4.12).
type override struct {
	reason string
	want   answer // instead; empty: what the model predicts
}

// overrides lists such rows. All come after the row 165.
var overrides = map[int]override{
	176: {"a user function that fails inside a sequence kills the real server, on every node; here the " +
		"sequence fails with the function's text and changes nothing", answer{}},
	275: {lostKey, answer{}},
	286: {lostKey, answer{}},
	293: {"a client can plant a master's name with an internal update; here it is refused",
		answer{"ff0000000f000000756e6b6e6f776e206661696c757265", true}},
}

// lostKey is why two ranges of the recording lack the key that row 265 has set.
const lostKey = "the recorded state lacks key a, acknowledged in row 265: the real server does not survive row 266, " +
	"a sequence with an unknown user function; here that row changes nothing and the key stays"
