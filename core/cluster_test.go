package core

import (
	"fmt"
	"io"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cluster is a tiny deterministic host for whole-protocol tests inside package
// core: nodes with a log that is a slice, a network that is a sorted list, and
// one clock. The real host for randomized work is package sim.
type cluster struct {
	t       *testing.T
	now     Instant
	hosts   []*host
	wires   []wire
	seq     int
	latency time.Duration
	sync    time.Duration
	cut     func(from, to Seat, m Message) bool
	delays  func(*Envelope) []time.Duration // one per copy that arrives; nil: one, after latency
	chosen  map[Instance]string
	talk    io.Writer // the conversation is noted here; nil: nowhere
	// commits looks at what a master takes for chosen, before anybody applies it.
	commits func(*host, Instance, Value)
}

type wire struct {
	at  Instant
	seq int
	env Envelope
}

// host is one node with its disk: everything durable, and what waits.
type host struct {
	node    *Node
	cfg     Config
	durable Restored
	entries map[Instance]Entry // durable accepted entries
	volat   []batch            // appended, not yet durable
	held    []batch            // messages waiting: position and envelopes
	syncAt  Instant
	wake    Instant
	applied Instance
	values  map[Instance]Value
	failed  []Failure
	ended   []Outcome
	marks   func(Instance) []Mark // of its state machine, after an instance
	stall   bool
	down    bool
}

type batch struct {
	position Position
	records  []Record
	state    HardState
	envs     []Envelope
}

func newCluster(t *testing.T, size int) *cluster {
	var seats []SeatConfig
	for k := range size {
		seats = append(seats, SeatConfig{Name: fmt.Sprintf("n%d", k)})
	}
	return newClusterOf(t, RuleMajority, seats)
}

func newClusterOf(t *testing.T, rule Rule, seats []SeatConfig) *cluster {
	c := &cluster{t: t, now: 1, latency: time.Millisecond, sync: time.Millisecond, chosen: map[Instance]string{},
		cut: func(Seat, Seat, Message) bool { return false }, commits: func(*host, Instance, Value) {}}
	for k := range seats {
		h := &host{cfg: Config{ClusterID: "test", Seats: seats, Self: Seat(k), LeasePeriod: 2 * time.Second,
			Alpha: DefaultAlpha, Seed: uint64(k) + 7, Rule: rule}}
		h.cfg.Incarnation[0], h.cfg.NewCluster[0] = byte(k+1), byte(k+100)
		c.hosts = append(c.hosts, h)
		c.start(h)
	}
	return c
}

func (c *cluster) start(h *host) {
	r := h.durable
	r.Entries, r.Commit = nil, 0
	for i := Instance(1); ; i++ {
		e, ok := h.entries[i]
		if !ok {
			break
		}
		if i <= h.durable.Commit {
			r.Commit = i
			continue
		}
		r.Entries = append(r.Entries, e)
	}
	node, err := New(h.cfg, r, c.now)
	require.NoError(c.t, err)
	h.node, h.down, h.volat, h.held, h.syncAt = node, false, nil, nil, Never
	h.wake, h.applied, h.values = c.now, 0, map[Instance]Value{}
	for i, e := range h.entries { // order doesn't matter: a map from a map
		h.values[i] = e.Value
	}
	c.apply(h)
}

// crash is a power loss: what isn't durable is gone.
func (c *cluster) crash(k int) { c.hosts[k].down = true }

func (c *cluster) restart(k int) { c.start(c.hosts[k]) }

// wipe is a new disk under the same name.
func (c *cluster) wipe(k int) {
	h := c.hosts[k]
	h.durable, h.entries = Restored{}, nil
	h.cfg.Incarnation[15]++
}

func (c *cluster) step(h *host, in Input) {
	eff := h.node.Step(c.now, in)
	if len(eff.Append) > 0 || eff.Save {
		h.volat = append(h.volat, batch{position: eff.Position, records: append([]Record(nil), eff.Append...), state: eff.State})
		for _, r := range eff.Append {
			if r.Kind == RecordAccepted {
				h.values[r.Instance] = r.Bytes
			}
		}
		if h.syncAt == Never {
			h.syncAt = c.now.Add(c.sync)
		}
	}
	for _, env := range eff.Send {
		c.send(env)
	}
	if len(eff.SendAfterSync) > 0 {
		envs := append([]Envelope(nil), eff.SendAfterSync...)
		if h.node.log.has(eff.Position) {
			for _, env := range envs {
				c.send(env)
			}
		} else {
			h.held = append(h.held, batch{position: eff.Position, envs: envs})
		}
	}
	h.failed = append(h.failed, eff.Failed...)
	h.ended = append(h.ended, eff.Outcomes...)
	c.tell(h, eff.Outcomes)
	feeds := append([]Feed(nil), eff.Feed...)
	h.wake = eff.Wake
	c.apply(h)
	for _, f := range feeds {
		c.feed(h, f)
	}
}

// apply checks agreement: what any node applies for an instance is one value.
func (c *cluster) apply(h *host) {
	commit := h.node.Commit()
	for i := h.applied + 1; i <= commit; i++ {
		v, ok := h.values[i]
		require.True(c.t, ok, "%v applies instance %d without holding it", h.node, i)
		if h.node.Role() == RoleMaster {
			c.commits(h, i, v)
		}
		if old, ok := c.chosen[i]; ok {
			require.Equal(c.t, old, string(v), "agreement at instance %d on %v", i, h.node)
		}
		c.chosen[i] = string(v)
	}
	if commit > h.applied {
		from := h.applied + 1
		h.applied = commit
		c.step(h, Applied{Through: commit})
		for i := from; h.marks != nil && i <= commit; i++ {
			c.step(h, Marks{h.marks(i)})
		}
	}
}

func (c *cluster) feed(h *host, f Feed) {
	m := &Entries{Commit: f.Commit}
	for i := f.From; i <= f.Through && len(m.Entries) < 10; i++ {
		e := h.entries[i]
		for _, b := range h.volat {
			for _, r := range b.records {
				if r.Kind == RecordAccepted && r.Instance == i && !r.Ballot.Less(e.Ballot) {
					e = Entry{Instance: i, Ballot: r.Ballot, Value: r.Bytes}
				}
			}
		}
		m.Entries = append(m.Entries, e)
	}
	env := f.Envelope
	env.Msg = m
	c.send(env)
}

// send puts a message on the wire through the real codec.
func (c *cluster) send(env Envelope) {
	decoded, err := DecodeEnvelope(AppendEnvelope(nil, &env))
	require.NoError(c.t, err)
	require.Equal(c.t, env.Msg.Kind(), decoded.Msg.Kind())
	c.say(&env)
	if c.cut(env.From, env.To, env.Msg) {
		return
	}
	delays := []time.Duration{c.latency}
	if c.delays != nil {
		delays = c.delays(&env)
	}
	for _, d := range delays {
		c.seq++
		c.wires = append(c.wires, wire{c.now.Add(d), c.seq, decoded})
	}
}

func (c *cluster) sync1(h *host) {
	h.syncAt = Never
	var last Position
	for _, b := range h.volat {
		last = b.position
		h.durable.HardState = b.state
		for _, r := range b.records {
			switch r.Kind {
			case RecordAccepted:
				if h.entries == nil {
					h.entries = map[Instance]Entry{}
				}
				if old := h.entries[r.Instance]; !r.Ballot.Less(old.Ballot) {
					h.entries[r.Instance] = Entry{r.Instance, r.Ballot, r.Bytes}
				}
			case RecordGenesis:
				g, err := DecodeGenesis(r.Bytes)
				require.NoError(c.t, err)
				h.durable.Genesis = g
			case RecordAdopted:
				d := decoder{b: r.Bytes}
				h.durable.Adopted = SeatSet(d.u64())
			case RecordSetting:
				h.durable.Setting = r.Bytes
			}
		}
	}
	h.volat = nil
	for len(h.held) > 0 && h.held[0].position <= last {
		for _, env := range h.held[0].envs {
			c.send(env)
		}
		h.held = h.held[1:]
	}
	c.step(h, Durable{Through: last})
}

// run lets d pass.
func (c *cluster) run(d time.Duration) {
	end := c.now.Add(d)
	c.runUntil(end, func() bool { return false })
	c.now = end
}

// until runs at most d and stops as soon as done.
func (c *cluster) until(what string, d time.Duration, done func() bool) {
	c.t.Helper()
	c.runUntil(c.now.Add(d), done)
	if !done() {
		for _, h := range c.hosts {
			c.t.Logf("%v wants %d heard %d missing %v", h.node, h.node.lrn.wanted, h.node.els.heard, h.node.Missing())
		}
		c.t.Fatalf("%s did not happen within %v", what, d)
	}
}

func (c *cluster) runUntil(end Instant, done func() bool) {
	for !done() {
		sort.Slice(c.wires, func(a, b int) bool {
			return c.wires[a].at < c.wires[b].at || c.wires[a].at == c.wires[b].at && c.wires[a].seq < c.wires[b].seq
		})
		next := end + 1
		if len(c.wires) > 0 {
			next = c.wires[0].at
		}
		for _, h := range c.hosts {
			if !h.down {
				next = min(next, h.wake)
				if !h.stall {
					next = min(next, h.syncAt)
				}
			}
		}
		if next > end {
			return
		}
		c.now = max(c.now, next)
		c.turn()
	}
}

func (c *cluster) turn() {
	if len(c.wires) > 0 && c.wires[0].at <= c.now {
		w := c.wires[0]
		c.wires = c.wires[1:]
		if h := c.hosts[w.env.To]; !h.down {
			c.step(h, Deliver{Envelope: w.env})
		}
		return
	}
	for _, h := range c.hosts {
		switch {
		case h.down:
		case h.syncAt <= c.now && !h.stall:
			c.sync1(h)
			return
		case h.wake <= c.now:
			c.step(h, Tick{})
			return
		}
	}
}

// master is the one host that serves; nil if none, and never two.
func (c *cluster) master() *host {
	var m *host
	for _, h := range c.hosts {
		if !h.down && h.node.LeaseEnd() > c.now {
			if m != nil {
				c.t.Fatalf("two masters serve at %d: %v and %v", c.now, m.node, h.node)
			}
			m = h
		}
	}
	return m
}

func (c *cluster) elect() *host {
	c.t.Helper()
	c.until("a serving master", time.Minute, func() bool { return c.master() != nil })
	return c.master()
}

func (c *cluster) propose(h *host, text string) {
	require.Positive(c.t, h.node.Room())
	c.step(h, Propose{Ticket: 1, Value: EncodeBatch([][]byte{[]byte(text)})})
}

// settled reports whether every live node has applied what one of them has.
func (c *cluster) settled(at Instance) func() bool {
	return func() bool {
		for _, h := range c.hosts {
			if !h.down && h.applied < at {
				return false
			}
		}
		return true
	}
}
