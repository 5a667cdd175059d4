// Package tree is the store file: a copy-on-write B+tree on a Disk, which changes
// by whole checkpoints only.
//
// # Picture
//
//	meta 0, meta 1 ──> root ──> branches ──> leaves ──> blobs (large values, long keys)
//	       └─────────> lists (free pages, subtrees to be freed)
//
// A checkpoint writes new pages beside the old ones, syncs, and then one of the two
// metas, and syncs. Until that meta is whole the file is what it was before. So a
// reader may keep a Root for as long as it likes, and a power loss at any moment
// leaves one of the two last checkpoints.
//
// Every pointer carries number, checkpoint and checksum of the page that it means,
// with the number of keys and the content digest of all below it. A page that
// doesn't fit its pointer is damaged, and nothing of it is served: a page's own
// checksum could not tell that an older one is there.
//
// # Reading order
//
// tree.go (the front door), root.go and cursor.go (reading), checkpoint.go (the
// slices of a checkpoint), merge.go (the walk along the changes), builder.go (new
// pages from the leaves upward), vacuum.go (what was unlinked, and a smaller file),
// space.go, lists.go (free pages), writer.go; page.go, cell.go, blob.go and meta.go
// are the formats; build.go makes a file from a snapshot; check.go and dump.go look at
// one. Package treetest lets the power fail at every operation; DESIGN.md says why
// things are as they are.
package tree
