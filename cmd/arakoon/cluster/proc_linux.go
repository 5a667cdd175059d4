package cluster

import "syscall"

// childAttributes: the kernel kills the child when we die, and ctrl-C on the
// terminal reaches only us, so that the children are stopped in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
