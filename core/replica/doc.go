// Package replica is the one effect loop: a core.Node, its TLog and its state
// machine. Both hosts drive it, so what the simulator breaks is what production
// runs; a host adds sockets, clocks and goroutines, and no logic.
//
//	host:  Deliver, Submit, Read, Finish(job)  ->  Replica  ->  Flush: Send, Jobs, Answers, Wake
//
// Nothing here blocks or starts anything. What may take time is a Job, which the
// host runs where it likes and brings back through Finish:
//
//	JobSync   append what waits as one batch, sync         then: Durable, held messages leave
//	JobApply  execute chosen instances, take a view        then: publish, Applied, answers
//	JobRead   read old entries for apply or for a peer     then: apply them, or Entries leave
//
// Many Steps share one batch and one sync (group commit): while a sync is out,
// appends gather; the next batch takes all of them.
//
// Reading order: api.go (what a host sees), replica.go (the loop), propose.go (a
// client's update until it is an instance), apply.go (from chosen to answered),
// feed.go (catch-up of others), readview.go (what readers share), status.go.
package replica
