package explore

import (
	"encoding/binary"
	"math/bits"

	"github.com/openvstorage/arakoon-go/core"
)

// world is a state of everything: the machines, by number, all messages that were
// ever sent, and how much of the bounds is used up. The network never forgets a
// message and never has to deliver one: so loss, delay, reordering and duplication
// need no steps of their own.
type world struct {
	machines [maxNodes]uint32
	used     [counters]uint8
	tried    uint64 // ballots that were asked for, by number
	inbox    [maxNodes]bitset
	print    hash
}

// The counters: power losses by seat, then what the bounds limit besides.
const (
	countDied   = 0
	countValues = maxNodes
	countHands  = maxNodes + 1
	countBeats  = maxNodes + 2
	countAlarms = maxNodes + 3
	counters    = maxNodes + 4
	maxCount    = 16
)

// counterHashes are what the counters add to a world's fingerprint.
func counterHashes() (h [counters][maxCount]hash) {
	for k := range h {
		for n := range h[k] {
			h[k][n] = hashOf([]byte{byte(k), byte(n), 0xc0})
		}
	}
	return h
}

// begin fills in the world in which every node has just been started, knows that the
// others adopted the genesis, and has an empty log.
func (e *Explorer) begin(w *world) {
	*w = world{}
	for k := range e.counts {
		w.print = w.print.plus(e.counts[k][0])
	}
	for seat := range e.bounds.Nodes {
		r := &run{e: e, seat: uint8(seat)}
		r.guard(func(r *run) { r.crash(0) })
		if r.t.wrong != nil {
			panic("explore: a node doesn't start: " + r.t.wrong.text)
		}
		m := &machine{seat: r.seat, state: r.node.AppendState(nil), timers: r.node.AppendTimers(nil), disk: r.disk}
		settle(m.timers, e.bounds.Nodes)
		w.machines[seat] = e.intern(m)
		w.print = w.print.plus(m.hash)
	}
}

// copyTo makes to the same world, reusing its memory.
func (w *world) copyTo(to *world, nodes int) {
	to.machines, to.used, to.tried, to.print = w.machines, w.used, w.tried, w.print
	for seat := range nodes {
		to.inbox[seat] = append(to.inbox[seat][:0], w.inbox[seat]...)
	}
}

// count raises a counter.
func (e *Explorer) count(w *world, counter int) {
	n := w.used[counter]
	w.print = w.print.minus(e.counts[counter][n]).plus(e.counts[counter][n+1])
	w.used[counter] = n + 1
}

// died is the part of the counters that the bounds look at.
func (w *world) died() *[maxNodes]uint8 { return (*[maxNodes]uint8)(w.used[countDied:]) }

// send puts messages into the network; it returns the seats that got a new one.
func (e *Explorer) send(w *world, outs []uint32) (dirty uint8) {
	for _, k := range outs {
		m := &e.messages[k]
		if w.inbox[m.to].has(m.place) {
			continue
		}
		w.inbox[m.to].add(m.place)
		w.print = w.print.plus(m.hash)
		dirty |= 1 << m.to
		if m.tries >= 0 {
			w.tried |= 1 << m.tries
		}
		if m.env.Msg.Kind() == core.KindAccept {
			e.proposed = true
		}
	}
	return dirty
}

// take makes the transition of a seat's machine, and then every delivery that changes
// no machine and only adds answers to the network (doc.go says why that loses
// nothing). false if the world is outside the bounds then.
func (e *Explorer) take(w *world, seat int, t *transition) bool {
	e.become(w, seat, t.to)
	e.proposed = false
	dirty := e.send(w, t.outs) | 1<<seat
	for dirty != 0 {
		k := bits.TrailingZeros8(dirty)
		dirty &^= 1 << k
		dirty |= e.answer(w, k)
	}
	return bits.OnesCount64(w.tried) <= e.bounds.Ballots
}

// answer lets a seat answer whatever it can answer without being changed by it, but
// for what waits for its disk.
func (e *Explorer) answer(w *world, seat int) (dirty uint8) {
	for again := true; again; {
		number := w.machines[seat]
		m := e.machines[number]
		for k, in := range w.inbox[seat] {
			for news := in &^ m.known.word(k); news != 0; news &= news - 1 {
				e.try(number, uint16(64*k+bits.TrailingZeros64(news)))
			}
		}
		again = false
		for k := 0; k < len(w.inbox[seat]) && !again; k++ {
			for as := w.inbox[seat][k] & m.answers.word(k); as != 0 && !again; as &= as - 1 {
				t := &e.transitions[m.delivery[64*k+bits.TrailingZeros64(as)]]
				again = t.to != number
				dirty |= e.send(w, t.outs)
				e.become(w, seat, t.to)
			}
		}
	}
	return dirty
}

// become makes a seat's machine another one.
func (e *Explorer) become(w *world, seat int, number uint32) {
	if old := w.machines[seat]; old != number {
		w.print = w.print.minus(e.machines[old].hash).plus(e.machines[number].hash)
		w.machines[seat] = number
	}
}

// try finds out what a message does to a machine.
func (e *Explorer) try(number uint32, place uint16) {
	m := e.machines[number]
	t := e.deliver(m, &e.messages[e.inbox[m.seat][place]])
	m.known.add(place)
	if t.idle(number) {
		return
	}
	for len(m.delivery) <= int(place) {
		m.delivery = append(m.delivery, 0)
	}
	m.delivery[place] = e.keep(t)
	if t.quiet {
		m.answers.add(place)
	} else {
		m.live.add(place)
	}
}

// keep gives a transition a number; 0 is the idle one.
func (e *Explorer) keep(t transition) uint32 {
	e.transitions = append(e.transitions, t)
	e.bytes += 100 + 4*uint64(len(t.outs))
	return uint32(len(e.transitions) - 1)
}

// here returns what a local input does to a machine; nil: nothing.
func (e *Explorer) here(number uint32, in input) *transition {
	m := e.machines[number]
	if !m.possible(in) {
		return nil
	}
	if m.byInput[in] == notTried {
		t := e.local(m, in)
		m.byInput[in] = 0
		if !t.idle(number) {
			m.byInput[in] = e.keep(t)
		}
	}
	if m.byInput[in] == 0 {
		return nil
	}
	return &e.transitions[m.byInput[in]]
}

// pack writes a world: equal bytes, equal world.
func (e *Explorer) pack(dst []byte, w *world) []byte {
	for seat := range e.bounds.Nodes {
		dst = binary.AppendUvarint(dst, uint64(w.machines[seat]))
	}
	dst = append(dst, w.used[:]...)
	dst = binary.AppendUvarint(dst, w.tried)
	for seat := range e.bounds.Nodes {
		last := -1
		for k, word := range w.inbox[seat] {
			for ; word != 0; word &= word - 1 {
				place := 64*k + bits.TrailingZeros64(word)
				dst = binary.AppendUvarint(dst, uint64(place-last))
				last = place
			}
		}
		dst = append(dst, 0)
	}
	return dst
}

// unpack reads what pack wrote, and returns the rest.
func (e *Explorer) unpack(b []byte, w *world) []byte {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	for seat := range e.bounds.Nodes {
		w.machines[seat] = uint32(next())
	}
	b = b[copy(w.used[:], b):]
	w.tried = next()
	for seat := range e.bounds.Nodes {
		w.inbox[seat] = w.inbox[seat][:0]
		last := -1
		for gap := next(); gap != 0; gap = next() {
			last += int(gap)
			w.inbox[seat].add(uint16(last))
		}
	}
	return b
}
