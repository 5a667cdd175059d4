// Package osdisk is the disk.Disk on real files, for one node under one root
// directory. It runs the same conformance suite as the memory disk
// (core/disk/disktest); the fault model that both keep to stands in core/disk.
//
// Files are made with mode 0600, directories with 0700. Paths can't leave the
// root by name; symbolic links below it are the operator's business.
package osdisk
