// Package model says what clients may see: the sequential model of the store,
// and the judge of concurrent histories against it.
//
// # The model
//
// A [Model] is a sorted list of keys and values; each command is spelt out as
// plainly as possible. It shares package command with the store and nothing
// else, so that a mistake in the store is not repeated here.
//
// # Histories
//
// A history is a list of [Op]: what a client asked, when it asked and when it had
// the answer, on one clock for all clients. [Check] looks for an order of all
// operations that respects real time and in which the model gives the same
// answers: linearizability, by porcupine.
//
//   - An update whose outcome is unknown may have happened at any time after its
//     call, also after the end of the history, or never.
//   - A request that was certainly not executed ("not the master") is left out.
//   - A query without an answer is left out.
//   - A check that ran out of time is not a pass: it has its own verdict.
//
// The search takes exponential time in the worst case, so a history is cut into
// components that have no key in common (package command's Footprint), which are
// judged one by one: most of them are one key. Commands that look at all keys
// join everything. Where the instances of the operations are known ([Checker.Follow]),
// [Checker.Judge] lets the search try their order first.
//
// Reading order: model.go, update.go, query.go; then history.go, partition.go,
// linear.go; follow.go, along.go.
package model
