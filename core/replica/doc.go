// Package replica is the one effect loop: a core.Node, its TLog and its state
// machine. Both hosts drive it, so what the simulator breaks is what production
// runs; a host adds sockets, clocks and goroutines, and no logic.
//
//	host:  Deliver, Submit, Read, Finish(job)  ->  Replica  ->  Flush: Send, Jobs, Answers, Wake
//
// Nothing here blocks or starts anything. What may take time is a Job, which the
// host runs where it likes and brings back through Finish:
//
//	JobSync        append what waits as one batch, sync     then: Durable, held messages leave
//	JobApply       execute chosen instances, take a view    then: publish, Applied, answers
//	JobRead        read old entries for apply or a peer     then: apply them, or Entries leave
//	JobCheckpoint  write a slice of the frozen state        then: the log may be cut sooner
//	JobUpkeep      compress or remove a piece of the log    then: the next piece
//	JobExport      read a chunk of a snapshot for a peer    then: SnapshotChunk leaves
//	JobImport      take a chunk in, or put it in place      then: ask for the next, Installed
//
// Many Steps share one batch and one sync (group commit): while a sync is out,
// appends gather; the next batch takes all of them.
//
// # Checkpoints and the log
//
// The state machine freezes at points that are the same on all nodes: by its own
// counters, or at a control entry that the master commits when changes are older
// than CheckpointPeriod. A frozen state is begun once the log is durable through
// every entry in it, and written in slices, which take turns with pauses as long
// as themselves. A restart replays from the checkpoint it finds, which may be the
// older of two: so the log is kept from there on, and from where peers are being
// fed, and what retention says below that.
//
// # Snapshots
//
// A peer whose log begins above what it is asked for offers its newest checkpoint.
// The one that lacks it pulls chunk after chunk (so the slowest sets the pace), into
// a file beside the present state; the same snapshot from another source goes on
// where the first was lost. Then everything stops for a moment: the file is verified
// and put in place, durably; the state machine goes on from it; the node hears
// Installed; the log begins a segment above it. A crash between any two of these
// finds either the old state, or the new one and a log that is told to begin there.
//
// # Reading order
//
// api.go (what a host sees), replica.go (the loop), propose.go (a client's update
// until it is an instance), apply.go (from chosen to answered), readview.go (what
// readers share), feed.go (catch-up of others by log), checkpoint.go, upkeep.go,
// space.go (the node's own disk), export.go and install.go (catch-up by snapshot),
// diverged.go, handover.go and admin.go (operators' orders), status.go.
package replica
