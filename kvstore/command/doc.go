// Package command is the vocabulary of Arakoon: what clients ask for (updates
// and queries), what they get (results and answers), and how an update is
// written as bytes. The store, the model, the wire and the clients share it, so
// it holds data and its encoding, and no state.
//
// # Words
//
// An [Update] may change the state; it goes through the log and gives a [Result].
// A [Query] reads one state and gives an [Answer]. Both carry a [Code] from
// Arakoon's table of return codes, and its texts byte for byte, because clients
// compare some of them. [Assert] and [AssertExists] are both: a step of a
// sequence, and a read.
//
// Keys and values are any bytes, the empty key is a key. Order is unsigned byte
// order; a proper prefix sorts before its extensions, which is Go's order of
// strings. Keys are strings because they are compared and looked up all the
// time; values are byte slices that nobody changes once they are here. An absent
// value is [None], never nil.
//
// # Order of elements
//
// A list in an [Answer] is in the order in which a reader wants it: the walk's
// order for ranges (ascending, or descending for [RevRangeEntries]), the order
// of the keys asked for in the others. The Arakoon protocol sends every one of
// them back to front, except MULTI_GET_OPTION; that is the wire's business.
//
// # Reading order
//
// update.go, query.go, result.go say what there is; codec.go how an update is
// encoded; limits.go what is refused; footprint.go which keys a command looks
// at; function.go the contract of user functions; describe.go texts for people.
package command
