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

// record counts that seat holds (b, digest) durably at instance i.
func (g *ghost) record(seat core.Seat, i core.Instance, b core.Ballot, digest uint64) *violation {
	seats, found := g.vote(seat, i, b, digest)
	if !g.quorum.Met(seats) {
		return found
	}
	return earlier(found, g.choose(i, vote{b, digest, seats}))
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
	for ; len(v) >= 8; v = v[8:] {
		h = (h ^ le.Uint64(v)) * fnvPrime
		h ^= h >> 32
	}
	for _, b := range v {
		h = (h ^ uint64(b)) * fnvPrime
	}
	return h
}
