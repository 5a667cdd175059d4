package explore

import (
	"fmt"
	"math/bits"

	"github.com/openvstorage/arakoon-go/core"
)

// Explorer walks the worlds breadth first.
type Explorer struct {
	bounds  Bounds
	genesis *core.Genesis
	configs []core.Config
	awake   []awake // one per seat
	counts  [counters][maxCount]hash

	machines    []*machine
	machineOf   map[hash]uint32 // looked up, never ranged over
	messages    []message
	messageOf   map[string]uint32 // looked up, never ranged over
	inbox       [maxNodes][]uint32
	accepts     [maxNodes]bitset // the Accepts among them
	values      []core.Value
	valueOf     map[string]int32 // looked up, never ranged over
	ballots     []core.Ballot
	transitions []transition
	bytes       uint64

	seen      *seen
	now, then queue // worlds at this depth and at the next
	depth     int
	made      uint64 // transitions
	found     *Counterexample
	audit     map[hash]string // a sample of worlds, whole; looked up, never ranged over

	scratch   []byte // scratch, packed, state and timers only save allocations
	state     []byte
	timers    []byte
	packed    []byte
	from      world // being expanded
	to        world // one step further
	number    uint32
	proposed  bool
	bills     []bill
	proposing []proposal
}

// auditMask says which worlds are kept whole, to notice two with one fingerprint.
const auditMask = 1<<10 - 1

// New prepares a walk.
func New(b Bounds) (*Explorer, error) {
	e := &Explorer{bounds: b, counts: counterHashes(), machineOf: map[hash]uint32{}, messageOf: map[string]uint32{},
		valueOf: map[string]int32{}, transitions: make([]transition, 1), seen: newSeen(), audit: map[hash]string{}}
	for k := range b.Values {
		e.value(clientValue(k))
	}
	if err := e.configure(); err != nil {
		return nil, err
	}
	e.begin(&e.to)
	e.arrive(0)
	e.turn()
	return e, nil
}

// configure makes the nodes' configurations and the genesis that they share.
func (e *Explorer) configure() error {
	n := e.bounds.Nodes
	seats := make([]core.SeatConfig, n)
	e.genesis = &core.Genesis{ClusterID: "explored", Alpha: core.DefaultAlpha, Cluster: core.Incarnation{0xc1}}
	for k := range seats {
		seats[k].Name = fmt.Sprintf("n%d", k)
		e.genesis.Voters = append(e.genesis.Voters, core.Voter{Name: seats[k].Name, Seat: core.Seat(k),
			Member: core.MemberID(k + 1), Incarnation: core.Incarnation{byte(k + 1)}})
	}
	for k := range seats {
		cfg := core.Config{ClusterID: "explored", Seats: seats, Self: core.Seat(k), Incarnation: core.Incarnation{byte(k + 1)},
			LeasePeriod: core.DefaultLease, Alpha: core.DefaultAlpha, Masters: e.bounds.standers()}
		node, err := core.New(cfg, core.Restored{Genesis: e.genesis, Adopted: e.genesis.VoterSeats()}, at)
		if err != nil {
			return err
		}
		e.configs, e.awake = append(e.configs, cfg), append(e.awake, awake{node: node})
	}
	return nil
}

// Explore expands up to so many worlds. It reports whether there is more to do: not
// when the space is exhausted, nor when a rule was seen broken.
func (e *Explorer) Explore(worlds int) bool {
	for ; worlds > 0 && e.found == nil; worlds-- {
		if e.now.count == 0 && !e.turn() {
			return false
		}
		e.expand()
	}
	return e.found == nil
}

// turn goes to the next depth.
func (e *Explorer) turn() bool {
	if e.then.count == 0 {
		return false
	}
	e.now, e.then = e.then, queue{}
	e.depth++
	return true
}

// expand takes the oldest world and makes all its transitions.
func (e *Explorer) expand() {
	b := e.now.next()
	e.number = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	e.now.done(e.unpack(b[4:], &e.from))
	e.from.print = e.seen.print(e.number)
	e.each(&e.from, e.go1)
}

// go1 makes one transition of the world that is being expanded.
func (e *Explorer) go1(s *step) bool {
	if !e.follow(&e.from, s, &e.to) {
		return true
	}
	e.made++
	bad := s.t.wrong
	if bad == nil && (s.t.votes || e.proposed || len(s.t.commits) > 0) {
		bad = e.judge(&e.to, s.t.commits)
	}
	if bad != nil {
		e.found = &Counterexample{Check: bad.check, Text: bad.text, last: e.number, step: *s}
		return false
	}
	e.arrive(e.number)
	return true
}

// arrive notes the world that was reached, and queues it if it is new.
func (e *Explorer) arrive(from uint32) {
	number, fresh := e.seen.add(e.to.print, from)
	sampled := e.to.print.lo>>40&auditMask == 0
	if !fresh && !sampled {
		return
	}
	e.packed = append(e.packed[:0], byte(number), byte(number>>8), byte(number>>16), byte(number>>24))
	e.packed = e.pack(e.packed, &e.to)
	if sampled {
		e.auditWorld(e.packed[4:], fresh)
	}
	if fresh {
		e.then.push(e.packed)
	}
}

func (e *Explorer) auditWorld(packed []byte, fresh bool) {
	if fresh {
		e.audit[e.to.print] = string(packed)
		e.bytes += uint64(len(packed)) + 64
		return
	}
	if e.audit[e.to.print] != string(packed) {
		panic("explore: two worlds have the same fingerprint of 128 bits")
	}
}

// step is one thing that may happen in a world.
type step struct {
	seat    int
	in      input // of a local step
	place   uint16
	message bool
	t       *transition
}

// each calls do for every step of a world that changes something, until it says no.
func (e *Explorer) each(w *world, do func(*step) bool) {
	for seat := range e.bounds.Nodes {
		number := w.machines[seat]
		m := e.machines[number]
		for k, word := range w.inbox[seat] {
			for word &= m.live.word(k); word != 0; word &= word - 1 {
				place := uint16(64*k + bits.TrailingZeros64(word))
				if !do(&step{seat: seat, place: place, message: true, t: &e.transitions[m.delivery[place]]}) {
					return
				}
			}
		}
		for in := range localInputs {
			if !e.allowed(w, seat, in) { // what is out of bounds isn't even tried
				continue
			}
			if t := e.here(number, in); t != nil && !do(&step{seat: seat, in: in, t: t}) {
				return
			}
		}
	}
}

// allowed says whether a local input is within the bounds.
func (e *Explorer) allowed(w *world, seat int, in input) bool {
	switch {
	case in == inSync:
		return true
	case in < inCrash:
		return e.rings(w, seat, alarms[in-inAlarm].word)
	case in < inPropose:
		return e.bounds.mayDie(w.died(), seat)
	case in < inHand:
		return int(in-inPropose) == int(w.used[countValues]) && int(w.used[countValues]) < e.bounds.Values
	default:
		return int(w.used[countHands]) < e.bounds.HandOvers
	}
}

// rings says whether a timer may go off. How often a node may stand is limited by the
// ballots; who may not lead would ask whether more is chosen.
func (e *Explorer) rings(w *world, seat, word int) bool {
	switch word {
	case wordStand:
		return e.bounds.Standers == 0 || seat < e.bounds.Standers
	case wordBeat:
		return int(w.used[countBeats]) < e.bounds.Beats
	default:
		return int(w.used[countAlarms]) < e.bounds.Alarms
	}
}

// follow makes to the world that a step leads to; false if that is out of bounds.
func (e *Explorer) follow(w *world, s *step, to *world) bool {
	w.copyTo(to, e.bounds.Nodes)
	if counter := s.counts(); counter >= 0 {
		e.count(to, counter)
	}
	return e.take(to, s.seat, s.t)
}

// counts returns the counter that a step raises; -1: none.
func (s *step) counts() int {
	switch {
	case s.message || s.in == inSync:
		return -1
	case s.in >= inHand:
		return countHands
	case s.in >= inPropose:
		return countValues
	case s.in >= inCrash:
		return countDied + s.seat
	}
	switch alarms[s.in-inAlarm].word {
	case wordStand:
		return -1
	case wordBeat:
		return countBeats
	default:
		return countAlarms
	}
}
