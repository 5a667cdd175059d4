package core

import (
	"encoding/hex"
	"fmt"
	"time"
)

// Instance numbers one instance of consensus in the TLog: Arakoon's i. The
// first instance is 1; 0 means "before everything".
type Instance uint64

// MemberID numbers one incarnation of a TLog directory within a cluster. It is
// never reused: a wiped disk that comes back gets another one (DESIGN 4.10).
// 0 means "no member".
type MemberID uint32

// Seat is the place that a configured node fills: its index among the names of
// the cluster's nodes in ascending order. Messages are addressed to seats.
type Seat uint8

// NoSeat is the seat of nobody.
const NoSeat Seat = 255

// MaxSeats bounds how many nodes a cluster may list, learners included.
const MaxSeats = 64

// Incarnation is the random identity of one TLog directory, and of a cluster.
// The zero value means "not known".
type Incarnation [16]byte

// IsZero reports whether the incarnation is unknown.
func (i Incarnation) IsZero() bool { return i == Incarnation{} }

// String prints the first four bytes in hex, enough to tell two apart.
func (i Incarnation) String() string { return hex.EncodeToString(i[:4]) }

// Ballot names one try of one proposer (the paper's proposal number). Ballots
// are totally ordered by round, then member. The zero ballot is below all.
type Ballot struct {
	Round  uint64
	Member MemberID
}

// Less reports whether b comes before c.
func (b Ballot) Less(c Ballot) bool {
	return b.Round < c.Round || b.Round == c.Round && b.Member < c.Member
}

// IsZero reports whether b is the ballot below all others.
func (b Ballot) IsZero() bool { return b == Ballot{} }

// String prints round.member, as traces and logs show it.
func (b Ballot) String() string { return fmt.Sprintf("%d.%d", b.Round, b.Member) }

// Instant is a reading of one node's monotonic clock in nanoseconds. It means
// nothing to another node, nor to this node after a restart.
type Instant int64

// Never is later than every instant that a clock shows.
const Never Instant = 1<<63 - 1

// Add returns the instant d after t.
func (t Instant) Add(d time.Duration) Instant { return t + Instant(d) }

// Sub returns the time from u to t.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t - u) }

// Position counts the appends that a Node has asked for since it was restored.
// "Durable up to P" means that the appends 1..P would survive power loss.
type Position uint64

// Ticket is the replica's number for a value that it proposed; 0 means none.
type Ticket uint64

// SeatSet is a set of seats.
type SeatSet uint64

// With returns the set with s in it.
func (s SeatSet) With(seat Seat) SeatSet { return s | 1<<seat }

// Has reports whether seat is in the set.
func (s SeatSet) Has(seat Seat) bool { return seat < MaxSeats && s&(1<<seat) != 0 }

// Covers reports whether every seat of t is in s.
func (s SeatSet) Covers(t SeatSet) bool { return s&t == t }
