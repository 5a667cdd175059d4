// Package wire is the Arakoon client protocol, byte for byte, for both sides of
// a connection.
//
// A connection begins with a prologue (magic, version 1, cluster id) that has no
// answer. Then the client sends commands and the server answers them one by one,
// in order; a client may send the next command before the answer to the last.
//
//	command   := word i32 (opcode | 0xb1ff0000), then the fields of that opcode
//	answer    := code i32 = 0, then the result   |   code i32 > 0, message string
//	i32, i64  := little endian, signed
//	string    := length i32, bytes
//	bool      := 00 | 01
//	option T  := 00 | 01 T
//	list T    := count i32, T ...   (the order of the elements differs, see below)
//	consistency := 00 (consistent) | 01 (no guarantees) | 02 stamp i64 (at least)
//
// Where to read:
//
//	op.go          opcodes, and the table of their fields
//	code.go        which return codes end the connection; fixed messages
//	prologue.go    the first bytes; who speaks another protocol
//	scan.go        Scanner: where a command ends, while its bytes arrive
//	request.go     commands decoded           encode.go    commands encoded
//	sequence.go    the payload of SEQUENCE, both ways
//	response.go    answers encoded            reply.go     answers decoded
//	stats.go       the STATISTICS payload: named fields
//	codec.go       the primitives
//
// Orders that surprise, kept because every existing client relies on them: RANGE,
// PREFIX_KEYS and RANGE_ENTRIES travel in descending order, REV_RANGE_ENTRIES in
// ascending order, MULTI_GET back to front, MULTI_GET_OPTION as asked, the keys
// of a range assertion in descending order. All of that is turned round here: the
// types of package command have the order that a reader wants.
package wire
