// Package frame is how messages between nodes are put into bytes for a connection,
// and taken out of them: length, checksum, version, and any number of envelopes.
// It knows no socket. Both hosts send every message through it, so that what a
// damaged byte leads to is the same in a simulated network as in a real one: an
// error with a reason, never a message that nobody sent.
//
// [Begin], [AppendMessage] or [AppendEnvelope], and [End] build a frame; a [Reader]
// cuts frames out of a stream, and [Envelopes] takes one apart.
package frame
