// Package tree is the store file: a copy-on-write B+tree on a Disk, which changes
// by whole checkpoints only.
package tree
