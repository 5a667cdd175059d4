// Package disk is the border to storage. Everything durable below the hosts
// goes through Disk and File, so that the simulator sees, delays, breaks and
// crashes every operation that production makes.
//
// # What callers may rely on
//
//   - A write is visible to later reads at once, and durable only once Sync of
//     that file has returned nil. Before that it may reach the platter or not,
//     in any order, so "not synced" never means "gone".
//   - File.Sync makes a file's bytes and size durable, not its name. SyncDir
//     makes the names in one directory durable, not the bytes of its files.
//     Nothing else is a barrier. MkdirAll is durable when it returns.
//   - Rename is atomic, but may become durable before the bytes of the renamed
//     file: sync the file first. It doesn't move between directories.
//   - After a Sync that failed nothing is known about what it covered. It is
//     never retried: the caller stops, and a fresh open copies what it reads
//     back into a new file before it trusts it.
//
// # The fault model
//
// A sector is 512 bytes. A file has a durable image and an ordered list of
// pending operations: one per sector written, and one per size change. A
// directory has the same for its names: create, remove, rename. What reads see
// is the durable image with everything pending applied.
//
// A process crash keeps what is visible and what is pending. A power loss keeps
// the durable image and any set of pending operations that is closed under
// these orders; the rest is gone:
//
//   - writes to the same sector of a file keep their order,
//   - size changes of a file keep their order; a write behind the end that a
//     shrinking left needs that shrinking,
//   - operations on the same name of a directory keep their order.
//
// Different sectors, sizes against data, names against bytes, and files against
// each other have no order. Bytes behind the durable size are invisible; a size
// without its bytes reads as zeros. The last write to a sector may be torn: new
// head and old tail, old head and new tail, or arbitrary bytes, within the
// range written or (no "powersafe overwrite") in the whole sector. So nobody
// writes again a sector that holds bytes somebody was told about.
//
// A sync of a file may go wrong in five ways that real file systems were seen to
// have (SyncFault, FailWriteback): an error may leave bytes in memory that count
// as clean and never reach the platter (and that memory pressure may turn back
// into the old ones at any time), may have thrown the new bytes away, may come one
// sync late, may be a false alarm, or may be told to nobody who is still there.
// That is why what an open reads back is not durable.
//
// Durable bytes may be lost, too (rot.go): a sector that can't be read until it is
// rewritten (Unreadable), flipped or zeroed bytes (Damage), a file cut short or
// gone (CutShort, Lose). And a sync may lie (LieOnSync, astray.go): what it covered
// landed nowhere, or over the bytes of another place.
//
// # Where to read on
//
// disk.go has the interfaces. mem.go is Mem, the memory disk, image.go the bytes of
// its files; pending.go its pending operations and what power loss makes of them;
// images.go enumerates all images that a power loss may leave; faults.go injects
// faults, writeback.go those of syncs, rot.go and astray.go those of durable bytes.
// Package disktest holds every Disk to the same promises; realnet/osdisk is the Disk
// on real files.
//
// # Not modelled yet
//
// Stale bytes of deleted files in a grown file (only zeros), writes cut short by a
// process crash, reads that go astray once.
package disk
