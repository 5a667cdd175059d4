package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// What a timeline sees when it looks at nodes, links and clients after an event.

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
	t.lookAtBudget()
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
	t := LaneTick{At: now, PPM: n.clk.ppm, Excused: n.excuseWords()}
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

// excuseWords says why the node need not recover.
func (n *node) excuseWords() string {
	switch {
	case n.gap != noGap:
		return n.gap.String()
	case n.leftOut:
		return "left out for good"
	default:
		return ""
	}
}

// lookAtBudget says what of the fault budget is used.
func (t *Timeline) lookAtBudget() {
	w := t.w
	out, spare := w.budget.out(), core.SeatSet(0)
	for _, n := range w.nodes {
		if n.leftOut {
			out = out.With(n.seat)
		}
	}
	if out == t.out && w.budget.overdrawn == t.overdrawn && len(t.Budget) > 0 {
		return
	}
	t.out, t.overdrawn = out, w.budget.overdrawn
	for _, n := range w.nodes {
		if !out.Has(n.seat) && !w.opts.Learners.Has(n.seat) && w.opts.viable(out.With(n.seat)) {
			spare = spare.With(n.seat)
		}
	}
	text := fmt.Sprintf("out: %s; any one of these may go, too: %s", seatNames(out), seatNames(spare))
	if t.overdrawn {
		text = fmt.Sprintf("overdrawn: the cluster can't recover, it must refuse; out: %s", seatNames(out))
	}
	if k := len(t.Budget); k > 0 {
		t.Budget[k-1].End = w.now
	}
	t.Budget = append(t.Budget, Span{Begin: w.now, End: -1, Text: text})
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
