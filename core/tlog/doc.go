// Package tlog keeps a node's transaction log on a Disk: what the node accepted,
// what it promised, and nothing that it would have to take back.
//
// # Picture
//
//	Append ──> queue ──NextSync──> SyncJob.Run ──FinishSync──> durable through P
//	   │        (one batch = one sync)   │
//	   └─> cache ──Cached──> peers       └─> 003.tlog  header | batch | batch | …
//	                 NextRead/ReadJob <────────┘
//
// The owner appends in memory and hands out jobs; a job does the I/O on any
// goroutine. At most one sync is out, so at most one batch is ever in doubt.
//
// # Files
//
// A log directory holds ID (whose it is, which segment is the newest) and
// segments NNN.tlog, each a header and batches. A roll begins a segment that
// *follows* the newest. An open begins one that *replaces* the newest and holds
// its valid batches written anew. Either counts once ID names it. The formats
// stand as tables above their codecs: batch.go, segment.go, idfile.go.
//
// # Recovery
//
// A bad batch with something intact behind it was synced, so it is damage. The
// last one, if bad, was never acknowledged, and is cut. judge.go has the table.
// Damage is never dropped: what is gone is reported as unknown, not served by
// reads, and noted in the log until something newer makes it unimportant.
//
// Per instance the entry of the highest ballot counts, whatever the order in the
// files: a higher ballot replaces one instance and leaves later ones alone.
//
// # Where to read on
//
// log.go is the front door; queue.go, sync.go, writer.go the way of a record to
// the platter; cache.go, index.go, read.go the way back; open.go, chain.go,
// scan.go, judge.go, recover.go, damage.go, carry.go what happens at a start;
// dump.go prints a log for people.
package tlog
