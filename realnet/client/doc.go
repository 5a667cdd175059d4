// Package client talks to an Arakoon cluster. It needs the standard library only.
//
//	c, err := client.New(client.Config{
//		Cluster: "ricky",
//		Nodes: []client.Node{
//			{Name: "arakoon_0", Addresses: []string{"10.0.0.1:26400"}},
//			{Name: "arakoon_1", Addresses: []string{"10.0.0.2:26400"}},
//			{Name: "arakoon_2", Addresses: []string{"10.0.0.3:26400"}},
//		},
//	})
//	defer c.Close()
//	err = c.Set(ctx, "key", []byte("value"))
//	value, err := c.Get(ctx, "key") // errors.Is(err, client.ErrNotFound)
//
// New checks its arguments and does nothing else: connections are made when they
// are needed. A Client is safe for any number of goroutines and is fastest when
// they share it, because their requests then travel together.
//
// # The master
//
// Updates and consistent reads go to the master, which the Client finds and
// follows. While there is none it asks again, with growing pauses, until there
// is one or the context ends. So give every call a deadline: a call without one
// waits for as long as the cluster is down.
//
// # What is repeated, and what isn't
//
// Reads are repeated elsewhere when a connection breaks or a node is silent. An
// update is repeated only if it certainly was not executed: it was never sent,
// or the node said that it is not the master, or too busy to queue it. In any
// other case (the connection broke after it was sent, the context ended, the
// master lost its role while the update was under way) the caller gets
// ErrOutcomeUnknown, and only the caller can know what to do: read and compare,
// or repeat it if doing it twice is harmless.
//
// # Reading the code
//
// client.go (New, Close), calls.go (one method per command), sequence.go, scan.go
// are the interface; retry.go decides what is repeated; master.go finds the
// master; pool.go and conn.go hold the connections; errors.go the errors.
package client
