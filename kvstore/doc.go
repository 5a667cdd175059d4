// Package kvstore is the state machine: it executes chosen updates in order, writes
// checkpoints of what they made to a file, and publishes immutable views for
// readers.
//
// # Picture
//
//	Apply(i, value) -> decode -> txn (undo, own writes) -> active table     keys written since the last freeze
//	                               |                         |
//	                            results -> chain           frozen table    what the running checkpoint writes
//	                                                         |
//	                     View (shares all three)           tree            the newest checkpoint, kvstore/tree
//
// A [Store] is deterministic (the same values give the same results, chain,
// contents and freeze points on every node) and total: whatever bytes an instance
// holds, Apply gives one result per update and goes on. What fails changes
// nothing: a sequence, however deep its failing step, and a user function.
//
// # Tables
//
// A table holds cells, which say what became of a key, over prefixes that were
// cleared, over whatever is below it. Each cell knows whether its key is visible
// below, and each cleared prefix how many keys it hides, so that the number of keys
// is always known, and deleting a prefix costs nothing for what the tree holds.
// When the table is frozen a new one takes its place; when the checkpoint of the
// frozen one is done, the new tree takes the place of both. That changes nothing
// that anybody can see, so it may happen in the middle of an Apply.
//
// # Checkpoints
//
// A freeze point is an instance at which every node freezes: counters of what was
// written say so, or an entry of the master's. The owner of the store asks for
// slices of the checkpoint (NextSlice), runs them wherever it likes, and takes them
// back (FinishSlice). Between checkpoints the slices free pages and shrink the file.
// After a restart the store is at its newest checkpoint, and the log brings the
// rest.
//
// A checkpoint is also what another node can install: an Export gives its entries
// in chunks, an Import builds a file of them beside the present one.
//
// # Views
//
// A [View] never changes and may be read from many goroutines. It is counted: as
// long as it is retained, the pages of its tree are not used again. Taking one
// copies nothing, but makes the next updates copy the nodes that they touch.
//
// # Digests
//
// The apply chain hashes (previous chain, instance, updates, results) per
// instance: two nodes with the same chain executed the same history with the
// same outcome. The content digest is a sum over the entries, so it does not
// depend on the history: two nodes with the same content have the same digest. The
// tree computes it, per subtree, when it writes a checkpoint. Both are given to
// other nodes as marks. They guard against faults and bugs, not against somebody
// who constructs entries to collide.
//
// # Reading order
//
// store.go, apply.go, execute.go (what each update does), txn.go (all or nothing,
// and what the steps of a sequence see); table.go, active.go and base.go (the
// layers), cursor.go and walk.go (reading through all of them), slab.go, view.go, query.go;
// checkpoint.go, meta.go, digest.go; export.go and import.go; stats.go.
package kvstore
