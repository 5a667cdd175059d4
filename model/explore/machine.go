package explore

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"

	"github.com/openvstorage/arakoon-go/core"
)

// maxNodes is how many voters a world may have.
const maxNodes = 5

// hash is a fingerprint of 128 bits. Those of a world's parts are added up.
type hash struct{ hi, lo uint64 }

func hashOf(b []byte) hash {
	s := sha256.Sum256(b)
	return hash{binary.LittleEndian.Uint64(s[:]), binary.LittleEndian.Uint64(s[8:])}
}

func (h hash) plus(g hash) hash { return hash{h.hi + g.hi, h.lo + g.lo} }
func (h hash) compare(g hash) int {
	return cmp.Or(cmp.Compare(h.hi, g.hi), cmp.Compare(h.lo, g.lo))
}

func (h hash) minus(g hash) hash { return hash{h.hi - g.hi, h.lo - g.lo} }

// machine is one state of one node with its disk. Machines are kept by number: a
// world holds numbers only, and what an input does to a machine is looked up.
type machine struct {
	seat   uint8
	state  []byte // core.Node.AppendState
	timers []byte // core.Node.AppendTimers, settled
	disk   disk
	hash   hash

	// What is known about messages, by their place among those to this seat.
	known    bitset   // was tried
	live     bitset   // changes the machine
	answers  bitset   // changes no more than what waits for the disk, and is answered
	delivery []uint32 // number of the transition; 0: none, or not tried
	byInput  [localInputs]uint32
}

// notTried marks a local input of which nothing is known.
const notTried = ^uint32(0)

// encode appends everything that makes a machine what it is.
func (e *Explorer) encode(dst []byte, m *machine) []byte {
	dst = append(dst, m.seat)
	dst = append(dst, m.state...)
	dst = append(dst, m.timers...)
	return m.disk.append(dst, e)
}

// intern returns the number of a machine, a new one if it is new. It compares all
// bytes, so two machines never share a number.
func (e *Explorer) intern(m *machine) uint32 {
	e.scratch = e.encode(e.scratch[:0], m)
	m.hash = hashOf(e.scratch)
	if k, ok := e.machineOf[m.hash]; ok {
		if !e.same(e.scratch, e.machines[k]) {
			panic("explore: two machines have the same fingerprint of 128 bits")
		}
		return k
	}
	for k := range m.byInput {
		m.byInput[k] = notTried
	}
	k := uint32(len(e.machines))
	e.machines = append(e.machines, m)
	e.machineOf[m.hash] = k
	e.bytes += uint64(len(e.scratch)) + machineOverhead
	return k
}

// machineOverhead is about what a machine takes beside its bytes.
const machineOverhead = 400

func (e *Explorer) same(encoded []byte, m *machine) bool {
	return string(encoded) == string(e.encode(nil, m))
}

// message is one envelope that was sent in some run.
type message struct {
	env   core.Envelope
	hash  hash
	to    uint8
	place uint16 // among the messages to that seat
	tries int8   // the ballot of an Ask or Prepare, by number; -1: another kind
}

// post returns the number of an envelope, a new one if it is new.
func (e *Explorer) post(env core.Envelope) uint32 {
	e.scratch = core.AppendEnvelope(e.scratch[:0], &env)
	key := string(e.scratch)
	if k, ok := e.messageOf[key]; ok {
		return k
	}
	m := message{env: env, hash: hashOf(e.scratch), to: uint8(env.To), place: uint16(len(e.inbox[env.To])), tries: -1}
	switch msg := env.Msg.(type) {
	case *core.Ask:
		m.tries = e.ballot(msg.B)
	case *core.Prepare:
		m.tries = e.ballot(msg.B)
	case *core.Accept:
		e.accepts[env.To].add(m.place)
	default: // asks for no ballot and proposes nothing
	}
	k := uint32(len(e.messages))
	e.messages = append(e.messages, m)
	e.messageOf[key] = k
	e.inbox[env.To] = append(e.inbox[env.To], k)
	return k
}

// ballot returns the number of a ballot that was asked for.
func (e *Explorer) ballot(b core.Ballot) int8 {
	for k, c := range e.ballots {
		if c == b {
			return int8(k)
		}
	}
	if len(e.ballots) == maxBallots {
		panic("explore: too many ballots")
	}
	e.ballots = append(e.ballots, b)
	return int8(len(e.ballots) - 1)
}

// maxBallots is how many ballots all runs together may ask for.
const maxBallots = 64

// value returns the number of a value.
func (e *Explorer) value(v core.Value) int32 {
	if k, ok := e.valueOf[string(v)]; ok {
		return k
	}
	k := int32(len(e.values))
	e.values = append(e.values, v)
	e.valueOf[string(v)] = k
	return k
}

// bitset is a set of small numbers.
type bitset []uint64

func (s bitset) has(k uint16) bool {
	w := int(k >> 6)
	return w < len(s) && s[w]&(1<<(k&63)) != 0
}

func (s *bitset) add(k uint16) {
	w := int(k >> 6)
	for len(*s) <= w {
		*s = append(*s, 0)
	}
	(*s)[w] |= 1 << (k & 63)
}

func (s bitset) word(w int) uint64 {
	if w < len(s) {
		return s[w]
	}
	return 0
}
