// Package kvstore is the state machine: it executes chosen updates in order and
// publishes immutable views for readers.
//
// # Picture
//
//	Apply(i, updates) -> decode -> txn (undo, own writes) -> table (keys, content digest)
//	                                     |                        |
//	                                  results -> chain         View (O(1) copy)
//
// A [Store] has one owner. It is deterministic (the same updates give the same
// results, chain and content on every node) and total: whatever bytes an instance
// holds, Apply gives one result per update and goes on. What fails changes
// nothing: a sequence, however deep its failing step, and a user function.
//
// A [View] never changes and may be read from many goroutines. Taking one copies
// nothing, but makes the next updates copy the nodes that they touch, so a Store
// takes one only when it is asked.
//
// The table is in memory; a restarted node rebuilds it by applying its log.
//
// # Digests
//
// The apply chain hashes (previous chain, instance, updates, results) per
// instance: two nodes with the same chain executed the same history with the
// same outcome. The content digest is a sum over the entries, so it does not
// depend on the history: two nodes with the same content have the same digest.
// It guards against faults and bugs, not against somebody who constructs entries
// to collide.
//
// # Reading order
//
// store.go, then execute.go (what each update does), txn.go (all or nothing, and
// what the steps of a sequence see), table.go, view.go, digest.go.
package kvstore
