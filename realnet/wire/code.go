package wire

import "github.com/openvstorage/arakoon-go/kvstore/command"

// Closes reports whether the server closes the connection after an answer with
// this code. (It also does so after CodeNotFound for an unknown opcode.)
func Closes(c command.Code) bool {
	switch c {
	case command.CodeOK, command.CodeNotFound, command.CodeAssertionFailed, command.CodeNoLongerMaster,
		command.CodeBadInput, command.CodeInconsistentRead:
		return false
	default:
		return true
	}
}

// Messages of the protocol that are not the state machine's.
const (
	MsgNone           = "None"       // CodeNotMaster: no master is known
	MsgNotMaster      = "Not_Master" // CodeNotMaster, found out after the request was queued
	MsgNoLongerMaster = "lost master role during wait_for_accepteds while handling client request"
	MsgNotASequence   = "should have been a sequence"
	MsgEndOfFile      = "end of file because the client disconnected"
	MsgNotFresh       = "store not fresh enough"
	MsgTooMany        = "too many clients"
	MsgClosing        = "closing socket"
	MsgSingleton      = "drop master not supported for singletons"
	MsgOnMaster       = "Operation cannot be performed on master node"
	MsgOnWitness      = "Operation not supported on witness nodes"
	MsgCollapsing     = "Collapsing already in progress"
)
