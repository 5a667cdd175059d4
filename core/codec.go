package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// WireVersion is the version of the encoding of envelopes.
const WireVersion = 2

// Limits of one message; a peer that goes beyond them is refused.
const (
	maxPromiseEntries = 4 * 1024 // at most 2·alpha in an honest promise
	maxAcceptValues   = 1024
	maxEntries        = 64 * 1024
)

// ErrEnvelope is wrapped by every error of DecodeEnvelope.
var ErrEnvelope = errors.New("core: malformed envelope")

// AppendEnvelope appends the encoding of e: everything little endian,
//
//	+---------+------+------+----+---------+---------+-------+------+------+
//	| version | kind | from | to | cluster | fromInc | toInc | body |      |
//	|   u8    |  u8  |  u8  | u8 |   16    |   16    |  16   | by kind     |
//	+---------+------+------+----+---------+---------+-------+------+------+
//
// Framing and checksum are core/frame's (one frame carries many envelopes).
func AppendEnvelope(dst []byte, e *Envelope) []byte {
	dst = append(dst, WireVersion, byte(e.Msg.Kind()), byte(e.From), byte(e.To))
	dst = append(dst, e.Cluster[:]...)
	dst = append(dst, e.FromInc[:]...)
	dst = append(dst, e.ToInc[:]...)
	return appendMessage(dst, e.Msg)
}

// DecodeEnvelope reads one envelope that fills b. Values and entries are slices
// of b, which must not change afterwards. It never panics and allocates no more
// than a small multiple of len(b).
func DecodeEnvelope(b []byte) (Envelope, error) {
	d := decoder{b: b}
	if v := d.u8(); v != WireVersion {
		return Envelope{}, fmt.Errorf("%w: version %d, this node speaks %d", ErrEnvelope, v, WireVersion)
	}
	kind := MessageKind(d.u8())
	e := Envelope{From: Seat(d.u8()), To: Seat(d.u8()),
		Cluster: d.incarnation(), FromInc: d.incarnation(), ToInc: d.incarnation()}
	e.Msg = decodeMessage(&d, kind)
	if e.Msg == nil || d.failed || len(d.b) != 0 {
		return Envelope{}, fmt.Errorf("%w: kind %d, %d bytes", ErrEnvelope, kind, len(b))
	}
	return e, nil
}

func appendMessage(dst []byte, msg Message) []byte {
	switch m := msg.(type) {
	case *Probe:
		return dst
	case *Identity:
		return appendIdentity(dst, m)
	case *Ask:
		return appendUint64(appendBallot(dst, m.B), uint64(m.From))
	case *AskYes:
		return appendBallot(dst, m.B)
	case *Prepare:
		return appendUint64(appendBallot(dst, m.B), uint64(m.From))
	case *Promise:
		return appendPromise(dst, m)
	case *Behind:
		return appendUint64(appendBallot(dst, m.B), uint64(m.Commit))
	case *Nack:
		dst = append(appendBallot(dst, m.B), byte(m.Reason))
		return appendUint64(appendBallot(dst, m.Promised), uint64(m.Commit))
	case *Accept:
		return appendAccept(dst, m)
	case *Accepted:
		return appendUint64(appendUint64(appendBallot(dst, m.B), uint64(m.Through)), uint64(m.Commit))
	case *Chosen:
		return appendUint64(appendBallot(dst, m.B), uint64(m.Commit))
	case *Heartbeat:
		dst = appendUint64(appendUint64(appendBallot(dst, m.B), m.Round), uint64(m.Period))
		dst = appendUint64(appendUint64(appendUint64(dst, uint64(m.First)), uint64(m.Commit)), uint64(m.Last))
		return appendReports(dst, m.Marks)
	case *HeartbeatReply:
		dst = appendBool(appendUint64(appendBallot(dst, m.B), m.Round), m.Granted)
		dst = appendUint64(appendUint64(appendBallot(dst, m.Promised), uint64(m.Last)), uint64(m.Commit))
		return appendMarks(appendBool(appendBool(dst, m.Fit), m.Wants), m.Marks)
	case *Fetch:
		return appendUint64(appendUint64(dst, uint64(m.From)), uint64(m.Through))
	case *Entries:
		return appendEntries(appendUint64(dst, uint64(m.Commit)), m.Entries)
	case *Release:
		return appendBallot(dst, m.B)
	case *StandNow:
		return appendUint64(appendBallot(dst, m.B), uint64(m.Commit))
	case *SnapshotOffer, *SnapshotFetch, *SnapshotChunk:
		return appendSnapshot(dst, msg)
	default:
		panic(fmt.Sprintf("core: no encoding for %T", msg))
	}
}

func decodeMessage(d *decoder, kind MessageKind) Message {
	switch kind {
	case KindProbe:
		return &Probe{}
	case KindIdentity:
		return decodeIdentity(d)
	case KindAsk:
		return &Ask{B: d.ballot(), From: d.instance()}
	case KindAskYes:
		return &AskYes{B: d.ballot()}
	case KindPrepare:
		return &Prepare{B: d.ballot(), From: d.instance()}
	case KindPromise:
		return decodePromise(d)
	case KindBehind:
		return &Behind{B: d.ballot(), Commit: d.instance()}
	case KindNack:
		return &Nack{B: d.ballot(), Reason: Refusal(d.u8()), Promised: d.ballot(), Commit: d.instance()}
	case KindAccept:
		return decodeAccept(d)
	case KindAccepted:
		return &Accepted{B: d.ballot(), Through: d.instance(), Commit: d.instance()}
	case KindChosen:
		return &Chosen{B: d.ballot(), Commit: d.instance()}
	case KindHeartbeat:
		return &Heartbeat{B: d.ballot(), Round: d.u64(), Period: time.Duration(d.u64()),
			First: d.instance(), Commit: d.instance(), Last: d.instance(), Marks: d.reports()}
	case KindHeartbeatReply:
		return &HeartbeatReply{B: d.ballot(), Round: d.u64(), Granted: d.bool(),
			Promised: d.ballot(), Last: d.instance(), Commit: d.instance(),
			Fit: d.bool(), Wants: d.bool(), Marks: d.marks()}
	case KindFetch:
		return &Fetch{From: d.instance(), Through: d.instance()}
	case KindEntries:
		return &Entries{Commit: d.instance(), Entries: d.entries(maxEntries)}
	case KindRelease:
		return &Release{B: d.ballot()}
	case KindStandNow:
		return &StandNow{B: d.ballot(), Commit: d.instance()}
	case KindSnapshotOffer, KindSnapshotFetch, KindSnapshotChunk:
		return decodeSnapshot(d, kind)
	default:
		return nil
	}
}

func appendIdentity(dst []byte, m *Identity) []byte {
	dst = appendUint64(appendBool(dst, m.Blank), m.Voters)
	dst = appendUint64(dst, uint64(m.Adopted))
	if m.Genesis == nil {
		return binary.LittleEndian.AppendUint32(dst, 0)
	}
	at := len(dst)
	dst = EncodeGenesis(append(dst, 0, 0, 0, 0), m.Genesis)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func decodeIdentity(d *decoder) Message {
	m := &Identity{Blank: d.bool(), Voters: d.u64(), Adopted: SeatSet(d.u64())}
	size := d.u32()
	if size > MaxGenesisBytes {
		d.failed = true
	}
	if b := d.take(int(size)); len(b) > 0 {
		g, err := DecodeGenesis(b)
		if err != nil {
			d.failed = true
		}
		m.Genesis = g
	}
	return m
}

func appendPromise(dst []byte, m *Promise) []byte {
	dst = appendUint64(appendUint64(appendBallot(dst, m.B), uint64(m.From)), uint64(m.Commit))
	dst = appendEntries(dst, m.Entries)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(m.Unknown)))
	for _, u := range m.Unknown {
		dst = appendBallot(appendUint64(dst, uint64(u.Instance)), u.Ballot)
	}
	return dst
}

func decodePromise(d *decoder) Message {
	m := &Promise{B: d.ballot(), From: d.instance(), Commit: d.instance(), Entries: d.entries(maxPromiseEntries)}
	n := d.u32()
	if n > maxPromiseEntries || int(n)*20 > len(d.b) {
		d.failed = true
		return m
	}
	for range n {
		m.Unknown = append(m.Unknown, Unknown{Instance: d.instance(), Ballot: d.ballot()})
	}
	return m
}

func appendAccept(dst []byte, m *Accept) []byte {
	dst = appendUint64(appendUint64(appendBallot(dst, m.B), uint64(m.First)), uint64(m.Commit))
	dst = binary.LittleEndian.AppendUint32(appendUint64(dst, uint64(m.From)), uint32(len(m.Values)))
	for _, v := range m.Values {
		dst = appendValue(dst, v)
	}
	return dst
}

func decodeAccept(d *decoder) Message {
	m := &Accept{B: d.ballot(), First: d.instance(), Commit: d.instance(), From: d.instance()}
	n := d.u32()
	if n > maxAcceptValues || int(n)*4 > len(d.b) {
		d.failed = true
		return m
	}
	for range n {
		m.Values = append(m.Values, d.value())
	}
	return m
}

func appendEntries(dst []byte, entries []Entry) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(entries)))
	for i := range entries {
		e := &entries[i]
		dst = appendValue(appendBallot(appendUint64(dst, uint64(e.Instance)), e.Ballot), e.Value)
	}
	return dst
}

func (d *decoder) entries(limit uint32) []Entry {
	n := d.u32()
	if n > limit || int(n)*24 > len(d.b) {
		d.failed = true
		return nil
	}
	var entries []Entry
	for range n {
		entries = append(entries, Entry{Instance: d.instance(), Ballot: d.ballot(), Value: d.value()})
	}
	return entries
}

func (d *decoder) instance() Instance { return Instance(d.u64()) }

func appendUint64(dst []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(dst, v) }

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}
