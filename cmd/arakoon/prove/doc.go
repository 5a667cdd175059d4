// Package prove finds out what one datacentre's directories prove about a cluster
// that may be lost otherwise (DESIGN 4.8).
//
// Under the locality rule an update is acknowledged only when a voter of every
// datacentre holds it durably. So the logs of all voters of one datacentre hold
// everything that was acknowledged, up to three things that Examine looks for and
// names as doubts: a voter whose directory is missing, damaged or new; a waiver
// of that datacentre; a cluster that counts by majority.
//
// # What is proven
//
//   - Through the *base*, the highest commit index that one of these nodes holds,
//     every value is chosen, and known.
//   - Above it, per instance, the value of the highest ballot that one of these
//     nodes has accepted. If anything was chosen there, it is this value: a later
//     ballot never replaces a chosen value. Whether it was chosen, and so perhaps
//     acknowledged, these directories can't tell. They can tell that nothing above
//     the last of these instances was.
//
// The state after the last of these instances therefore contains every
// acknowledged update, and at most some that were sent and never answered.
//
// # How
//
// The node's own recovery runs over each log, and the node's own store replays
// the entries, both on a disk that leaves the files as they are (package offline).
// examine.go reads the nodes, state.go replays.
package prove
