// Package treetest breaks store files: it makes random histories of checkpoints on
// a memory disk, lets the power fail at every operation of them, and compares what
// is found then with a model. One seed is one history.
//
// Read history.go (what is done), crash.go (what is broken and what must hold),
// model.go (what a store file must contain).
package treetest
