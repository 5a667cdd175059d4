// Command torture runs three real arakoon processes under load and kills and
// stops them, and judges what the clients saw.
//
//	torture --kill 20 --kill-all 10 --stop 20 --lease 2s
//
// Two kinds of evidence, both from outside:
//
//   - Counters (counters.go): each client counts up a key of its own. A read that
//     returns less than was known when it was sent is *stale*; an acknowledged
//     value that is gone later is *lost*. This is exact, cheap, and covers the
//     readers that stay connected to a stopped master (pinned.go).
//   - Histories (history.go): all operations on keys that the clients share, cut
//     by round and pair of keys, judged by porcupine against package model. The
//     final reads of everything are part of them.
//
// The last line is machine readable:
//
//	rounds=50 acked=N lost=0 stale=0 porcupine=ok new_master_median=2.10s max=4.30s
//
// acked counts acknowledged updates; new_master is the time from the SIGKILL of a
// master to the first acknowledged update that was sent after it.
package main
