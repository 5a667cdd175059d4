package sim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

// Timeline is what happened in one run, to look at: it listens where the trace does
// and looks at all nodes after every event. A run without one pays nothing for it.
// All times are true time in ns; End -1 means that something had not ended.
type Timeline struct {
	Entries []Entry  `json:"entries"`
	Arrows  []Arrow  `json:"arrows"`
	Lanes   []Lane   `json:"lanes"`
	Cuts    []Span   `json:"cuts"`
	Calls   []Call   `json:"calls"`
	Chosen  []Choice `json:"chosen"`
	Healed  int64    `json:"healed"` // when the liveness phase began; -1: it did not
	End     int64    `json:"end"`

	w       *World
	sent    map[string][]int // by message: arrows under way; looked up, never ranged over
	last    map[string]int   // by message: its last arrow, whatever became of it
	calls   []int            // by client: index of its open call; -1: none
	current []*request       // by client
	links   [MaxNodes][MaxNodes]bool
	frozen  bool // the run has failed: what the rest of the event does to the nodes hides why
}

// Entry is one line of what happened.
type Entry struct {
	At   int64     `json:"at"`
	Node int       `json:"node"` // -1: none
	Kind EntryKind `json:"kind"`
	Text string    `json:"text"`
}

// EntryKind sorts entries, for filters.
type EntryKind string

// The kinds of entries.
const (
	EntryMessage EntryKind = "message"
	EntryAction  EntryKind = "action"  // of the spec
	EntryProcess EntryKind = "process" // starts, ends, stops
	EntryFault   EntryKind = "fault"   // of a slot, or a partition that ends
	EntryNetwork EntryKind = "network" // connections and frames
	EntryDisk    EntryKind = "disk"
	EntryClock   EntryKind = "clock"
	EntryClient  EntryKind = "client"
	EntryWorld   EntryKind = "world"
	EntryFailure EntryKind = "failure"
)

// EntryKinds lists all kinds.
func EntryKinds() []EntryKind {
	return []EntryKind{EntryMessage, EntryAction, EntryProcess, EntryFault, EntryNetwork, EntryDisk, EntryClock, EntryClient, EntryWorld, EntryFailure}
}

// Arrow is one message on its way.
type Arrow struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Sent int64  `json:"sent"`
	End  int64  `json:"end"`
	Kind string `json:"kind"`
	Text string `json:"text"`
	Fate string `json:"fate"` // heard, lost, cut, unheard (its addressee was down or cut off), flying

	Again bool `json:"again"` // a copy of a message
}

// Span is something that lasts.
type Span struct {
	Begin int64  `json:"begin"`
	End   int64  `json:"end"`
	Until int64  `json:"until"` // it would have ended by itself then; 0: not known
	Text  string `json:"text"`
}

// Lane is one node.
type Lane struct {
	Name   string     `json:"name"`
	Role   string     `json:"role"`  // voter, learner or witness, with its datacentre
	Lives  []Span     `json:"lives"` // text: how it ended
	Stops  []Span     `json:"stops"`
	Leases []Span     `json:"leases"` // while it would serve reads
	Disk   []Span     `json:"disk"`   // while the disk was slow or full
	Owes   []Span     `json:"owes"`   // while a request waits for its answer
	States []LaneTick `json:"states"`
}

// LaneTick is a node's state from an event on. Everything before Durable is gone with
// the process.
type LaneTick struct {
	At       int64  `json:"at"`
	Up       bool   `json:"up"`
	Role     string `json:"role"`
	Ballot   string `json:"ballot"`
	Promised string `json:"promised"`
	Commit   uint64 `json:"commit"`
	Applied  uint64 `json:"applied"`
	Last     uint64 `json:"last"`
	Waiting  string `json:"waiting"`
	PPM      int64  `json:"ppm"` // by how much its clock errs
	Durable  struct {
		Promised   string `json:"promised"`
		Commit     uint64 `json:"commit"`
		Last       uint64 `json:"last"`
		Checkpoint uint64 `json:"checkpoint"`
	} `json:"durable"`
}

// Call is one operation of a client.
type Call struct {
	Client  int    `json:"client"`
	Begin   int64  `json:"begin"`
	End     int64  `json:"end"`
	Nodes   []int  `json:"nodes"` // it asked, in order
	Text    string `json:"text"`
	Outcome string `json:"outcome"` // ok, unknown, refused, open
}

// Choice is when a prefix of instances was chosen, by what disks held.
type Choice struct {
	At       int64  `json:"at"`
	Instance uint64 `json:"instance"`
}

// Watch lets a timeline record the run from now on.
func (w *World) Watch() *Timeline {
	// Lists begin empty and not nil: that is how they are to look in JSON.
	t := &Timeline{w: w, sent: map[string][]int{}, last: map[string]int{}, Healed: -1,
		Entries: []Entry{}, Arrows: []Arrow{}, Cuts: []Span{}, Calls: []Call{}, Chosen: []Choice{}}
	for _, n := range w.nodes {
		t.Lanes = append(t.Lanes, Lane{Name: nodeName(n.seat), Role: w.opts.roleOf(n.seat),
			Lives: []Span{}, Stops: []Span{}, Leases: []Span{}, Disk: []Span{}, Owes: []Span{}})
	}
	w.timeline = t
	return t
}

// roleOf says what a node is by its configuration.
func (o *Options) roleOf(s core.Seat) string {
	role := "voter"
	switch {
	case o.Learners.Has(s):
		role = "learner"
	case o.Witnesses.Has(s):
		role = "witness"
	}
	if dc := o.datacentre(s); dc != "" {
		role += " in " + dc
	}
	return role
}

// entrySorts says, by the beginning of a line's format, what it is about.
var entrySorts = []struct {
	begins string
	kind   EntryKind
}{
	{"FAIL", EntryFailure}, {"ALSO", EntryFailure}, {"fault ", EntryFault}, {"%s ends", EntryFault}, {"n%d stays", EntryFault},
	{"%v b=", EntryAction}, {"start,", EntryProcess}, {"stop", EntryProcess}, {"is told", EntryProcess}, {"loses power", EntryProcess},
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

// look takes in what has changed by an event.
func (t *Timeline) look() {
	w := t.w
	if t.End = w.now; t.frozen {
		return
	}
	if w.healed && t.Healed < 0 {
		t.Healed = w.now
	}
	for i, n := range w.nodes {
		t.lookAt(&t.Lanes[i], n)
	}
	t.lookAtLinks()
	for i, c := range w.clients {
		t.lookAtClient(i, c)
	}
	if p := uint64(w.checks.ghost.prefix); len(t.Chosen) == 0 && p > 0 || len(t.Chosen) > 0 && p != t.Chosen[len(t.Chosen)-1].Instance {
		t.Chosen = append(t.Chosen, Choice{w.now, p})
	}
}

func (t *Timeline) lookAt(l *Lane, n *node) {
	now := t.w.now
	l.Lives = during(l.Lives, n.up && n.replica != nil, now, 0, "")
	l.Stops = during(l.Stops, n.up && n.paused > now, now, n.paused, "")
	trouble := ""
	switch {
	case n.noRoom > now:
		trouble = "full"
	case n.slow > now:
		trouble = "slow"
	}
	l.Disk = during(l.Disk, trouble != "", now, max(n.noRoom, n.slow), trouble)
	owed := ""
	if len(n.waiting) > 0 {
		owed = n.waiting[0].String()
	}
	l.Owes = during(l.Owes, owed != "", now, 0, owed)
	until := n.leasedUntil()
	l.Leases = during(l.Leases, until > now, now, until, "")
	if s := n.tick(now); len(l.States) == 0 || l.States[len(l.States)-1].differs(s) {
		l.States = append(l.States, s)
	}
}

// during begins, carries on or ends a span, which would end by itself at until.
func during(spans []Span, on bool, now, until int64, text string) []Span {
	last := len(spans) - 1
	open := last >= 0 && spans[last].End < 0
	switch {
	case on && !open:
		return append(spans, Span{Begin: now, End: -1, Text: text, Until: until})
	case on:
		spans[last].Until = until
	case open:
		if spans[last].End = now; spans[last].Until > 0 {
			spans[last].End = min(now, spans[last].Until)
		}
	}
	return spans
}

// leasedUntil returns until which true time the node would serve reads, if its clock
// kept its rate; 0 if it doesn't now.
func (n *node) leasedUntil() int64 {
	if !n.up || n.replica == nil || !n.replica.Reads().Leased(n.clockFn) {
		return 0
	}
	low, high := n.clk.at(n.w.now), core.Never // leased at low, not at high
	for low+1 < high {
		mid := low + (high-low)/2
		if n.replica.Reads().Leased(func() core.Instant { return mid }) {
			low = mid
		} else {
			high = mid
		}
	}
	return n.clk.when(high)
}

// tick describes the node now.
func (n *node) tick(now int64) LaneTick {
	t := LaneTick{At: now, PPM: n.clk.ppm}
	if n.up && n.replica != nil {
		s := n.replica.Status(n.clk.at(now))
		t.Up, t.Role, t.Ballot, t.Promised = true, s.Role.String(), s.Ballot.String(), s.Promised.String()
		t.Commit, t.Applied, t.Last, t.Waiting = uint64(s.Commit), uint64(s.Applied), uint64(s.Last), s.Waiting
		t.Durable.Checkpoint = uint64(s.Checkpoint)
	}
	t.Durable.Promised, t.Durable.Commit, t.Durable.Last = n.ledger.hard.Promised.String(), uint64(n.ledger.hard.Commit), uint64(n.ledger.last)
	return t
}

func (t LaneTick) differs(o LaneTick) bool {
	o.At = t.At
	return t != o
}

func (t *Timeline) lookAtLinks() {
	var now [MaxNodes][MaxNodes]bool
	for from := range t.w.nodes {
		for to := range t.w.nodes {
			now[from][to] = t.w.net.cuts[from][to] > 0
		}
	}
	if now == t.links {
		return
	}
	t.links = now
	if k := len(t.Cuts); k > 0 && t.Cuts[k-1].End < 0 {
		t.Cuts[k-1].End = t.w.now
	}
	if text := cutText(&now, len(t.w.nodes)); text != "" {
		t.Cuts = append(t.Cuts, Span{Begin: t.w.now, End: -1, Text: text})
	}
}

// cutText names links that carry nothing: nodes that are alone, then pairs.
func cutText(cut *[MaxNodes][MaxNodes]bool, nodes int) string {
	var parts []string
	alone := func(n int) bool {
		for m := range nodes {
			if m != n && (!cut[n][m] || !cut[m][n]) {
				return false
			}
		}
		return nodes > 1
	}
	for a := range nodes {
		if alone(a) {
			parts = append(parts, fmt.Sprintf("n%d alone", a))
			continue
		}
		for b := range nodes {
			switch {
			case alone(b) || !cut[a][b] || cut[b][a] && a > b:
			case cut[b][a]:
				parts = append(parts, fmt.Sprintf("n%d | n%d", a, b))
			default:
				parts = append(parts, fmt.Sprintf("n%d ↛ n%d", a, b))
			}
		}
	}
	return strings.Join(parts, ", ")
}

func (t *Timeline) lookAtClient(i int, c *client) {
	for len(t.current) <= i {
		t.current, t.calls = append(t.current, nil), append(t.calls, -1)
	}
	if old := t.current[i]; old != nil {
		call := &t.Calls[t.calls[i]]
		if c.current == old {
			if call.Nodes[len(call.Nodes)-1] != int(old.node) {
				call.Nodes = append(call.Nodes, int(old.node))
			}
			return
		}
		call.End, call.Outcome = t.w.now, outcomeWords[old.outcome]
		call.Text = old.words()
	}
	if t.current[i] = c.current; c.current != nil {
		t.calls[i] = len(t.Calls)
		t.Calls = append(t.Calls, Call{Client: i, Begin: c.current.sent, End: -1, Nodes: []int{int(c.current.node)},
			Text: c.current.words(), Outcome: outcomeWords[pending]})
	}
}

var outcomeWords = [...]string{pending: "open", success: "ok", nothingHappened: "refused", unknown: "unknown"}

// words prints an operation and its result for people.
func (r *request) words() string {
	var asked, got any = r.op.update, r.result
	if r.op.query != nil {
		asked, got = r.op.query, r.reply
	}
	text := strings.TrimPrefix(fmt.Sprintf("%T%+q", asked, asked), "command.")
	if r.outcome == success {
		text += fmt.Sprintf(" = %v", got)
	}
	return text
}
