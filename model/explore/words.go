package explore

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// say puts a step into words: two different steps of one world never share them.
func (e *Explorer) say(s *step) string {
	who := fmt.Sprintf("n%d", s.seat)
	switch {
	case s.message:
		msg := &e.messages[e.inbox[s.seat][s.place]]
		return fmt.Sprintf("%s takes %s of n%d", who, e.sayMessage(msg.env.Msg), msg.env.From)
	case s.in == inSync:
		return who + " makes its oldest append durable"
	case s.in < inCrash:
		return who + " " + alarms[s.in-inAlarm].name
	case s.in < inPropose:
		return fmt.Sprintf("%s loses power, keeps %d appends that were not durable, and starts", who, s.in-inCrash)
	case s.in < inHand:
		return fmt.Sprintf("%s proposes %s", who, e.named(e.value(clientValue(int(s.in-inPropose)))))
	default:
		return who + " is told to hand mastership over"
	}
}

// named is a value as people call it.
func (e *Explorer) named(k int32) string {
	v := e.values[k]
	if v.Kind() == core.KindBatch {
		if u, err := v.Updates(); err == nil && len(u) == 1 {
			return fmt.Sprintf("%q", u[0])
		}
	}
	for round := uint64(0); round < 64; round++ {
		for member := core.MemberID(0); member <= maxNodes; member++ {
			if b := (core.Ballot{Round: round, Member: member}); string(core.BarrierValue(b)) == string(v) {
				return fmt.Sprintf("the barrier of %v", b)
			}
		}
	}
	return fmt.Sprintf("value %x", []byte(v))
}

func (e *Explorer) list(values []core.Value) string {
	names := make([]string, len(values))
	for k, v := range values {
		names[k] = e.named(e.value(v))
	}
	return strings.Join(names, ", ")
}

func (e *Explorer) entries(entries []core.Entry) string {
	names := make([]string, len(entries))
	for k, x := range entries {
		names[k] = fmt.Sprintf("%d %v %s", x.Instance, x.Ballot, e.named(e.value(x.Value)))
	}
	return strings.Join(names, ", ")
}

// sayMessage says all that distinguishes a message from others.
func (e *Explorer) sayMessage(msg core.Message) string {
	switch m := msg.(type) {
	case *core.Ask:
		return fmt.Sprintf("Ask(%v from %d)", m.B, m.From)
	case *core.AskYes:
		return fmt.Sprintf("AskYes(%v)", m.B)
	case *core.Prepare:
		return fmt.Sprintf("Prepare(%v from %d)", m.B, m.From)
	case *core.Promise:
		return fmt.Sprintf("Promise(%v from %d, commit %d: %s)", m.B, m.From, m.Commit, e.entries(m.Entries))
	case *core.Behind:
		return fmt.Sprintf("Behind(%v commit %d)", m.B, m.Commit)
	case *core.Nack:
		return fmt.Sprintf("Nack(%v reason %d, promised %v, commit %d)", m.B, m.Reason, m.Promised, m.Commit)
	case *core.Accept:
		return fmt.Sprintf("Accept(%v first %d, commit %d, from %d: %s)", m.B, m.First, m.Commit, m.From, e.list(m.Values))
	case *core.Accepted:
		return fmt.Sprintf("Accepted(%v through %d, commit %d)", m.B, m.Through, m.Commit)
	case *core.Chosen:
		return fmt.Sprintf("Chosen(%v commit %d)", m.B, m.Commit)
	case *core.Fetch:
		return fmt.Sprintf("Fetch(%d to %d)", m.From, m.Through)
	case *core.Entries:
		return fmt.Sprintf("Entries(commit %d: %s)", m.Commit, e.entries(m.Entries))
	case *core.Release:
		return fmt.Sprintf("Release(%v)", m.B)
	case *core.StandNow:
		return fmt.Sprintf("StandNow(%v commit %d)", m.B, m.Commit)
	default: // heartbeats, whose fields are many and plain
		return fmt.Sprintf("%T%+v", m, m)
	}
}
