// Command quickbench measures three real arakoon processes on loopback beside an
// echo of the same frames, in one run.
//
//	quickbench --duration 5s --clients 1,64,256
//
// A client is a goroutine with a connection of its own that sends a request and
// waits for the answer, over and over. The echo is a process that takes as many
// bytes as a request has and answers as many as an answer has, with a goroutine
// per connection: what the network and the scheduler of this machine allow when
// nothing is stored and nothing agreed upon. The ratio between the two says more
// than either number. Values have 100 bytes.
//
// Columns: requests per second, beside the echo's; the ratio; latencies; processor
// time of all three nodes per request, beside the echo's; updates per instance;
// and instances in flight, sampled.
//
// With --profile DIR the processes' CPU profiles of the largest updates and reads
// runs are written there, and the top of the master's is printed.
package main
