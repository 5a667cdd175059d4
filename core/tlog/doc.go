// Package tlog keeps a node's transaction log on a Disk: what the node accepted,
// what it promised, and nothing that it would have to take back.
//
// # Picture
//
//	Append ──> queue ──NextSync──> SyncJob.Run ──FinishSync──> durable through P
//	   │        (one batch = one sync)   │
//	   └─> cache ──Cached──> peers       └─> 003.tlog  header | batch | batch | …
//	                 NextRead/ReadJob <────────┤
//	                                     001.tlx 002.tlog <── NextUpkeep/UpkeepJob
//
// The owner appends in memory and hands out jobs; a job does the I/O on any
// goroutine. At most one sync is out, so at most one batch is ever in doubt. At
// most one piece of upkeep is out, beside everything else: it compresses and
// removes what nobody needs, and writes zeros ahead. NextInstall lets the log go
// on above a snapshot.
//
// # Files
//
// A log directory holds ID (whose it is, which segment is the newest) and
// segments NNN.tlog, each a header and batches. A roll begins a segment that
// *follows* the newest. An open begins one that *replaces* the newest and holds
// its valid batches written anew. Either counts once ID names it. Older segments
// become NNN.tlx, compressed, and go from the oldest on; BASE says how far. Files
// of zeros wait to be the next segment (ahead) or to be given up when the disk is
// full (reserve). The formats stand as tables above their codecs: batch.go,
// segment.go, idfile.go, basemark.go, tlx.go.
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
// Segments that hold nothing above the state machine's checkpoint are not read at
// a start, but by the first read that needs them.
//
// # Where to read on
//
// log.go is the front door; queue.go, sync.go, writer.go the way of a record to
// the platter; cache.go, index.go, read.go, look.go the way back; open.go,
// chain.go, scan.go, judge.go, recover.go, damage.go, carry.go what happens at a
// start; upkeep.go, compress.go, zeros.go, space.go, room.go, install.go what
// keeps it small; dump.go, ls.go, verify.go show a log to people, offline.
package tlog
