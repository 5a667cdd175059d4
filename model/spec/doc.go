// Package spec is tla/TLogPaxos.tla as Go: a state, and per action of the spec its
// guards and its effect, written once from the text of the spec and sharing no code
// with what it judges. It has two uses.
//
//   - Enumerate walks all reachable states of a bounded model. Their number, and on
//     request the graph itself, is compared with what TLC makes of the same model, so
//     this text and the spec say the same.
//   - Step takes one action of a run. The simulator's check K19 feeds it every trace
//     event of every node: the action must be enabled, and the state after it must be
//     the one that the node reports.
//
// Bounded models use the spec's own numbers; in runs ballots and instances have no
// bound, the log below the commit index is dropped, writes and replies wait for the
// sync of their own position, and timers are ends on the node's clock. Actions that
// only runs have (a restart that finds the tail of the log, a hand-over, …) are in the
// same table, marked so.
//
// Reading order: state.go, table.go, then a file per group of actions: disk.go,
// phase1.go, phase2.go, recovery.go, lease.go, handover.go; invariant.go; graph.go.
package spec
