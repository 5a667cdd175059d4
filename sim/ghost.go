package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// ghost knows what no node can know: which values are chosen. It counts what is
// durable on the disks of the first voters, never what a node claims.
type ghost struct {
	quorum core.Quorum
	slots  []slot // by instance, from 1 on; slot 0 is unused
	prefix core.Instance

	settings []setting
}

// slot is what the disks say about one instance.
type slot struct {
	votes  []vote
	values []candidate
	chosen bool
	digest uint64
	ballot core.Ballot // in which it was first seen chosen
}

// candidate is a value that some disk holds.
type candidate struct {
	digest uint64
	value  core.Value
}

// vote is one (ballot, value) of an instance and who holds it durably.
type vote struct {
	ballot core.Ballot
	digest uint64
	seats  core.SeatSet
}

func newGhost(q core.Quorum) *ghost { return &ghost{quorum: q, slots: make([]slot, 1, 256)} }

func (g *ghost) slot(i core.Instance) *slot {
	for core.Instance(len(g.slots)) <= i {
		g.slots = append(g.slots, slot{})
	}
	return &g.slots[i]
}

// note remembers the bytes of a value that some disk holds at i.
func (g *ghost) note(i core.Instance, digest uint64, value core.Value) {
	s := g.slot(i)
	for k := range s.values {
		if s.values[k].digest == digest {
			return
		}
	}
	s.values = append(s.values, candidate{digest, value})
	g.noteSetting(i, digest, value)
}

// value returns the value chosen at i, one of 1..prefix.
func (g *ghost) value(i core.Instance) core.Value {
	s := &g.slots[i]
	for k := range s.values {
		if s.values[k].digest == s.digest {
			return s.values[k].value
		}
	}
	panic(fmt.Sprintf("sim: instance %d was chosen, and no disk holds it", i))
}

// record counts that seat holds (b, digest) durably at instance i. It is check
// K1 (agreement: one value per instance) and K4 (one value per ballot and instance).
func (g *ghost) record(seat core.Seat, i core.Instance, b core.Ballot, digest uint64) (found *violation) {
	s := g.slot(i)
	var v *vote
	for k := range s.votes {
		if s.votes[k].ballot == b {
			v = &s.votes[k]
		}
	}
	if v == nil {
		s.votes = append(s.votes, vote{ballot: b, digest: digest})
		v = &s.votes[len(s.votes)-1]
	}
	if v.digest != digest {
		found = violated("K4", "instance %d: ballot %v has value %x, and %x on n%d", i, b, v.digest, digest, seat)
	}
	v.seats = v.seats.With(seat)
	if !g.quorum.Met(v.seats) {
		return found
	}
	if s.chosen && s.digest != digest {
		return earlier(found, violated("K1", "instance %d: value %x was chosen in ballot %v, now %x in ballot %v by %v", i, s.digest, s.ballot,
			digest, b, v.seats))
	}
	if !s.chosen {
		s.chosen, s.digest, s.ballot = true, digest, b
		g.advance()
	}
	return found
}

func (g *ghost) advance() {
	for int(g.prefix)+1 < len(g.slots) && g.slots[g.prefix+1].chosen {
		g.prefix++
	}
}

// chosen returns the digest of the value chosen at i, if one is.
func (g *ghost) chosen(i core.Instance) (uint64, bool) {
	if i == 0 || i >= core.Instance(len(g.slots)) {
		return 0, false
	}
	return g.slots[i].digest, g.slots[i].chosen
}

// FNV-1a, 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// digestOf tells values apart; nothing but checks rests on it.
func digestOf(v []byte) uint64 {
	h := uint64(fnvOffset)
	for _, b := range v {
		h = (h ^ uint64(b)) * fnvPrime
	}
	return h
}
