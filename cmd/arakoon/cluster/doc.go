// Package cluster runs an Arakoon cluster as real processes of the arakoon binary
// on loopback ports that it picks: for "arakoon dev", and for tests that kill.
//
//	c, err := cluster.Open(cluster.Options{Dir: dir, Nodes: 3, Lease: 2 * time.Second, Binary: exe})
//	defer c.Close()              // stops every process that still runs
//	err = c.Start("arakoon_0")
//	err = c.Kill("arakoon_0")    // SIGKILL
//	page, err := c.Status(ctx, "arakoon_0")
//
// Everything lies below Dir: cluster.ini, and per node a folder with its log.
// Opening a folder again continues with its data and its ports.
//
// No process outlives its parent: the kernel kills the children when the parent
// dies, however it dies (proc_linux.go). Nothing is restarted by itself.
package cluster
