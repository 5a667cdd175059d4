// Command trial measures what a node promises for years of use, with real
// processes on loopback: one subcommand per promise.
//
//	trial bigstore   ten million keys: load, restart, memory, checkpoints, ranges, throughput
//	trial catchup    a node that was away catches up by log and by snapshot, under load
//	trial handover   the gap between two writes when mastership moves
//	trial steady     ten minutes with checkpoints, rolls, compression and collapse going on
//	trial sites      a datacentre is lost; the other one proves what was acknowledged
//
// Every figure is one line on standard output, "name=value"; where an issue names
// an aim it stands behind the value, and whether it is met. The last line names
// the aims that were missed:
//
//	bigstore ok aims=12
//	bigstore short missed=rss_bytes,delete_prefix_s aims=12
//
// Aims are printed, not enforced: the exit code is 0 when everything ran, and 1
// when something went wrong. Progress goes to standard error. All nodes end with
// the command, however it ends. Data lies in a temporary folder that is removed in
// the end, or kept and named when something went wrong.
//
// Where to read: main.go (the table of trials), bench.go (what all of them have:
// clusters, progress), figures.go; then one file or two per trial. The clients
// that measure are package load.
package main
