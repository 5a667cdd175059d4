package sim

import "github.com/openvstorage/arakoon-go/core"

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
	Budget  []Span   `json:"budget"` // of losses: what the cluster has lost, and can still stand
	Healed  int64    `json:"healed"` // when the liveness phase began; -1: it did not
	End     int64    `json:"end"`

	w         *World
	sent      map[string][]int // by message: arrows under way; looked up, never ranged over
	last      map[string]int   // by message: its last arrow, whatever became of it
	calls     []int            // by client: index of its open call; -1: none
	current   []*request       // by client
	links     [MaxNodes][MaxNodes]bool
	out       core.SeatSet
	overdrawn bool
	frozen    bool // the run has failed: what the rest of the event does to the nodes hides why
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
	Excused  string `json:"excused"` // why it need not recover; "" if it must
	PPM      int64  `json:"ppm"`     // by how much its clock errs
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
		Entries: []Entry{}, Arrows: []Arrow{}, Cuts: []Span{}, Calls: []Call{}, Chosen: []Choice{}, Budget: []Span{}}
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

// Between returns the timeline without what is outside a part of the run, so that a
// long run has a page that one can work with. to 0: until its end.
func (t *Timeline) Between(from, to int64) *Timeline {
	if to <= 0 {
		to = t.End
	}
	p := *t
	p.Entries = within(t.Entries, func(e *Entry) bool { return e.At >= from && e.At <= to })
	p.Arrows = within(t.Arrows, func(a *Arrow) bool { return a.Sent <= to && (a.Sent >= from || a.End >= from) })
	p.Chosen = within(t.Chosen, func(c *Choice) bool { return c.At >= from && c.At <= to })
	p.Calls = within(t.Calls, func(c *Call) bool { return c.Begin <= to && (c.End < 0 || c.End >= from) })
	overlaps := func(s *Span) bool { return s.Begin <= to && (s.End < 0 || s.End >= from) }
	p.Cuts, p.Budget = within(t.Cuts, overlaps), within(t.Budget, overlaps)
	p.Lanes = nil
	for _, l := range t.Lanes {
		for _, spans := range []*[]Span{&l.Lives, &l.Stops, &l.Leases, &l.Disk, &l.Owes} {
			*spans = within(*spans, overlaps)
		}
		k := 0
		l.States = within(l.States, func(s *LaneTick) bool { // and the one that holds at from
			k++
			return s.At <= to && (k == len(l.States) || l.States[k].At > from)
		})
		p.Lanes = append(p.Lanes, l)
	}
	return &p
}

func within[T any](all []T, in func(*T) bool) []T {
	out := []T{}
	for i := range all {
		if in(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}
