package main

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
)

// supply hands out the seeds of a hunt: the fixed ones, then fresh ones, and of
// both those of one shard only: the seeds that are i modulo n. So the shards of a
// fleet are disjoint whatever each begins with, and run the fixed part once.
type supply struct {
	fixed    uint64 // seeds 1..fixed come first
	from     uint64 // the others begin here
	i, n     uint64
	left     uint64
	next     uint64 // 0: not begun
	freshNow bool
}

// newSupply makes a supply of at most count seeds; 0: of any number.
func newSupply(fixed, from, count, i, n uint64) *supply {
	if count == 0 {
		count = math.MaxUint64
	}
	return &supply{fixed: fixed, from: from, i: i, n: n, left: count}
}

// take returns the next seed; false when there is none.
func (s *supply) take() (uint64, bool) {
	if s.left == 0 {
		return 0, false
	}
	s.left--
	if s.next == 0 {
		s.next = s.atLeast(1)
	}
	if !s.freshNow && s.next > s.fixed {
		s.freshNow, s.next = true, s.atLeast(s.from)
	}
	seed := s.next
	s.next += s.n
	return seed, true
}

// atLeast returns the first seed of the shard from seed on.
func (s *supply) atLeast(seed uint64) uint64 {
	return seed + (s.i+s.n-seed%s.n)%s.n
}

// freshStart draws where a hunt begins that nobody told. Seven digits and more:
// seeds that people give are smaller.
func freshStart() uint64 {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // it never fails
	}
	return 1_000_000 + binary.LittleEndian.Uint64(b[:])>>24
}

// parseShard reads "i/n": shard i of n, from 0 on.
func parseShard(text string) (i, n uint64, err error) {
	if text == "" {
		return 0, 1, nil
	}
	var rest string
	if k, _ := fmt.Sscanf(text+" .", "%d/%d %s", &i, &n, &rest); k != 3 || rest != "." || n == 0 || i >= n {
		return 0, 0, usagef("--shard %s: i/n is wanted, with i from 0 to n-1", text)
	}
	return i, n, nil
}
