package sim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// What a timeline hears: lines of the trace, messages, frames that arrive.

// entrySorts says, by the beginning of a line's format, what it is about.
var entrySorts = []struct {
	begins string
	kind   EntryKind
}{
	{"FAIL", EntryFailure}, {"ALSO", EntryFailure}, {"fault ", EntryFault}, {"%s ends", EntryFault}, {"n%d stays", EntryFault},
	{"%v b=", EntryAction}, {"start,", EntryProcess}, {"is excused", EntryFault}, {"stop", EntryProcess}, {"is told", EntryProcess}, {"loses power", EntryProcess},
	{"crashes", EntryProcess}, {"%s", EntryDisk}, {"sync", EntryDisk}, {"its next sync", EntryDisk}, {"what it left", EntryDisk},
	{"memory", EntryDisk}, {"connection", EntryNetwork}, {"its frame", EntryNetwork}, {"rejects", EntryNetwork}, {"gets a message", EntryNetwork}, {"clock", EntryClock}, {"answers", EntryClient},
}

// line takes in a line of the trace; node -1: of no single one.
func (t *Timeline) line(node int, format string, args []any) {
	kind := EntryWorld
	for _, s := range entrySorts {
		if strings.HasPrefix(format, s.begins) {
			kind = s.kind
			break
		}
	}
	if kind == EntryFault && len(args) > 1 {
		if seat, ok := args[1].(core.Seat); ok {
			node = int(seat)
		}
	}
	t.Entries = append(t.Entries, Entry{t.w.now, node, kind, fmt.Sprintf(format, args...)})
	if kind == EntryFailure {
		t.look()
		t.frozen = !t.w.goesOn
	}
	if kind == EntryProcess && node >= 0 {
		t.ending(node, format)
	}
}

// ending notes how the life under way is about to end.
func (t *Timeline) ending(node int, format string) {
	lives := t.Lanes[node].Lives
	if len(lives) == 0 || lives[len(lives)-1].End >= 0 {
		return
	}
	for _, how := range []struct{ begins, text string }{{"loses power", "power"}, {"crashes", "crash"}, {"stops by itself", "gave up"}, {"stops cleanly", "stop"}} {
		if strings.HasPrefix(format, how.begins) {
			lives[len(lives)-1].Text = how.text
		}
	}
}

// message takes in what happens to a message.
func (t *Timeline) message(node uint8, what string, env *core.Envelope, text string) {
	t.Entries = append(t.Entries, Entry{t.w.now, int(node), EntryMessage, text})
	a := Arrow{From: int(env.From), To: int(env.To), Sent: t.w.now, End: -1, Kind: messageNames[env.Msg.Kind()], Text: describe(env.Msg), Fate: what}
	key := string(core.AppendEnvelope(nil, env))
	switch what {
	case "recv":
		if k, ok := t.last[key]; ok {
			t.Arrows[k].Fate = "heard"
		}
		return
	case "send":
		a.Fate = "flying"
		t.sent[key] = append(t.sent[key], len(t.Arrows))
	case "lose":
		a.Fate = "lost"
	case "drop":
		a.Fate = "cut"
	}
	t.last[key] = len(t.Arrows)
	t.Arrows = append(t.Arrows, a)
}

// begins takes in an event that is about to happen. Of a frame that arrives, nobody
// has heard yet.
func (t *Timeline) begins(e *event) {
	if e.kind != evDeliver {
		return
	}
	r := frame.NewReader(bytes.NewReader(e.frame), frame.MaxBody)
	msgs, err := r.Next(frame.Version)
	if err != nil {
		return // damaged on its way
	}
	envs, err := frame.Envelopes(nil, msgs, core.Seat(e.from), core.Seat(e.node))
	if err != nil {
		return
	}
	for i := range envs {
		t.lands(string(core.AppendEnvelope(nil, &envs[i])), e.mark == replayed)
	}
}

// lands ends the way of a message: of the one sent first, or of another copy.
func (t *Timeline) lands(key string, copied bool) {
	k, known := t.last[key]
	switch flying := t.sent[key]; {
	case !known:
		return
	case !copied && len(flying) > 0:
		k, t.sent[key] = flying[0], flying[1:]
	default:
		t.Arrows = append(t.Arrows, t.Arrows[k])
		k = len(t.Arrows) - 1
		t.Arrows[k].Again = true
	}
	t.last[key] = k
	t.Arrows[k].End, t.Arrows[k].Fate = t.w.now, "unheard"
}
