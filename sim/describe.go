package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// describe prints a message in one line, for traces and failures.
func describe(msg core.Message) string {
	switch m := msg.(type) {
	case *core.Probe:
		return "Probe"
	case *core.Identity:
		return describeIdentity(m)
	case *core.Ask:
		return fmt.Sprintf("Ask b=%v from=%d", m.B, m.From)
	case *core.AskYes:
		return fmt.Sprintf("AskYes b=%v", m.B)
	case *core.Prepare:
		return fmt.Sprintf("Prepare b=%v from=%d", m.B, m.From)
	case *core.Promise:
		return fmt.Sprintf("Promise b=%v from=%d commit=%d entries=%s unknown=%d", m.B, m.From, m.Commit,
			describeEntries(m.Entries), len(m.Unknown))
	case *core.Behind:
		return fmt.Sprintf("Behind b=%v commit=%d", m.B, m.Commit)
	case *core.Nack:
		return fmt.Sprintf("Nack b=%v reason=%d promised=%v commit=%d", m.B, m.Reason, m.Promised, m.Commit)
	case *core.Accept:
		return fmt.Sprintf("Accept b=%v first=%d commit=%d from=%d values=%d", m.B, m.First, m.Commit, m.From, len(m.Values))
	case *core.Accepted:
		return fmt.Sprintf("Accepted b=%v through=%d commit=%d", m.B, m.Through, m.Commit)
	case *core.Chosen:
		return fmt.Sprintf("Chosen b=%v commit=%d", m.B, m.Commit)
	case *core.Heartbeat:
		return fmt.Sprintf("Heartbeat b=%v round=%d period=%v first=%d commit=%d last=%d", m.B, m.Round, m.Period, m.First, m.Commit, m.Last)
	case *core.HeartbeatReply:
		return fmt.Sprintf("HeartbeatReply b=%v round=%d granted=%t promised=%v last=%d commit=%d", m.B, m.Round, m.Granted,
			m.Promised, m.Last, m.Commit)
	case *core.Fetch:
		return fmt.Sprintf("Fetch %d..%d", m.From, m.Through)
	case *core.Entries:
		return fmt.Sprintf("Entries commit=%d %s", m.Commit, describeEntries(m.Entries))
	case *core.Release:
		return fmt.Sprintf("Release b=%v", m.B)
	case *core.StandNow:
		return fmt.Sprintf("StandNow b=%v commit=%d", m.B, m.Commit)
	case *core.SnapshotOffer:
		return fmt.Sprintf("SnapshotOffer instance=%d commit=%d", m.Instance, m.Commit)
	case *core.SnapshotFetch:
		return fmt.Sprintf("SnapshotFetch instance=%d begin=%t after=%q", m.Instance, m.Begin, m.After)
	case *core.SnapshotChunk:
		return fmt.Sprintf("SnapshotChunk instance=%d gone=%t begin=%t done=%t after=%q last=%q bytes=%d", m.Instance, m.Gone, m.Begin, m.Done,
			m.After, m.Last, len(m.Bytes))
	default:
		panic(fmt.Sprintf("sim: message %T", msg))
	}
}

func describeIdentity(m *core.Identity) string {
	if m.Blank {
		return fmt.Sprintf("Identity blank voters=%x", m.Voters)
	}
	if m.Genesis == nil {
		return "Identity neither blank nor a holder yet"
	}
	return fmt.Sprintf("Identity cluster=%v adopted=%v", m.Genesis.Cluster, m.Adopted)
}

func describeEntries(entries []core.Entry) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(' ')
		}
		if i == 8 {
			fmt.Fprintf(&b, "… %d in all", len(entries))
			break
		}
		fmt.Fprintf(&b, "%d@%v", e.Instance, e.Ballot)
	}
	return b.String() + "]"
}
