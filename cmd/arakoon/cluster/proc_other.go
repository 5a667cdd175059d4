//go:build !linux

package cluster

import "syscall"

// childAttributes: only Linux can kill the children of a parent that was killed;
// elsewhere they are stopped by Close alone.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
