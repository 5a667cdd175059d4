package core

import "time"

// Message is what one node says to another. The set is sealed: the codec, the
// role table and the trace each have a place for every one of them.
type Message interface{ Kind() MessageKind }

// MessageKind names a message on the wire and in the tables.
type MessageKind uint8

// The kinds of messages. The numbers are part of the wire format.
const (
	KindProbe MessageKind = 1 + iota
	KindIdentity
	KindAsk
	KindAskYes
	KindPrepare
	KindPromise
	KindBehind
	KindNack
	KindAccept
	KindAccepted
	KindChosen
	KindHeartbeat
	KindHeartbeatReply
	KindFetch
	KindEntries
	KindRelease
	KindStandNow
	KindSnapshotOffer
	KindSnapshotFetch
	KindSnapshotChunk
	kindEnd
)

// Envelope is a message with everything that identifies its two ends. A frame
// whose identities don't match is answered with Identity and otherwise ignored.
type Envelope struct {
	From, To Seat
	Cluster  Incarnation // zero while the sender is blank
	FromInc  Incarnation // the sender's TLog directory
	ToInc    Incarnation // the addressee's as far as the sender knows; zero: unknown
	Msg      Message
}

type (
	// Probe asks "who are you?". Only Probe, Identity, Fetch, Entries and the
	// Snapshot messages pass between nodes that don't share a membership yet.
	Probe struct{}

	// Identity says who the sender is: blank, with a hash of the voter list in
	// its configuration; or a holder of a genesis, with the first voters that it
	// knows to have adopted it.
	Identity struct {
		Blank   bool
		Voters  uint64
		Genesis *Genesis
		Adopted SeatSet
	}

	// Ask asks, before any durable effect, whether the addressee would promise
	// ballot B to a candidate that holds everything below From.
	Ask struct {
		B    Ballot
		From Instance
	}
	// AskYes says that it would promise now.
	AskYes struct{ B Ballot }

	// Prepare is phase 1a for all instances from From on.
	Prepare struct {
		B    Ballot
		From Instance
	}
	// Promise is phase 1b: what the acceptor holds from From on. Unknown names
	// what damage may have taken; it is never reported as empty.
	Promise struct {
		B       Ballot
		From    Instance
		Commit  Instance
		Entries []Entry
		Unknown []Unknown
	}
	// Behind refuses an Ask or Prepare of a candidate that lacks chosen entries:
	// catch up to Commit first.
	Behind struct {
		B      Ballot
		Commit Instance
	}
	// Nack refuses an Ask, Prepare, Accept or Heartbeat in ballot B.
	Nack struct {
		B        Ballot
		Reason   Refusal
		Promised Ballot
		Commit   Instance
	}

	// Accept is phase 2a for consecutive instances From, From+1, …. First is the
	// first instance that ballot B proposed. With no values it is a commit notice.
	Accept struct {
		B      Ballot
		First  Instance
		Commit Instance
		From   Instance
		Values []Value
	}
	// Accepted is phase 2b, cumulative: everything above Commit, from B's First
	// on, through Through is durable at the sender in ballot B.
	Accepted struct {
		B       Ballot
		Through Instance
		Commit  Instance
	}
	// Chosen answers an Accept at or below the sender's commit index, and tells a
	// master that more is chosen than it knows.
	Chosen struct {
		B      Ballot
		Commit Instance
	}

	// Heartbeat asks for a lease of Period in round Round and carries the commit
	// index. Last is the last instance that the master has proposed. Marks are the
	// newest digests of the master's state machine, and who is known to agree.
	Heartbeat struct {
		B      Ballot
		Round  uint64
		Period time.Duration
		First  Instance
		Commit Instance
		Last   Instance
		Marks  []MarkReport
	}
	// HeartbeatReply answers one round. Last (held in ballot B, maybe not durable)
	// and Commit are hints for retransmission; Granted is a claim. Fit says that the
	// sender could lead; Wants, that it is also preferred, and stable.
	HeartbeatReply struct {
		B        Ballot
		Round    uint64
		Granted  bool
		Promised Ballot
		Last     Instance
		Commit   Instance
		Fit      bool
		Wants    bool
		Marks    []Mark
	}

	// Fetch asks any node for chosen entries from From on.
	Fetch struct{ From, Through Instance }
	// Entries carries consecutive entries that are chosen, and the sender's commit index.
	Entries struct {
		Commit  Instance
		Entries []Entry
	}

	// Release ends the grants of ballot B, whose master has stepped down from it
	// for good (DESIGN 4.7). An acceptor drops a grant only if it is exactly B's.
	Release struct{ B Ballot }
	// StandNow tells the successor of a hand-over to stand at once; Commit is what
	// the master of B knew chosen when it stepped down.
	StandNow struct {
		B      Ballot
		Commit Instance
	}

	// SnapshotOffer answers a Fetch of what the sender's log holds no more: it has
	// a checkpoint at Instance instead.
	SnapshotOffer struct {
		Instance Instance
		Commit   Instance
	}
	// SnapshotFetch asks for the chunk of the snapshot at Instance that begins
	// behind the key After; Begin: for the first. Instance 0: of the newest one.
	SnapshotFetch struct {
		Instance Instance
		Begin    bool
		After    []byte
	}
	// SnapshotChunk answers a SnapshotFetch. Manifest comes with every chunk: what
	// the snapshot is of, opaque to core. Gone: the sender has it no more, or never
	// had; ask for the newest. Last is the chunk's last key.
	SnapshotChunk struct {
		Instance Instance
		Gone     bool
		Begin    bool
		Done     bool
		After    []byte
		Last     []byte
		Manifest []byte
		Bytes    []byte
	}
)

// Refusal is the reason of a Nack.
type Refusal uint8

// The reasons.
const (
	RefusedPromised   Refusal = 1 + iota // promised a higher ballot
	RefusedGrant                         // honours a live grant to somebody else
	RefusedQuarantine                    // just restarted: honours grants it may have forgotten
	RefusedNotVoter                      // not a voter of this cluster
	RefusedDamaged                       // its log is damaged: it votes for nothing
)

// Kind implements Message.
func (*Probe) Kind() MessageKind          { return KindProbe }
func (*Identity) Kind() MessageKind       { return KindIdentity }
func (*Ask) Kind() MessageKind            { return KindAsk }
func (*AskYes) Kind() MessageKind         { return KindAskYes }
func (*Prepare) Kind() MessageKind        { return KindPrepare }
func (*Promise) Kind() MessageKind        { return KindPromise }
func (*Behind) Kind() MessageKind         { return KindBehind }
func (*Nack) Kind() MessageKind           { return KindNack }
func (*Accept) Kind() MessageKind         { return KindAccept }
func (*Accepted) Kind() MessageKind       { return KindAccepted }
func (*Chosen) Kind() MessageKind         { return KindChosen }
func (*Heartbeat) Kind() MessageKind      { return KindHeartbeat }
func (*HeartbeatReply) Kind() MessageKind { return KindHeartbeatReply }
func (*Fetch) Kind() MessageKind          { return KindFetch }
func (*Entries) Kind() MessageKind        { return KindEntries }
func (*Release) Kind() MessageKind        { return KindRelease }
func (*StandNow) Kind() MessageKind       { return KindStandNow }
func (*SnapshotOffer) Kind() MessageKind  { return KindSnapshotOffer }
func (*SnapshotFetch) Kind() MessageKind  { return KindSnapshotFetch }
func (*SnapshotChunk) Kind() MessageKind  { return KindSnapshotChunk }
