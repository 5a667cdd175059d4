// Package replica is the one effect loop: a core.Node, its TLog and its state
// machine, driven by a host with messages, time and finished jobs.
package replica
