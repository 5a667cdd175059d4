//go:build !linux

package osdisk

import "os"

// syncData makes a file's bytes and size durable.
func syncData(f *os.File) error { return f.Sync() }
