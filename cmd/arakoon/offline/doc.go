// Package offline looks at a node's files without the node: a Disk that reads a
// directory and keeps every change in memory, so that the node's own code can run
// over its files, recovery included, and leave them byte for byte as they were. It
// needs no right to write.
package offline
