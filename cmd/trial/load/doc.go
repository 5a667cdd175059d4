// Package load makes clients of a cluster that measure: for trials with real
// processes, where the client must cost as little as it can.
//
//	router := load.NewRouter(find)                       // who the master is
//	rec := load.NewRecorder()
//	w := load.Closed{Router: router, Cluster: id, Clients: 256, Source: keys.Updates(), Recorder: rec}
//	err := w.Run(ctx)                                     // until ctx ends
//	window := rec.Take()                                  // latencies, counts, the longest stall
//
// [Closed] is a number of clients that each send a request and wait for its
// answer: it finds out how much a cluster can do. [Open] sends at a given rate,
// whatever the answers do, and counts latency from the moment at which a request
// was due: it finds out how a cluster behaves under a load that doesn't wait for
// it, without hiding a pause in the pause of its clients. [Batches] writes every
// key of a [Keys] once, many at a time.
//
// conn.go speaks the client protocol without a decoder: it looks at the code of an
// answer and passes over the rest.
package load
