// Package realnet is the production host: it gives one replica.Replica sockets,
// files, a clock and goroutines, and adds nothing to what the protocol decides.
// The simulator is the other host; both drive the same Replica.
//
//	clients --> service --calls--> +---------+ --jobs--> sync, apply, checkpoint, ... workers
//	                               | mailbox |
//	peers --> transport (in) ----> +---------+ <--finished jobs
//	                                    | one goroutine: drain, clock, Replica, Flush
//	                                    v
//	         transport (out) <-- sends, jobs, answers, wake
//
// # What runs
//
//   - One goroutine owns the Replica (loop.go). It takes everything that waits in
//     the mailbox, reads the clock once *after* that, hands all of it to the
//     Replica, flushes once, and carries the Output out in its order. It never
//     blocks: not on a socket, not on the disk.
//   - One worker per kind of job (jobs.go): a sync that takes a second delays
//     votes, never heartbeats, and a checkpoint neither.
//   - Per peer one connection that we dialled and only write to, and one that the
//     peer dialled and we only read from (transport.go, dialer.go, acceptor.go).
//   - The client service: a reader and a writer per connection (service*.go).
//   - Optionally the admin listener (admin.go): a page for people (statushtml.go),
//     /statusz (statuspage.go), /livez and /readyz (health.go), /metrics
//     (metrics.go), orders of operators (control.go), /debug/pprof. What it tells
//     comes from what the loop publishes: asking never waits for the loop.
//
// # What operators order
//
// orders.go hands it to the Replica, whose answers end it: hand-over, waivers,
// checkpoints, collapse, a clean stop (stop.go). Arakoon's maintenance commands
// (service_maintenance.go) and the admin port lead there.
//
// # Views
//
// A view is counted. Whoever got one from ReadView or in an Answer releases it;
// the service does so before it writes an answer, so that a slow client holds none
// (service_read.go).
//
// # Bounds
//
// Every queue has one (Limits). A full mailbox refuses a client's call with
// replica.ErrBusy, and makes a peer's reader wait, so that TCP slows the peer
// down. A full queue to a peer drops messages and counts them: consensus
// tolerates loss, and nothing depends on one message arriving.
//
// # Two kinds of wrong
//
// Bytes from outside that are wrong close their connection, with a reason in the
// log and a counter in the status. A failed sync stops the server: Done is
// closed, Err says why, and nothing is said to anybody any more.
//
// Reading order: config.go, server.go, loop.go, mailbox.go, transport.go.
package realnet
