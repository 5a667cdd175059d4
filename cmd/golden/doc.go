// Command golden replays recorded traffic of the real Arakoon (1.9.25, as of May
// 2019) against a one-node server of ours, byte for byte, with its closing
// behaviour.
//
// rows.json holds the rows 1 to 121 and 158 to 165 of the recording (one node,
// data operations, framing), 166 to 176 without the hook of 174 (user functions,
// in functions.go) and 265 to 286 and 293 to 298 (corners of sequences), in order,
// on the connections on which they were recorded, each section against a server
// of its own. Each row is judged in one of these ways:
//
//   - recorded: the answer that the real server gave, byte for byte; a few rows
//     whose answer depends on build or time (varies) by their structure.
//   - predicted: the recording gives no answer, but the row is an update or a
//     query: then the model (package model), which has followed every row so far,
//     says what the answer must be. It says so for recorded rows as well, and must
//     agree with the recording: that judges the judge.
//   - stated: neither; the protocol's reference says what happens (stated.go).
//   - overridden: the recorded behaviour is one that we must not have (DESIGN
//     4.12; each is printed with its reason); then the safe one is required.
//
// After each section the same runs again on a fresh server with all keys and
// values renamed, judged by the model alone: a server that knows the rows by
// heart does not pass.
//
// The last line is machine-readable; the exit code is 1 if anything failed:
//
//	golden rows=167 matched=163 overridden=4 failed=0 renamed=ok
package main
