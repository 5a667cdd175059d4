package explore

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// input is something that happens to one machine by itself; a message that arrives
// is numbered by its place instead.
type input int

// The local inputs, in the order in which a world tries them.
const (
	inSync    input = 0
	inAlarm   input = 1 // and the following: by alarm
	inCrash         = inAlarm + input(len(alarms))
	maxKept         = 7 // how many pending appends may survive a power loss
	inPropose       = inCrash + maxKept + 1
	maxValues       = 8
	inHand          = inPropose + maxValues

	localInputs = inHand + 1
)

// transition is what an input does to a machine.
type transition struct {
	to      uint32   // the machine afterwards
	outs    []uint32 // messages that left
	commits []vote   // what this node took for chosen; their ballots are not looked at
	votes   bool     // more is durable than before
	wrong   *wrong   // what the machine alone shows to be broken
	quiet   bool     // neither the node nor what it has written is another
}

// idle reports whether nothing came of it.
func (t *transition) idle(from uint32) bool {
	return t.quiet && t.to == from && len(t.outs) == 0
}

// wrong is a broken rule.
type wrong struct{ check, text string }

func (w *wrong) String() string { return w.check + ": " + w.text }

// run carries one transition out: it is the host of one node, on one disk.
type run struct {
	e    *Explorer
	seat uint8
	node *core.Node
	disk disk
	t    transition
	// wrote: the disk has another content, or will have.
	wrote bool
}

// load wakes a machine up. What a node was loaded from last is kept for the next
// time: most of the time the same machine is tried with many messages.
func (e *Explorer) load(m *machine, timers []byte) *run {
	p := &e.awake[m.seat]
	if p.of != m || &p.timers[0] != &timers[0] {
		if err := p.node.LoadState(m.state, timers); err != nil {
			panic(fmt.Sprintf("explore: a state that was written can't be read: %v", err))
		}
		p.of, p.timers = m, timers
	}
	return &run{e: e, seat: m.seat, node: p.node.Clone(), disk: m.disk}
}

// awake is a node and what it was loaded from.
type awake struct {
	node   *core.Node
	of     *machine
	timers []byte
}

// deliver lets a message arrive.
func (e *Explorer) deliver(m *machine, msg *message) transition {
	return e.guarded(m, func(r *run) { r.step(core.Deliver{Envelope: msg.env}) }, m.timers)
}

// local lets something happen that is no message.
func (e *Explorer) local(m *machine, in input) transition {
	switch {
	case in == inSync:
		return e.guarded(m, (*run).sync, m.timers)
	case in < inCrash:
		return e.guarded(m, func(r *run) { r.step(core.Tick{}) }, goesOff(m.timers, alarms[in-inAlarm].word))
	case in < inPropose:
		return e.guarded(m, func(r *run) { r.crash(int(in - inCrash)) }, m.timers)
	case in < inHand:
		return e.guarded(m, func(r *run) { r.propose(int(in - inPropose)) }, m.timers)
	default:
		return e.guarded(m, func(r *run) { r.step(core.HandOver{To: core.NoSeat}) }, m.timers)
	}
}

// possible says whether a machine can take a local input at all.
func (m *machine) possible(in input) bool {
	switch {
	case in == inSync:
		return len(m.disk.pending) > 0
	case in >= inCrash && in < inPropose:
		return int(in-inCrash) <= len(m.disk.pending)
	default:
		return true
	}
}

// guarded makes the transition. A node that finds its own state broken panics: that
// is a finding like any other.
func (e *Explorer) guarded(m *machine, do func(*run), timers []byte) transition {
	r := e.load(m, timers)
	r.guard(do)
	if r.t.wrong != nil {
		r.t.to = e.intern(&machine{seat: m.seat, state: m.state, timers: m.timers, disk: r.disk})
		return r.t
	}
	e.state = r.node.AppendState(e.state[:0])
	e.timers = r.node.AppendTimers(e.timers[:0])
	settle(e.timers, e.bounds.Nodes)
	same := bytes.Equal(e.state, m.state) && bytes.Equal(e.timers, m.timers)
	r.t.quiet = same && !r.wrote && len(r.t.commits) == 0
	next := &machine{seat: m.seat, state: m.state, timers: m.timers, disk: r.disk}
	if !same {
		next.state, next.timers = bytes.Clone(e.state), bytes.Clone(e.timers)
	}
	r.t.to = e.intern(next)
	return r.t
}

func (r *run) guard(do func(*run)) {
	defer func() {
		if p := recover(); p != nil {
			r.broken("assertion", "%v", p)
		}
	}()
	do(r)
	for r.e.bounds.Slow == 0 && len(r.disk.pending) > 0 && r.t.wrong == nil {
		r.sync()
	}
}

// broken notes the first rule that is seen broken.
func (r *run) broken(check, format string, args ...any) {
	if r.t.wrong == nil {
		r.t.wrong = &wrong{check, fmt.Sprintf("n%d: ", r.seat) + fmt.Sprintf(format, args...)}
	}
}

// step gives the node an input and carries the effects out; then the state machine
// applies what is chosen, at once.
func (r *run) step(in core.Input) {
	before := r.node.Commit()
	r.carryOut(r.node.Step(at, in))
	r.committed(before)
	if c := r.node.Commit(); c > r.node.Applied() {
		r.carryOut(r.node.Step(at, core.Applied{Through: c}))
	}
}

// carryOut does what the effects ask for, in their order.
func (r *run) carryOut(eff *core.Effects) {
	if len(eff.Append) > 0 || eff.Save {
		r.write(eff)
	} else if k := len(r.disk.pending); k > 0 && len(eff.SendAfterSync) > 0 {
		r.disk.pending = slices.Clone(r.disk.pending)
		p := &r.disk.pending[k-1]
		p.held = r.e.hold(p.held, eff.SendAfterSync)
	} else {
		r.send(eff.SendAfterSync)
	}
	r.send(eff.Send)
	for _, f := range eff.Feed {
		r.feed(f)
	}
}

// write appends what the node wants written; it isn't durable yet.
func (r *run) write(eff *core.Effects) {
	r.wrote = true
	if _, whole := overlay(r.disk.log(), eff.Append); !whole {
		r.broken("log", "the log gets a hole: %v", eff.Append)
		return
	}
	r.disk.pending = append(slices.Clone(r.disk.pending), pending{position: eff.Position, state: eff.State,
		records: slices.Clone(eff.Append), held: r.e.hold(nil, eff.SendAfterSync)})
}

// feed sends chosen entries from the log.
func (r *run) feed(f core.Feed) {
	log := r.disk.log()
	if f.From == 0 || int(f.Through) > len(log) || f.From > f.Through {
		r.broken("log", "entries %d to %d are asked of a log of %d", f.From, f.Through, len(log))
		return
	}
	env := f.Envelope
	env.Msg = &core.Entries{Commit: f.Commit, Entries: log[f.From-1 : f.Through]}
	r.send([]core.Envelope{env})
}

// sync makes the oldest append durable, and tells the node.
func (r *run) sync() {
	r.wrote = true
	p := r.disk.sync(r.e.value)
	r.t.votes = true
	r.step(core.Durable{Through: p.position})
	r.leave(p.held)
}

// crash is a power loss that keeps the first so many appends that weren't durable,
// and the start that follows.
func (r *run) crash(kept int) {
	r.wrote = true
	for range kept {
		r.disk.sync(r.e.value)
		r.t.votes = true
	}
	r.disk.pending = nil
	node, err := core.New(r.e.configs[r.seat], r.disk.restored(r.e.genesis), at)
	if err != nil {
		r.broken("restart", "%v", err)
		return
	}
	r.node = node
	r.remembers()
	r.committed(0)
}

// propose offers a client's value; a node without room refuses it.
func (r *run) propose(k int) {
	if r.node.Room() == 0 {
		return
	}
	r.step(core.Propose{Value: clientValue(k)})
}

func clientValue(k int) core.Value { return core.EncodeBatch([][]byte{{byte('a' + k)}}) }

// committed notes what the node holds for chosen above an instance.
func (r *run) committed(before core.Instance) {
	log := r.disk.log()
	for i := before + 1; i <= r.node.Commit(); i++ {
		if int(i) > len(log) {
			r.broken("log", "commit index %d, the log ends at %d", r.node.Commit(), len(log))
			return
		}
		r.t.commits = append(r.t.commits, vote{instance: i, value: r.e.value(log[i-1].Value)})
	}
}
